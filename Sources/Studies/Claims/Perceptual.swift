import Datasets
import Evaluation
import Formats
import Foundation
import Losses
import Networks
import Reports
import Torch
import Training

extension Study {
  /// Pictures compared by pixels, and as a trained network sees them.
  static let perceptual = Study(
    name: "perceptual",
    title: "Reconstructing pictures by what a network sees",
    claim:
      "The squared error of pixels is least for a mean of all pictures that may be meant, which is blurred; "
      + "the squared error of a trained network's features keeps what pictures are recognised by, though "
      + "pixels differ more.",
    papers: [
      "Johnson, Alahi, Fei-Fei, Perceptual losses for real-time style transfer and super-resolution, 2016",
      "Dosovitskiy, Brox, Generating images with perceptual similarity metrics based on deep networks, "
        + "2016",
    ],
    data: [.cifar10]
  ) { session in
    session.stageCount = 3
    let dataset = try session.dataset(
      .cifar10, trainCount: session.choose(smoke: 200, quick: 10_000, full: 50_000),
      testCount: session.choose(smoke: 60, quick: 1_000, full: 4_000))
    let train = dataset.train.pictures!.prefix(
      session.choose(smoke: 100, quick: 4_000, full: 20_000))
    let epochs = session.choose(smoke: 1, quick: 5, full: 5)
    let featureCount = 64
    /// A network that tells the classes apart.
    func classifier(_ network: String, _ name: String) throws -> TrainingRun {
      try session.train(
        RunConfiguration(
          dataset: "cifar10", network: network, featureCount: 64, loss: "softmax",
          epochs: session.choose(smoke: 1, quick: 6, full: 6), seed: 1000),
        on: dataset, as: name)
    }
    // Each is trained in a stage of its own, so that its time is told; then it is read.
    let seen = try session.result("the network whose features are compared") {
      try classifier("lenet++quarter", "features").isRight()
    }
    let judged = try session.result("the network that judges") {
      try classifier("lenet", "judge").isRight()
    }
    let eye = try Eye(
      classifier("lenet++quarter", "features"),
      layers: ["conv1_2.prelu", "conv2_2.prelu", "conv3_2.prelu"], pictures: train)
    let judge = try Eye(classifier("lenet", "judge"), layers: ["ip1.relu"], pictures: train)

    let items = ReconstructionLoss.allCases.flatMap { loss in
      session.seeds.map { (loss: loss, seed: $0) }
    }
    let results = try session.results(
      for: items, named: items.map { "\($0.loss.rawValue), seed \($0.seed)" }
    ) { item in
      let model = try EncoderDecoder(
        channels: train.channels, height: train.height, width: train.width,
        featureCount: featureCount, using: RandomGenerator(seed: item.seed))
      let loss = try item.loss.loss(eye)
      let order = BatchOrder(
        count: train.count, batchSize: 50, epochs: epochs, seed: item.seed)
      try order.fit(
        model.parameters, learningRate: 0.002, progress: { try session.step(0.95 * $0) }
      ) { batch in
        let pictures = try train.batch(batch.indices).inputs
        return try loss.value([
          .predictions: model(pictures, isTraining: true), .targets: pictures,
        ])
      }
      return try ReconstructionScores(
        model, dataset, eye: eye, judge: judge,
        shownCount: item.seed == session.seeds[0] ? 8 : 0)
    }
    let original = try judge.isRight(dataset.test)
    return try PerceptualResult(
      session: session, dataset: dataset, results: results, original: original
    ).result(
      method:
        "Pictures of CIFAR-10 (as JPEG) go through an encoder and decoder with \(featureCount) numbers "
        + "between them, trained with \(train.count) pictures and \(epochs) passes of AdamW: by the "
        + "squared error of pixels, or of the features of a LeNet++ with a quarter of its channels that "
        + "was trained to tell the classes (\(share(seen)) % of the test pictures right). Its features are "
        + "those behind the second convolution of each of its three blocks, the squared error of each block "
        + "divided by the variance of its features; "
        + "one way uses all three, another the last alone. Reconstructions are judged by a LeNet "
        + "(\(share(judged)) %) that no reconstruction was trained by: what it recognises, and how far the "
        + "last layer before its features is off.")
  }
}

private func share(_ isRight: [Bool]) -> String {
  Estimate.share(isRight.count { $0 }, of: isRight.count).percent
}

extension TrainingRun {
  /// Whether each test sample is predicted.
  fileprivate func isRight() throws -> [Bool] {
    try zip(
      objective.predictions(network.features(of: dataset.test), labels: dataset.test.labels),
      dataset.test.labels
    ).map { $0 == Int($1) }
  }
}

/// What came of the losses.
private struct PerceptualResult {
  let session: StudySession
  let dataset: Dataset
  /// By loss, then by seed.
  let results: [ReconstructionScores]
  /// Which originals are recognised.
  let original: [Bool]

  private func seeds(_ loss: ReconstructionLoss) -> [ReconstructionScores] {
    let index = ReconstructionLoss.allCases.firstIndex(of: loss)!
    return Array(results[index * session.seeds.count..<(index + 1) * session.seeds.count])
  }

  private func mean(
    _ loss: ReconstructionLoss, _ numbers: (ReconstructionScores) -> [Double]
  ) -> Estimate {
    .over(seeds(loss).map { .mean(numbers($0)) })
  }

  private func accuracy(_ loss: ReconstructionLoss) -> Estimate {
    .over(seeds(loss).map { .share($0.isRight.count { $0 }, of: $0.isRight.count) })
  }

