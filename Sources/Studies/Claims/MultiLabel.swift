import Datasets
import Evaluation
import Losses
import Networks
import RandomNumbers
import Reports
import Torch
import Training

extension Study {
  /// Softmax and sigmoids where several classes may be right, or none.
  static let multiLabel = Study(
    name: "multi-label",
    title: "Classes that do not compete",
    claim:
      "Where several classes may be right, or none, independent sigmoids with binary cross-entropy are "
      + "the choice: softmax makes the classes compete, so that the probability of one falls with every "
      + "other that is right, and something must be right always.",
    papers: [
      "Nam et al., Large-scale multi-label text classification: revisiting neural networks, 2014",
      "Mahajan et al., Exploring the limits of weakly supervised pretraining, 2018",
    ],
    data: [.mnist]
  ) { session in
    let digits = try session.mnist()
    let counts = session.choose(
      smoke: (train: 200, validation: 100, test: 100),
      quick: (train: 6_000, validation: 1_000, test: 2_000),
      full: (train: 12_000, validation: 4_000, test: 8_000))
    // Validation has digits that no training has seen.
    let trainCount = digits.train.count * 4 / 5
    let train = digits.train.pictures!.select(0..<trainCount)
    let rest = digits.train.pictures!.select(trainCount..<digits.train.count)
    let settings = [0...4, 1...1].map { filled in
      (
        name: filled == 0...4 ? "none to four digits" : "one digit",
        train: Mosaics(counts.train, of: train, filled: filled, seed: 1),
        validation: Mosaics(counts.validation, of: rest, filled: filled, seed: 2),
        test: Mosaics(counts.test, of: digits.test.pictures!, filled: filled, seed: 3)
      )
    }
    let items = settings.indices.flatMap { setting in
      LabelRule.allCases.filter { setting == 0 || $0 != .softmaxOrNothing }.flatMap { rule in
        session.seeds.map { (setting: setting, rule: rule, seed: $0) }
      }
    }
    let results = try session.results(
      for: items,
      named: items.map { "\(settings[$0.setting].name), \($0.rule.rawValue), seed \($0.seed)" }
    ) { item in
      let (_, train, validation, test) = settings[item.setting]
      let network = NetworkCatalog.entry(
        named: session.smallNetwork)!
      let model = try network.network(
        NetworkOptions(
          input: .pictures(channels: 1, height: Mosaics.size, width: Mosaics.size),
          featureCount: item.rule.outputCount, seed: item.seed))
      try model.fit(
        BatchOrder(
          count: counts.train, batchSize: 100,
          epochs: session.choose(smoke: 1, quick: 5, full: 6), seed: item.seed),
        learningRate: network.learningRate, progress: session.step
      ) { batch in
        try item.rule.loss(
          model(train.pictures.batch(batch.indices).inputs, isTraining: true),
          train.targets(batch.indices))
      }
      return try LabelScores(
        validation: (
          validation, item.rule.probabilities(model.features(of: .pictures(validation.pictures)))
        ),
        test: (test, item.rule.probabilities(model.features(of: .pictures(test.pictures)))))
    }
    func seeds(_ rule: LabelRule, _ setting: Int = 0) -> [LabelScores] {
      zip(items, results).filter { $0.0.rule == rule && $0.0.setting == setting }.map(\.1)
    }
    func over(_ rule: LabelRule, _ number: (LabelScores) -> Estimate) -> Estimate {
      .over(seeds(rule).map(number))
    }
    let labelCounts = settings[0].test.labels.map(\.count)
    /// The share of test pictures whose digits are all found, and no others.
    func exact(_ rule: LabelRule, among counts: ClosedRange<Int> = 0...4) -> [[Bool]] {
      seeds(rule).map { scores in
        zip(scores.isExact, labelCounts).filter { counts.contains($0.1) }.map(\.0)
      }
    }
    func exactShare(_ rule: LabelRule, among counts: ClosedRange<Int> = 0...4) -> Estimate {
      .over(exact(rule, among: counts).map { .share($0.count { $0 }, of: $0.count) })
    }
    func areas(_ rule: LabelRule) -> [Double] {
      seeds(rule).map { $0.areas.reduce(0, +) / Double($0.areas.count) }
    }
    let present = LabelRule.allCases.map { rule in
      (1...4).map { count in over(rule) { Estimate($0.meanPresent[count - 1]) } }
    }
    try session.figure(
      "probabilities",
      Figures.curves(
        zip(LabelRule.allCases, present).map { rule, values in
          (rule.rawValue, RunSummary.Curve([1, 2, 3, 4], values))
        } + [("1 / number", RunSummary.Curve([1, 2, 3, 4], [1, 1 / 2.0, 1 / 3.0, 1 / 4.0]))],
        xTitle: "different digits in the picture", yTitle: "Probability of a digit that is there",
        yIsLogarithmic: false),
      caption:
        "The mean probability of the digits that are in a test picture, by how many there are.")
    try session.figure(
      "exact",
      Figures.curves(
        LabelRule.allCases.map { rule in
          (
            rule.rawValue,
            RunSummary.Curve(
              [0, 1, 2, 3, 4], (0...4).map { exactShare(rule, among: $0...$0) }, times: 100)
          )
        }, xTitle: "different digits in the picture", yTitle: "All digits right, %",
        yIsLogarithmic: false),
      caption: "The share of test pictures whose digits are all found, and no others.")

    let others = [LabelRule.softmax, .softmaxOrNothing]
    let matches = others.map { Contrast(exact(.sigmoids), exact($0)) }
    let blanks = others.map { Contrast(exact(.sigmoids, among: 0...0), exact($0, among: 0...0)) }
    let ranks = others.map { Contrast(areas(.sigmoids), areas($0)) }
    let control = Contrast(
      seeds(.sigmoids, 1).map(\.topIsRight), seeds(.softmax, 1).map(\.topIsRight))
    func evidence(_ contrasts: [Contrast]) -> String {
      zip(others, contrasts).map { "against \($0.rawValue): \($1.points)" }.joined(separator: "; ")
    }
    let kept = Contrast(
      seeds(.sigmoids).map { $0.meanPresent[3] }, seeds(.sigmoids).map { $0.meanPresent[0] })
    return StudyResult(
      method:
        "Pictures of two by two cells with an MNIST digit each. What is asked for is which of the digits "
        + "0 to 7 are there, from none to four of them; an 8 or a 9 in the other cells is not asked for, so "
        + "that pictures with nothing to find are not all the same. A \(session.smallNetworkTitle) is trained with binary "
        + "cross-entropy on eight sigmoids; with softmax cross-entropy towards equal shares for all that is "
        + "there, and for all eight where nothing is, so that shares fall with the number of digits by "
        + "their definition; and with softmax and a ninth class for nothing. "
        + "One threshold of probability for all digits is chosen by exact matches in a validation part, "
        + "those of F1 by label; the validation part has other digits than training. The control has pictures "
        + "with exactly one digit to find, and the most probable one is the answer.",
      tables: [
        StudyTable(
          "Which digits are there",
          columns: [
            "", "all right %", "with none %", "with one %", "with four %", "mean AUC %",
            "mean F1 %",
            "threshold",
          ],
          rows: LabelRule.allCases.map { rule in
            [rule.rawValue, exactShare(rule).percent]
              + [0, 1, 4].map { exactShare(rule, among: $0...$0).percent }
              + [
                Estimate.over(areas(rule).map { Estimate($0) }).percent,
                over(rule) { Estimate($0.macroF1) }.percent,
                over(rule) { Estimate($0.threshold) }.cell(3),
              ]
          },
          note: "AUC: of each digit over all test pictures, the mean of the eight digits."),
        StudyTable(
          "Mean probability of a digit that is there",
          columns: ["", "one digit", "two", "three", "four"],
          rows: zip(LabelRule.allCases, present).map { [$0.rawValue] + $1.map { $0.cell(3) } }),
      ],
      findings: [
        Finding(
          "With sigmoids, and one threshold for all pictures, more have all their digits right",
          .init(matches.map(\.isLarger)), evidence(matches)),
        Finding(
          "With sigmoids more pictures with nothing to find are seen to have nothing",
          .init(blanks.map(\.isLarger)), evidence(blanks)),
        Finding(
          "With sigmoids a digit among four has the probability it has alone, to a fifth",
          kept.isNoSmaller(by: 0.2),
          zip(LabelRule.allCases, present).map {
            "\($0.rawValue): \($1[0].cell(2)) alone, \($1[3].cell(2)) among four"
          }.joined(separator: "; ")),
        Finding(
          "Sigmoids rank pictures better by whether a digit is there (AUC)",
          .init(ranks.map(\.isLarger)), evidence(ranks)),
        Finding(
          "Where exactly one class is right both recognise as many, to half a point",
          control.isSmall(0.005), control.points),
      ],
      caveats: [
        "Exact matches of softmax rest on a threshold between the shares of one digit in four and of one in "
          + "eight. A threshold that is a share of the picture's largest probability, which is not tried "
          + "here, would suit it better, and could not see that there is nothing.",
        "Mahajan et al. report the contrary of features: trained for hashtags of pictures, softmax with equal "
          + "shares gave better ones than sigmoids. What is judged here is the classes themselves.",
      ])
  }
}

