import Datasets
import Evaluation
import Foundation
import Reports
import Training

/// Tables, figures and findings of the study `sampling`.
struct SamplingResult {
  let session: StudySession
  let sources: [TupleSource]
  /// By source, then by seed.
  let courses: [[[CoursePoint<RetrievalScores>]]]
  let dataset: Dataset
  let training: TrainingOptions

  private typealias Course = [CoursePoint<RetrievalScores>]

  /// The recall that is waited for.
  private static let goal = 0.95

  func result() throws -> StudyResult {
    try figures()
    // Of equal numbers of samples: the first point that has seen a twentieth of all.
    let early = sources.indices.map { source in courses[source].map { at(0.05, of: $0) } }
    let last = courses.map { seeds in seeds.map { $0.last! } }
    func recall(_ points: [[CoursePoint<RetrievalScores>]], _ source: Int) -> Double {
      Estimate.over(points[source].map(\.measurement.recall)).value
    }
    func best(_ points: [[CoursePoint<RetrievalScores>]], _ kinds: [TupleSource.Kind]) -> Int {
      sources.indices.filter { kinds.contains(sources[$0].kind) }
        .max { recall(points, $0) < recall(points, $1) }!
    }
    func right(_ points: [CoursePoint<RetrievalScores>]) -> [[Bool]] {
      points.map(\.measurement.isRight)
    }
    let proxies = sources.indices.filter { sources[$0].kind == .proxies }
    let (rival, finalRival) = (best(early, [.pairs, .triplets]), best(last, [.pairs, .triplets]))
    let starts = proxies.map { Contrast(right(early[$0]), right(early[rival])) }
    let ends = proxies.map { Contrast(right(last[$0]), right(last[finalRival])) }
    func evidence(_ contrasts: [Contrast], _ rival: Int) -> String {
      zip(proxies, contrasts).map { "\(sources[$0].name): \($1.points)" }.joined(separator: "; ")
        + ", against \(sources[rival].name)"
    }
    let mined = index("triplet, semi-hard")
    let unmined = index("triplet, all")
    let mining = Contrast(right(early[mined]), right(early[unmined]))
    let hard = courses[index("triplet, hard")]
    let collapses = hard.count { $0.contains(where: isCollapsed) }
    let gentle = sources.indices.filter {
      sources[$0].kind == .triplets && sources[$0].name != "triplet, hard"
    }
    func verdict(_ courses: [Course], _ holds: (Course) -> Bool) -> Finding.Verdict {
      .init(courses.map { holds($0) ? .holds : .doesNotHold })
    }
    let (fastTuple, fastProxy) = (
      fastest(sources.indices.filter { sources[$0].kind != .proxies }), fastest(proxies)
    )
    return StudyResult(
      method:
        session.mnistMethod(dataset, training)
        + " at random, with 16 features, a learning rate that rises over the first hundredth of the steps, "
        + "and NormFace's scale over the first nine tenths. Features are judged by "
        + "\(dataset.test.count) test digits: Recall@1 is the share "
        + "whose nearest other test digit by the cosine is the same digit. All losses see features at unit "
        + "length; pairs with a margin of 1, triplets with \(TupleSource.tripletMargin) between squared "
        + "distances. Offline mining "
        + "takes the farthest positive and the nearest semi-hard negative among 1,500 digits, by features "
        + "that are computed anew for each 1,500. Seconds are those of the processor for the steps of "
        + "training alone, and for the mining. Between two measurements recall is taken to grow evenly with "
        + "the logarithm of samples and seconds.",
      tables: [table, tupleTable],
      findings: [
        Finding(
          "After a twentieth of the samples proxies find more mates than the best loss of pairs or triplets",
          .init(starts.map(\.isLarger)), evidence(starts, rival)),
        Finding(
          "Proxies reach a recall of \((Self.goal * 100).cell(0)) % in less time than pairs and triplets",
          speed(fastProxy, fastTuple),
          [fastProxy, fastTuple].map {
            "\(sources[$0].name): "
              + (arrivals($0) == nil ? "not with every seed" : "\(goalCells($0).seconds) s")
          }.joined(separator: "; ")),
        Finding(
          "At the end proxies are as good as the best loss of pairs or triplets, to half a point",
          .init(ends.map { $0.isNoSmaller(by: 0.005) }), evidence(ends, finalRival)),
        Finding(
          "After a twentieth of the samples semi-hard triplets find more mates than all triplets",
          mining.isLarger, mining.points),
        Finding(
          "With the hardest triplets alone, features collapse for a time: all point the same way",
          verdict(hard) { $0.contains(where: isCollapsed) },
          "in \(collapses) of \(hard.count) trainings; the largest mean cosine of different digits: "
            + hard.map { course in
              let point = tightest(course)
              return "\(point.measurement.differentCosine.cell(3)), with a loss of "
                + "\(point.loss.cell(3)) after \(point.samples) samples"
            }.joined(separator: "; ")),
        Finding(
          "No other choice of triplets collapses",
          verdict(gentle.flatMap { courses[$0] }) { !$0.contains(where: isCollapsed) },
          gentle.map { "\(sources[$0].choice): \(tightestCosine($0).cell(2))" }
            .joined(separator: "; ")),
        Finding(
          "At the end hard triplets are still collapsed",
          verdict(hard) { isCollapsed($0.last!) },
          "Recall@1 at the end: "
            + Estimate.over(hard.map { $0.last!.measurement.recall }).percent + " %"),
      ],
      caveats: [
        "Ten classes in batches of \(training.batchSize) give every batch pairs of every class; with thousands of "
          + "classes batches have to be composed, which is not tried here.",
        "Offline mining chooses its first round by an untrained network, and stays with it for up to "
          + "4,500 samples; the digits it only looks at are not counted as samples.",
        "The rival of the proxies is chosen by the test digits it is compared on: a little in its favour.",
      ])
  }

