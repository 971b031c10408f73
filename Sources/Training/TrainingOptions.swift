import Datasets

/// How a training goes about it.
public struct TrainingOptions: Codable, Sendable, Equatable {
  public enum OptimizerKind: String, Codable, Sendable, CaseIterable {
    case sgd, adamw

    /// The weight decay that suits it: AdamW's is multiplied by the learning rate only.
    public var weightDecay: Double { self == .sgd ? 5e-4 : 0.2 }

    /// The limit of gradients that suits it. Cosine heads with few features have rare, very large
    /// gradients, from which AdamW takes long to recover.
    public var gradientLimit: Double? { self == .sgd ? nil : 0.3 }
  }

  /// Passes over the training set, in 1...1,000,000.
  public var epochs = 11
  /// Samples in a step, at least 1 and at most as many as there are.
  public var batchSize = 64
  /// How many samples a batch has of each of its classes, at least 2 and a divisor of the batch size, for
  /// losses of pairs with many classes: see `BatchOrder.init(labels:samplesPerClass:batchSize:epochs:seed:)`.
  /// If nil, batches are drawn from all samples alike.
  public var samplesPerClass: Int?
  public var optimizer: OptimizerKind
  /// Of the network, above 0.
  public var learningRate = 0.002
  /// Of the loss's own weights, above 0; as the network's if nil.
  public var headLearningRate: Double?
  /// SGD's momentum, in 0..<1.
  public var momentum = 0.9
  /// The decay of weights (not of offsets and slopes), at least 0: an L2 penalty with SGD, decoupled
  /// from the gradient with AdamW.
  public var weightDecay: Double
  public var schedule = Schedule.cosine
  /// The share of the steps over which the learning rates first rise from 0, in 0..<1: the first
  /// gradients of a cosine head are large and turn the features, not the proxies.
  public var warmUp = 0.05
  /// The share of the steps over which the scale of a cosine head rises to its own, in 0...1.
  public var scaleWarmUp = 0.9
  /// The largest common norm of all gradients, above 0; without limit if nil.
  public var gradientLimit: Double?
  /// Of everything drawn: initial weights and the order of the samples.
  public var seed: UInt64 = 1
  /// The threads of libtorch, in 1...1024. Results are the same only for the same number.
  public var threads = 1

  /// - Parameter optimizer: Weight decay and the limit of gradients are those that suit it.
  public init(optimizer: OptimizerKind = .adamw) {
    self.optimizer = optimizer
    weightDecay = optimizer.weightDecay
    gradientLimit = optimizer.gradientLimit
  }

  /// - Throws: `TrainingError` for an option out of range, or a batch larger than the set, or one that
  ///   cannot be composed by class.
  public func validate(for samples: Samples) throws(TrainingError) {
    func require(_ holds: Bool, _ problem: String) throws(TrainingError) {
      if !holds { throw TrainingError(.usage, problem) }
    }
    try require(
      (1...1_000_000).contains(epochs),
      "the number of epochs must be in 1...1,000,000, not \(epochs)")
    try require(batchSize >= 1, "the batch size must be at least 1, not \(batchSize)")
    try require(
      batchSize <= samples.count,
      "the batch size is \(batchSize), but there are only \(samples.count) training \(samples.noun): "
        + "use --batch-size \(samples.count) or less")
    for (name, rate) in [("learning", learningRate), ("head learning", headLearningRate ?? 1)] {
      try require(
        rate > 0 && rate.isFinite, "the \(name) rate must be above 0, not \(rate)")
    }
    try require((0..<1).contains(momentum), "the momentum must be in 0..<1, not \(momentum)")
    try require(
      weightDecay >= 0 && weightDecay.isFinite,
      "the weight decay must be at least 0, not \(weightDecay)")
    try require((0..<1).contains(warmUp), "the warm-up must be in 0..<1, not \(warmUp)")
    try require(
      (0...1).contains(scaleWarmUp), "the scale's warm-up must be in 0...1, not \(scaleWarmUp)")
    if let gradientLimit {
      try require(gradientLimit > 0, "the gradient limit must be above 0, not \(gradientLimit)")
    }
    try require(
      (1...1024).contains(threads), "the number of threads must be in 1...1024, not \(threads)")
    if case .step(let factor, let shares) = schedule {
      try require(
        factor > 0 && factor.isFinite && shares.allSatisfy { (0...1).contains($0) },
        "a step schedule needs a factor above 0 and shares in 0...1, not \(factor) at \(shares)")
    }
    if let samplesPerClass {
      _ = try ClassComposition(
        samples.labels, samplesPerClass: samplesPerClass, batchSize: batchSize)
    }
  }

  /// Which samples each step sees.
  ///
  /// - Throws: As `validate(for:)`.
  func batchOrder(for samples: Samples) throws(TrainingError) -> BatchOrder {
    try validate(for: samples)
    guard let samplesPerClass else {
      return BatchOrder(count: samples.count, batchSize: batchSize, epochs: epochs, seed: seed)
    }
    return try BatchOrder(
      labels: samples.labels, samplesPerClass: samplesPerClass, batchSize: batchSize,
      epochs: epochs, seed: seed)
  }
}

/// A training that cannot be done, or cannot go on.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// An option out of range.
    case usage
    /// A checkpoint or run that does not fit.
    case data
    /// Numbers that are no longer finite.
    case diverged
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