/// How the scores of a picture's classes become probabilities, and what they are trained for.
private enum LabelRule: String, CaseIterable {
  case sigmoids, softmax
  case softmaxOrNothing = "softmax with nothing"

  var outputCount: Int { Mosaics.classCount + (self == .softmaxOrNothing ? 1 : 0) }

  /// - Parameter targets: [N, 8], 1 where a digit is there.
  func loss(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
    guard self != .sigmoids else {
      return try BinaryCrossEntropy(BinaryOptions())(logits, targets: targets)
    }
    let count = try targets.sum(axis: 1, keepingAxis: true)
    let isBlank = try count.isEqual(to: 0).to(.float32)
    let shares =
      try self == .softmax
      ? (targets + isBlank / Double(Mosaics.classCount)) / (count + isBlank)
      : Tensor.concatenate([targets, isBlank], axis: 1) / (count + isBlank)
    return try LogitLoss(CrossEntropy())(logits, Target(.probabilities(shares)))
  }

  /// The probability that each of the eight digits is there [N, 8].
  func probabilities(_ logits: Tensor) throws -> Tensor {
    guard self != .sigmoids else { return try logits.sigmoid() }
    return try logits.softmax(axis: 1).slice(0..<Mosaics.classCount, axis: 1)
  }
}

/// Pictures of two by two cells with a digit each, of which some are asked for.
private struct Mosaics {
  static let size = 56
  /// The digits below are asked for; the others fill cells.
  static let classCount = 8
  let pictures: PictureSet
  /// The digits that are there and asked for.
  let labels: [Set<Int>]

