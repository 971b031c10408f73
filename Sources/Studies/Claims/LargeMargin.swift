import Evaluation
import Training

extension Study {
  /// The table of the large-margin softmax paper for MNIST, with its network.
  static let largeMargin = Study(
    name: "large-margin",
    title: "Large-margin softmax on MNIST",
    claim:
      "On MNIST without augmentation the network of the large-margin softmax paper errs on 0.40 % of the "
      + "test digits with softmax, and on 0.32, 0.31 and 0.31 % with margins m = 2, 3 and 4.",
    papers: ["Liu et al., Large-margin softmax loss for convolutional neural networks, 2016"],
    data: [.mnist]
  ) { session in
    let dataset = try session.dataset(
      .mnist, trainCount: session.choose(smoke: 512, quick: 6000, full: nil),
      testCount: session.choose(smoke: 300, quick: 2000, full: nil))
    let margins = session.choose(smoke: [2], quick: [2, 4], full: [2, 3, 4])
    func way(_ name: String, _ loss: String, _ settings: [String: String]) -> LossComparison.Way {
      var configuration = RunConfiguration(
        dataset: "mnist", network: session.choose(smoke: "lenet", quick: network, full: network),
        featureCount: 512, loss: loss, settings: settings,
        epochs: session.choose(smoke: 1, quick: 3, full: 5))
      configuration.precision = session.choose(smoke: .float32, quick: .float32, full: .bf16)
      configuration.fitAnnealing(to: dataset.train.count)
      return LossComparison.Way(name, configuration)
    }
    let comparison = try session.compare(
      [way("softmax", "softmax", ["bias": "none"])]
        + margins.map { way("m = \($0)", "l-softmax", ["m": "\($0)"]) }, on: dataset)
    let names = comparison.ways.map(\.name)
    let published = ["softmax": 0.40, "m = 2": 0.32, "m = 3": 0.31, "m = 4": 0.31]

    let errors = comparison.estimates { $0.error }
    let gains = names.dropFirst().map {
      (name: $0, contrast: comparison.accuracy($0, minus: "softmax"))
    }
    let couples = names.indices.flatMap { i in names.indices.dropFirst(i + 1).map { (i, $0) } }
    // Published errors have no intervals: ten of the 10,000 digits are what single trainings differ by.
    let tolerance = 0.1
    let reached: [Finding.Verdict] = zip(names, errors).map { name, error in
      let most = (published[name]! + tolerance) / 100
      guard let interval = error.interval else { return .undecided }
      return interval.upperBound <= most
        ? .holds : interval.lowerBound > most ? .doesNotHold : .undecided
    }
    return StudyResult(
      method:
        "The paper's network for MNIST with 512 features, trained by AdamW for "
        + "\(comparison.ways[0].configuration.training.epochs) passes over \(dataset.train.count) digits "
        + "without augmentation, in \(comparison.ways[0].configuration.precision.rawValue); the paper's takes SGD and many more passes. The annealing of λ "
        + "is the published one, ending half-way.",
      tables: [
        StudyTable(
          "Test digits taken for another, %",
          columns: ["", "here", "published", "pairs by cosine %", "angle within classes °"],
          rows: zip(names, errors).map { name, error in
            [
              name, error.percent, published[name]!.cell(2),
              Estimate.over(comparison[name].map { $0.pairs[.cosine]! }).percent,
              Estimate.over(comparison[name].map(\.angleWithin)).cell(2),
            ]
          }),
        StudyTable(
          "Each margin against each other",
          columns: ["", "accuracy, points", "pairs by cosine, points"],
          rows: couples.map { i, j in
            [
              "\(names[j]) against \(names[i])",
              comparison.accuracy(names[j], minus: names[i]).signed(2, times: 100),
              comparison.pairs(names[j], minus: names[i]).signed(2, times: 100),
            ]
          },
          note:
            "Paired: over seeds (Student), or with one seed on the same digits and pairs (McNemar)."
        ),
      ],
      findings: [
        Finding(
          "The errors are as few as published, to \(tolerance) points", .init(reached),
          zip(names, errors).map { "\($0): \($1.percent) % (published \(published[$0]!.cell(2)))" }
            .joined(separator: "; ")),
        Finding(
          "With a margin fewer digits are taken for another", .init(gains.map(\.contrast.isLarger)),
          gains.map { "\($0.name): accuracy \($0.contrast.points)" }.joined(separator: "; ")),
      ],
      caveats: [
        "0.1 points are ten of the 10,000 test digits: single trainings differ by as much."
      ])
  }

  /// The paper's, by its name in the catalogue.
  private static let network = "large-margin"
}