  private func index(_ name: String) -> Int { sources.firstIndex { $0.name == name }! }

  /// The first point with at least a share of the samples.
  private func at(_ share: Double, of course: Course) -> CoursePoint<RetrievalScores> {
    let wanted = share * Double(course.last!.samples)
    return course.first { Double($0.samples) >= wanted }!
  }

  /// Whether different digits point the same way.
  private func isCollapsed(_ point: CoursePoint<RetrievalScores>) -> Bool {
    point.measurement.differentCosine > 0.95
  }

  /// Where different digits are most alike.
  private func tightest(_ course: Course) -> CoursePoint<RetrievalScores> {
    course.max { $0.measurement.differentCosine < $1.measurement.differentCosine }!
  }

  private func tightestCosine(_ source: Int) -> Estimate {
    .over(courses[source].map { Estimate(tightest($0).measurement.differentCosine) })
  }

  // MARK: Time

  /// When each training of a source has the goal's recall, between two measurements; nil if some has it
  /// never.
  private func arrivals(_ source: Int) -> [(samples: Double, seconds: Double)]? {
    let found = courses[source].compactMap { course -> (samples: Double, seconds: Double)? in
      guard let index = course.firstIndex(where: { $0.measurement.recall.value >= Self.goal })
      else { return nil }
      let after = course[index]
      guard index > 0 else { return (Double(after.samples), after.seconds) }
      let before = course[index - 1]
      let (low, high) = (before.measurement.recall.value, after.measurement.recall.value)
      let share = (Self.goal - low) / (high - low)
      func between(_ first: Double, _ second: Double) -> Double {
        exp(log(first) + share * (log(second) - log(first)))
      }
      return (
        between(Double(before.samples), Double(after.samples)),
        between(before.seconds, after.seconds)
      )
    }
    return found.count == courses[source].count ? found : nil
  }

  private func goalCells(_ source: Int) -> (samples: String, seconds: String) {
    guard let arrivals = arrivals(source) else { return ("–", "–") }
    return (
      Estimate.over(arrivals.map { Estimate($0.samples) }).cell(0),
      Estimate.over(arrivals.map { Estimate($0.seconds) }).cell(1)
    )
  }

  /// The source that has the goal's recall first; of those that have it not with every seed, the one with
  /// the largest in the end.
  private func fastest(_ candidates: [Int]) -> Int {
    func seconds(_ source: Int) -> Double {
      arrivals(source).map { $0.reduce(0) { $0 + $1.seconds } } ?? .infinity
    }
    func missing(_ source: Int) -> Double {
      1 - Estimate.over(courses[source].map { $0.last!.measurement.recall }).value
    }
    return candidates.min { (seconds($0), missing($0)) < (seconds($1), missing($1)) }!
  }

  private func speed(_ first: Int, _ second: Int) -> Finding.Verdict {
    switch (arrivals(first), arrivals(second)) {
    case (let a?, let b?): Contrast(b.map(\.seconds), a.map(\.seconds)).isLarger
    case (_?, nil): .holds
    case (nil, _?): .doesNotHold
    case (nil, nil): .undecided
    }
  }

  // MARK: Tables