  /// - Parameter filled: How many cells have a digit that is asked for, each number as often.
  init(_ count: Int, of digits: PictureSet, filled: ClosedRange<Int>, seed: UInt64) {
    var random = SplitMix64(seed)
    let side = Self.size / 2
    let wanted = digits.labels.indices.filter { digits.labels[$0] < Self.classCount }
    let others = digits.labels.indices.filter { digits.labels[$0] >= Self.classCount }
    var pixels = [UInt8](repeating: 0, count: count * Self.size * Self.size)
    var labels: [Set<Int>] = []
    for picture in 0..<count {
      var present: Set<Int> = []
      let wantedCount = Int.random(in: filled, using: &random)
      for (place, cell) in (0..<4).shuffled(using: &random).enumerated() {
        let digit = (place < wantedCount ? wanted : others).randomElement(using: &random)!
        if place < wantedCount { present.insert(Int(digits.labels[digit])) }
        let corner = (cell / 2) * side * Self.size + (cell % 2) * side
        for row in 0..<side {
          for column in 0..<side {
            pixels[picture * Self.size * Self.size + corner + row * Self.size + column] =
              digits.pixels[digit * side * side + row * side + column]
          }
        }
      }
      labels.append(present)
    }
    self.labels = labels
    pictures = try! PictureSet(
      pixels: pixels, labels: labels.map { Int32($0.count) }, channels: 1, height: Self.size,
      width: Self.size)
  }

  /// [n, 8], 1 where a digit is there.
  func targets(_ indices: some Collection<Int>) throws -> Tensor {
    try Tensor(
      indices.flatMap { index in
        (0..<Self.classCount).map { labels[index].contains($0) ? 1 : 0 as Float }
      }, shape: [indices.count, Self.classCount])
  }
}

/// How well the digits of pictures are found.
private struct LabelScores: Codable {
  /// Of probability, above which a digit is taken to be there.
  var threshold: Double
  /// Whether exactly the digits of each test picture are above the threshold.
  var isExact: [Bool]
  /// Whether the most probable digit of each is there.
  var topIsRight: [Bool]
  /// By digit: the area under the ROC.
  var areas: [Double]
  /// The mean over digits, each with the threshold that is best in the validation part.
  var macroF1: Double
  /// The mean probability of the digits in pictures with one to four of them.
  var meanPresent: [Double]

  init(validation: (Mosaics, Tensor), test: (Mosaics, Tensor)) throws {
    func rows(_ probabilities: Tensor) throws -> [[Double]] {
      let values = try probabilities.to(.float64).elements(Double.self)
      let width = Mosaics.classCount
      return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
    let (known, probabilities) = try (rows(validation.1), rows(test.1))
    func found(_ row: [Double], _ threshold: Double) -> Set<Int> {
      Set(row.indices.filter { row[$0] > threshold })
    }
    let candidates = (1..<200).map { Double($0) / 200 }
    let matches = candidates.map { threshold in
      zip(known, validation.0.labels).count { found($0, threshold) == $1 }
    }
    let threshold = candidates[matches.firstIndex(of: matches.max()!)!]
    self.threshold = threshold
    isExact = zip(probabilities, test.0.labels).map { found($0, threshold) == $1 }
    topIsRight = zip(probabilities, test.0.labels).map { row, labels in
      labels.contains(row.firstIndex(of: row.max()!)!)
    }
    func curve(_ rows: [[Double]], _ mosaics: Mosaics, _ label: Int) throws -> RankingCurve {
      try RankingCurve(
        scores: rows.map { $0[label] }, isPositive: mosaics.labels.map { $0.contains(label) })
    }
    let classes = 0..<Mosaics.classCount
    areas = try classes.map { try curve(probabilities, test.0, $0).area }
    macroF1 =
      try classes.map { label in
        let best = try curve(known, validation.0, label).bestF1.threshold
        let pairs = zip(probabilities, test.0.labels).map {
          (isFound: $0[label] >= best, isThere: $1.contains(label))
        }
        let hits = Double(pairs.count { $0.isFound && $0.isThere })
        return 2 * hits / Double(pairs.count { $0.isFound } + pairs.count { $0.isThere })
      }.reduce(0, +) / Double(Mosaics.classCount)
    meanPresent = (1...4).map { count in
      let values = zip(probabilities, test.0.labels).filter { $0.1.count == count }
        .flatMap { row, labels in labels.map { row[$0] } }
      return values.reduce(0, +) / Double(max(values.count, 1))
    }
  }
}
