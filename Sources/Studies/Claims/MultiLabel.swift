import Datasets
import Evaluation
import Losses
import Networks
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
    let epochs = session.choose(smoke: 1, quick: 6, full: 10)
    // At the whole rate, which does not rise slowly here, one training of six with one digit ended at 61 % right.
    let rateFactor = 0.5
    // Validation has digits that no training has seen.
    let trainCount = digits.train.count * 4 / 5
    let train = digits.train.pictures!.select(0..<trainCount)
    let rest = digits.train.pictures!.select(trainCount..<digits.train.count)
    let settings = [
      (name: "none to four digits", filled: 0...4), (name: "one digit", filled: 1...1),
    ]
    let items = settings.indices.flatMap { setting in
      LabelRule.allCases.filter { setting == 0 || $0 != .softmaxOrNothing }.flatMap { rule in
        session.seeds.map { (setting: setting, rule: rule, seed: $0) }
      }
    }
    let results = try session.results(
      for: items,
      named: items.map { "\(settings[$0.setting].name), \($0.rule.rawValue), seed \($0.seed)" }
    ) { item in
      // Other pictures with each seed, the same for all rules.
      func mosaics(_ count: Int, of digits: PictureSet, _ part: UInt64) -> Mosaics {
        Mosaics(
          count, of: digits, filled: settings[item.setting].filled, seed: item.seed * 10 + part)
      }
      let (shown, validation, test) = (
        mosaics(counts.train, of: train, 0), mosaics(counts.validation, of: rest, 1),
        mosaics(counts.test, of: digits.test.pictures!, 2)
      )
      let network = NetworkCatalog.entry(
        named: session.smallNetwork)!
      let model = try network.network(
        NetworkOptions(
          input: .pictures(channels: 1, height: Mosaics.size, width: Mosaics.size),
          featureCount: item.rule.outputCount, seed: item.seed))
      try model.fit(
        BatchOrder(
          count: counts.train, batchSize: 50, epochs: epochs, seed: item.seed),
        learningRate: network.learningRate * rateFactor, progress: session.step
      ) { batch in
        try item.rule.loss(
          model(shown.pictures.batch(batch.indices).inputs, isTraining: true),
          shown.targets(batch.indices))
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
    /// The share of test pictures whose digits are all found, and no others.
    func exact(_ rule: LabelRule, among counts: ClosedRange<Int> = 0...4) -> [[Bool]] {
      seeds(rule).map { scores in
        zip(scores.chosen.isExact, scores.labelCounts).filter { counts.contains($0.1) }.map(\.0)
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
        "Pictures of two by two cells with an MNIST digit at half its size each. What is asked for is which of the digits "
        + "0 to 7 are there, from none to four of them; an 8 or a 9 in the other cells is not asked for, so "
        + "that pictures with nothing to find are not all the same. A \(session.smallNetworkTitle) is trained for "
        + "\(epochs) passes over \(counts.train) pictures, at half its usual learning rate, with binary "
        + "cross-entropy on eight sigmoids; with softmax cross-entropy towards equal shares for all that is "
        + "there, and for all eight where nothing is, so that shares fall with the number of digits by "
        + "their definition; and with softmax and a ninth class for nothing. "
        + "A digit is taken to be there above a threshold of probability, the same for all digits and "
        + "pictures, or above a share of the picture's largest probability: the number, and which of the two, "
        + "are chosen for each training by exact matches in a validation part, whose digits no training has "
        + "seen. The thresholds of F1 are chosen there too, one for each digit. The control has pictures with "
        + "exactly one digit to find, and the most probable one is the answer.",
      tables: [
        StudyTable(
          "Which digits are there",
          columns: [
            "", "all right %", "with none %", "with one %", "with four %", "mean AUC %",
            "mean F1 %",
          ],
          rows: LabelRule.allCases.map { rule in
            [rule.rawValue, exactShare(rule).percent]
              + [0, 1, 4].map { exactShare(rule, among: $0...$0).percent }
              + [
                Estimate.over(areas(rule).map { Estimate($0) }).percent,
                over(rule) { Estimate($0.macroF1) }.percent,
              ]
          },
          note: "AUC: of each digit over all test pictures, the mean of the eight digits."),
        StudyTable(
          "How it is decided which digits are there",
          columns: [
            "", "by a threshold: all right %", "threshold",
            "by a share of the largest: all right %", "share", "chosen by validation",
          ],
          rows: LabelRule.allCases.map { rule in
            func cells(_ decision: (LabelScores) -> Decision) -> [String] {
              let decisions = seeds(rule).map(decision)
              return [
                Estimate.over(decisions.map(\.exactShare)).percent,
                Estimate.over(decisions.map { Estimate($0.number) }).cell(3),
              ]
            }
            let relativeCount = seeds(rule).count { $0.chosen.isRelative }
            return [rule.rawValue] + cells(\.threshold) + cells(\.shareOfLargest) + [
              relativeCount == 0
                ? "threshold"
                : relativeCount == session.seeds.count
                  ? "share" : "share with \(relativeCount) of \(session.seeds.count) seeds"
            ]
          }),
        StudyTable(
          "Mean probability of a digit that is there",
          columns: ["", "one digit", "two", "three", "four"],
          rows: zip(LabelRule.allCases, present).map { [$0.rawValue] + $1.map { $0.cell(3) } }),
      ],
      findings: [
        Finding(
          "With sigmoids more pictures have all their digits right, each loss by the rule that suits it",
          .init(matches.map(\.isLarger)), evidence(matches)),
        Finding(
          "With sigmoids more pictures with nothing to find are seen to have nothing",
          .init(blanks.map(\.isLarger)), evidence(blanks)),
        Finding(
          "With sigmoids a digit among four has the probability it has alone, to 0.2",
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
        "By a share of the largest probability softmax alone always finds a digit: that there is nothing it "
          + "can say by a threshold only, between the shares of one digit in four and of one in eight.",
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

  /// The probability that each of the eight digits is there [N, 8], and that nothing is, if the rule has
  /// that class [N, 9].
  func probabilities(_ logits: Tensor) throws -> Tensor {
    guard self != .sigmoids else { return try logits.sigmoid() }
    return try logits.softmax(axis: 1)
  }
}