  private var table: StudyTable {
    StudyTable(
      "Training by pairs, triplets and proxies",
      columns: [
        "", "Recall@1 after 5 % of the samples", "Recall@1 at the end", "pairs by cosine %",
        "samples to \((Self.goal * 100).cell(0)) %", "seconds to it", "samples/s",
        "loss at the end", "loss of features all alike", "largest mean cosine of different digits",
      ],
      rows: zip(sources.indices, courses).map { index, seeds in
        let ends = seeds.map { $0.last! }
        func over(_ number: (CoursePoint<RetrievalScores>) -> Estimate) -> Estimate {
          .over(ends.map(number))
        }
        let goal = goalCells(index)
        return [
          sources[index].name,
          Estimate.over(seeds.map { at(0.05, of: $0).measurement.recall }).percent,
          over(\.measurement.recall).percent,
          over {
            .share($0.measurement.pairIsRight.count { $0 }, of: $0.measurement.pairIsRight.count)
          }.percent, goal.samples, goal.seconds,
          over { Estimate(Double($0.samples) / $0.seconds) }.cell(0),
          over { Estimate($0.loss) }.cell(4),
          sources[index].kind == .proxies
            ? "–" : over { Estimate($0.measurement.collapsedLoss) }.cell(3),
          tightestCosine(index).cell(2),
        ]
      },
      note:
        "–: not with every seed, or, of the loss, none that all features alike have. Semi-hard triplets in "
        + "a band have none where all distances are equal.")
  }

  private var tupleTable: StudyTable {
    var counts = [Int32: Double]()
    for label in dataset.train.labels { counts[label, default: 0] += 1 }
    func row(_ name: String, _ all: Double, _ counts: [Double]) -> [String] {
      let triplets = counts.reduce(0) { $0 + $1 * ($1 - 1) * (all - $1) }
      return [
        name, Self.size(all * (all - 1) / 2), Self.size(triplets),
        Self.size(all * Double(counts.count)),
      ]
    }
    let (all, batch) = (Double(dataset.train.count), Double(training.batchSize))
    let classes = Array(counts.values)
    return StudyTable(
      "How many there are to choose from",
      columns: ["", "pairs", "triplets", "samples with proxies"],
      rows: [
        row("training set, \(dataset.train.count) digits", all, classes),
        row("a batch of \(training.batchSize)", batch, classes.map { $0 * batch / all }),
      ])
  }

  /// A count in words that can be read: 1.8 × 10⁹.
  private static func size(_ count: Double) -> String {
    guard count >= 1e6 else { return count.cell(0) }
    var (mantissa, exponent) = (count, 0)
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let raised = String("\(exponent)".map { digits[$0.wholeNumberValue!] })
    return "\(mantissa.cell(1)) × 10\(raised)"
  }

  // MARK: Figures

  private func curve(
    _ source: Int, x: (CoursePoint<RetrievalScores>) -> Double,
    y: (CoursePoint<RetrievalScores>) -> Double
  ) -> (title: String, curve: RunSummary.Curve) {
    let seeds = courses[source]
    // Offline mining may measure once more or less often with some seed.
    let count = seeds.map(\.count).min()!
    func mean(_ index: Int, _ number: (CoursePoint<RetrievalScores>) -> Double) -> Double {
      seeds.reduce(0) { $0 + number($1[index]) } / Double(seeds.count)
    }
    return (
      sources[source].choice,
      RunSummary.Curve(
        name: "", points: (0..<count).map { .init(x: mean($0, x), y: mean($0, y)) })
    )
  }

  private func figures() throws {
    let proxies = sources.indices.filter { sources[$0].kind == .proxies }
    for (kind, file, title, beside) in [
      (TupleSource.Kind.pairs, "pairs", "pairs and proxies", proxies),
      (.triplets, "triplets", "triplets and NormFace", [index("NormFace")]),
    ] {
      for (axis, xTitle, x) in [
        ("samples", "samples seen", { Double($0.samples) }),
        ("seconds", "seconds of training", { $0.seconds }),
      ] as [(String, String, (CoursePoint<RetrievalScores>) -> Double)] {
        try session.figure(
          "\(file)-\(axis)",
          Figures.curves(
            (sources.indices.filter { sources[$0].kind == kind } + beside).map {
              curve($0, x: x) { (1 - $0.measurement.recall.value) * 100 }
            }, xTitle: xTitle, xIsLogarithmic: true, yTitle: "Nearest digit is another, %",
            yIsLogarithmic: true),
          caption:
            "The test digits whose nearest other one is another digit, with \(title), by \(xTitle): "
            + "means of the seeds.")
      }
    }
    try session.figure(
      "collapse",
      Figures.curves(
        sources.indices.filter { sources[$0].kind == .triplets }.map {
          curve($0, x: { Double($0.samples) }, y: \.measurement.differentCosine)
        }, xTitle: "samples seen", xIsLogarithmic: true, yTitle: "Mean cosine of different digits",
        yIsLogarithmic: false),
      caption:
        "How alike different digits are while triplets are trained: at 1 all features point the same way. "
        + "Means of the seeds.")
  }
}