  private func median(
    _ loss: ReconstructionLoss, _ numbers: (ReconstructionScores) -> [Double]
  ) -> Estimate {
    .over(
      seeds(loss).map {
        let sorted = numbers($0).sorted()
        return Estimate(sorted[sorted.count / 2])
      })
  }

  private func row(_ loss: ReconstructionLoss) -> [String] {
    let roots = seeds(loss).map { scores in
      Estimate((scores.pixelErrors.reduce(0, +) / Double(original.count)).squareRoot() * 255)
    }
    return [
      loss.rawValue, accuracy(loss).percent, Estimate.over(roots).cell(2),
      mean(loss, \.featureErrors).percent, mean(loss, \.judgeErrors).percent,
      median(loss, \.sharpness).percent,
    ]
  }

  func result(method: String) throws -> StudyResult {
    let others = ReconstructionLoss.allCases.filter { $0 != .pixels }
    func contrasts(_ numbers: (ReconstructionScores) -> [Double]) -> [Contrast] {
      others.map { Contrast(seeds($0).map(numbers), seeds(.pixels).map(numbers)) }
    }
    /// What is larger by pixels, where less is better.
    func opposite(_ numbers: (ReconstructionScores) -> [Double]) -> [Contrast] {
      others.map { Contrast(seeds(.pixels).map(numbers), seeds($0).map(numbers)) }
    }
    func evidence(_ contrasts: [Contrast], _ text: (Contrast) -> String) -> String {
      zip(others, contrasts).map { "\($0.rawValue): \(text($1))" }.joined(separator: "; ")
    }
    let pixelErrors = contrasts { $0.pixelErrors.map { $0.squareRoot() * 255 } }
    let judgeErrors = opposite(\.judgeErrors)
    // Too much detail is as far from the original as too little.
    let detail = opposite { $0.sharpness.map { abs(log(max($0, 1e-3))) } }
    let recognised = others.map {
      Contrast(seeds($0).map(\.isRight), seeds(.pixels).map(\.isRight))
    }
    try figures()
    return StudyResult(
      method: method,
      tables: [
        StudyTable(
          "Reconstructions of test pictures",
          columns: [
            "trained by", "recognised %", "pixel error (RMS), of 255", "features missed %",
            "the judge's features missed %", "sharpness %",
          ],
          rows: ReconstructionLoss.allCases.map(row)
            + [["originals", share(original), "0", "0", "0", "100"]],
          note:
            "Recognised: by the network that judges. Features missed: the squared error over the variance, "
            + "which may be more than 100 %. "
            + "Sharpness: the squared differences of neighbouring pixels over those of the original, the "
            + "median of the pictures.")
      ],
      findings: [
        Finding(
          "Trained by features, pixels are farther off than trained by pixels",
          .init(pixelErrors.map(\.isLarger)),
          evidence(pixelErrors) { "\($0.signed(2)) of 255, the mean of the pictures' RMS" }),
        Finding(
          "Trained by features, a reconstruction is nearer to its original for a network that took no part "
            + "in its training",
          .init(judgeErrors.map(\.isLarger)),
          "the judge's features are missed by pixels more than "
            + evidence(judgeErrors) { "by \($0.points)" }),
        Finding(
          "Trained by features, more of the reconstructions are recognised",
          .init(recognised.map(\.isLarger)), evidence(recognised, \.points)),
        Finding(
          "Trained by features, reconstructions have more nearly as much detail as the originals",
          .init(detail.map(\.isLarger)),
          "|log sharpness| is larger by pixels than "
            + evidence(detail) { "by \($0.signed(2))" }),
      ],
      caveats: [
        "The networks that compare and judge are small, and were trained once: other features would give "
          + "other reconstructions. Sharpness counts noise and artefacts as well as detail.",
        session.seeds.count > 1
          ? "Intervals are over the seeds of the encoder and decoder."
          : "With one seed intervals are over test pictures, and tell nothing of other seeds.",
      ])
  }

  private func figures() throws {
    let test = dataset.test.pictures!
    let count = seeds(.pixels)[0].shown.count
    var rows: [(name: String, pictures: [Data?])] = [
      (name: "original", pictures: try (0..<count).map { try Data(test.picture($0)!.png()) })
    ]
    var shares: [(name: String, value: Double, lower: Double?, upper: Double?)] = []
    func add(_ name: String, _ share: Estimate) {
      shares.append(
        (
          name: name, value: share.value * 100, lower: share.lower.map { $0 * 100 },
          upper: share.upper.map { $0 * 100 }
        ))
    }
    for loss in ReconstructionLoss.allCases {
      let files = seeds(loss)[0].shown.map { Optional($0) }
      rows.append((name: loss.rawValue, pictures: files))
      add(loss.rawValue, accuracy(loss))
    }
    add("originals", .share(original.count { $0 }, of: original.count))
    try session.figure(
      "reconstructions",
      Figures.pictures(
        rows, columns: (0..<count).map { dataset.classNames[Int(test.labels[$0])] },
        title: "Pictures and their reconstructions",
        notes: ["The rows are named by what the encoder and decoder were trained by."],
        size: (72, 72)),
      caption: "The first test pictures, and what is made of them (first seed).")
    try session.figure(
      "recognised",
      Figures.intervals(
        shares, title: "Recognised by the network that judges", unit: "%"),
      caption: "The share of reconstructions, and of originals, that the judge gives their class.")
  }
}
