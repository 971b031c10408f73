import Evaluation
import Reports
import Training

/// Tables, figures and findings of the study `sampling`.
struct SamplingResult {
  let session: StudySession
  let sources: [TupleSource]
  /// By source, then by seed.
  let courses: [[[CoursePoint<RetrievalScores>]]]
  /// Of the training set.
  let labels: [Int32]
  let batchSize: Int

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
    let (fastTuple, fastProxy) = (
      fastest(sources.indices.filter { sources[$0].kind != .proxies }), fastest(proxies)
    )
    return StudyResult(
      method:
        "A \(session.smallNetworkTitle) and 16 features on \(labels.count) digits of MNIST, in "
        + "batches of \(batchSize) at random, judged on 2,000 test digits at most: Recall@1 is the share "
        + "whose nearest other test digit by the cosine is the same digit. All losses see features at unit "
        + "length; pairs with a margin of 1, triplets with 0.2 between squared distances. Offline mining "
        + "takes the farthest positive and the nearest semi-hard negative among thousands of digits, and "
        + "its time is in the seconds. Seconds are those of the training steps alone.",
      tables: [table, tupleTable],
      findings: [
        Finding(
          "After a twentieth of the samples proxies find more mates than the best loss of pairs or triplets",
          .init(starts.map(\.isLarger)), evidence(starts, rival)),
        Finding(
          "Proxies reach a recall of \((Self.goal * 100).cell(0)) % in less time than pairs and triplets",
          speed(fastProxy, fastTuple),
          "\(sources[fastProxy].name): \(goalCells(fastProxy).seconds) s; "
            + "\(sources[fastTuple].name): \(goalCells(fastTuple).seconds) s"),
        Finding(
          "At the end proxies are as good as the best loss of pairs or triplets, to half a point",
          .init(ends.map { $0.isNoSmaller(by: 0.005) }), evidence(ends, finalRival)),
        Finding(
          "After a twentieth of the samples semi-hard triplets find more mates than all triplets",
          mining.isLarger, mining.points),
        Finding(
          "With the hardest triplets alone, features collapse for a time: the loss is the margin",
          collapses == hard.count ? .holds : collapses > 0 ? .holdsInPart : .doesNotHold,
          "in \(collapses) of \(hard.count) trainings; the loss at first: "
            + hard.map { $0.prefix(4).map { $0.loss.cell(3) }.joined(separator: ", ") }
            .joined(separator: "; ")),
        Finding(
          "At the end hard triplets are still collapsed",
          hard.allSatisfy { isCollapsed($0.last!) }
            ? .holds : hard.contains { isCollapsed($0.last!) } ? .holdsInPart : .doesNotHold,
          "Recall@1 at the end: "
            + Estimate.over(hard.map { $0.last!.measurement.recall }).percent + " %"),
      ],
      caveats: [
        "Ten classes in batches of \(batchSize) give every batch pairs of every class; with thousands of "
          + "classes batches have to be composed, which is not tried here.",
        "The rival of the proxies is chosen by the test digits it is compared on: a little in its favour.",
      ])
  }

  private func index(_ name: String) -> Int { sources.firstIndex { $0.name == name }! }

  /// The first point with at least a share of the samples.
  private func at(_ share: Double, of course: Course) -> CoursePoint<RetrievalScores> {
    let wanted = share * Double(course.last!.samples)
    return course.first { Double($0.samples) >= wanted }!
  }

  /// Whether the loss is what it is for features that are all the same, to a twentieth, and pairs of different
  /// classes point the same way.
  private func isCollapsed(_ point: CoursePoint<RetrievalScores>) -> Bool {
    abs(point.loss - point.measurement.collapsedLoss) < 0.05 * point.measurement.collapsedLoss
      && point.measurement.differentCosine > 0.95
  }

  // MARK: Time

  /// The first point of a course that reaches the goal.
  private func reached(_ course: Course) -> CoursePoint<RetrievalScores>? {
    course.first { $0.measurement.recall.value >= Self.goal }
  }

  private func goalCells(_ source: Int) -> (samples: String, seconds: String) {
    let points = courses[source].compactMap(reached)
    guard points.count == courses[source].count else { return ("–", "–") }
    return (
      Estimate.over(points.map { Estimate(Double($0.samples)) }).cell(0),
      Estimate.over(points.map { Estimate($0.seconds) }).cell(1)
    )
  }

  /// The source that reaches the goal first; the one with the most recall where none does with every seed.
  private func fastest(_ candidates: [Int]) -> Int {
    func seconds(_ source: Int) -> Double {
      courses[source].reduce(0) { $0 + (reached($1)?.seconds ?? .infinity) }
    }
    return candidates.min { seconds($0) < seconds($1) }!
  }

  private func speed(_ first: Int, _ second: Int) -> Finding.Verdict {
    let (a, b) = (courses[first].compactMap(reached), courses[second].compactMap(reached))
    guard a.count == courses[first].count, b.count == courses[second].count else {
      return a.count == courses[first].count ? .holds : .undecided
    }
    return Contrast(b.map(\.seconds), a.map(\.seconds)).isLarger
  }

  // MARK: Tables

  private var table: StudyTable {
    StudyTable(
      "Training by pairs, triplets and proxies",
      columns: [
        "", "Recall@1 after 5 % of the samples", "Recall@1 at the end", "pairs by cosine %",
        "samples to \((Self.goal * 100).cell(0)) %", "seconds to it", "samples/s",
        "loss at the end",
        "loss of collapsed features",
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
          over { Estimate($0.measurement.collapsedLoss) }.cell(3),
        ]
      },
      note:
        "Where the loss is that of collapsed features, nothing is learned. Samples and seconds are those "
        + "at the first measurement that has the recall.")
  }

  private var tupleTable: StudyTable {
    var counts = [Int32: Double]()
    for label in labels { counts[label, default: 0] += 1 }
    func row(_ name: String, _ all: Double, _ counts: [Double]) -> [String] {
      let triplets = counts.reduce(0) { $0 + $1 * ($1 - 1) * (all - $1) }
      return [
        name, Self.size(all * (all - 1) / 2), Self.size(triplets),
        Self.size(all * Double(counts.count)),
      ]
    }
    let (all, batch) = (Double(labels.count), Double(batchSize))
    let classes = Array(counts.values)
    return StudyTable(
      "How many there are to choose from",
      columns: ["", "pairs", "triplets", "samples with proxies"],
      rows: [
        row("training set, \(labels.count) digits", all, classes),
        row("a batch of \(batchSize)", batch, classes.map { $0 * batch / all }),
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

  private func figures() throws {
    for (kinds, file, title) in [
      ([TupleSource.Kind.pairs, .proxies], "pairs", "pairs and proxies"),
      ([.triplets, .proxies], "triplets", "triplets and proxies"),
    ] {
      for (axis, xTitle, x) in [
        ("samples", "samples seen", { Double($0.samples) }),
        ("seconds", "seconds of training", { $0.seconds }),
      ] as [(String, String, (CoursePoint<RetrievalScores>) -> Double)] {
        try session.figure(
          "\(file)-\(axis)",
          Figures.curves(
            zip(sources, courses).filter { kinds.contains($0.0.kind) }.map { source, seeds in
              (
                source.choice,
                RunSummary.Curve(
                  name: "",
                  points: seeds[0].map {
                    .init(x: x($0), y: (1 - $0.measurement.recall.value) * 100)
                  })
              )
            }, xTitle: xTitle, xIsLogarithmic: true, yTitle: "Nearest digit is another, %"),
          caption:
            "The test digits whose nearest other one is another digit, with \(title), by \(xTitle) "
            + "(first seed).")
      }
    }
    let triplets = zip(sources, courses).filter { $0.0.kind == .triplets }
    try session.figure(
      "triplet-loss",
      Figures.curves(
        triplets.map { source, seeds in
          (
            source.choice,
            RunSummary.Curve(
              name: "", points: seeds[0].map { .init(x: Double($0.samples), y: $0.loss) })
          )
        }, xTitle: "samples seen", xIsLogarithmic: true, yTitle: "Loss of triplets"),
      caption:
        "The loss of triplets in training. That of features which are all the same is the margin, "
        + "\(TupleSource.tripletMargin).")
  }
}
