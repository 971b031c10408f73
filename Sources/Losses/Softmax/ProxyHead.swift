import Foundation
import Torch

/// A `ProxyLoss` together with what it learns: the proxies of each class, and a bias and a scale
/// where the similarity has them. This is the last layer of a classifier and its loss in one.
public class ProxyHead {
  /// The function of features and parameters.
  public private(set) var loss: ProxyLoss
  /// For the fused evaluation.
  public var fused: FusedOptions {
    get { loss.fused }
    set { loss.fused = newValue }
  }
  private let fullScale: Double
  public let classCount: Int
  /// The proxies [C·K, D].
  public let weights: Tensor
  /// The offsets [C] or [1], where the similarity has them.
  public let bias: Tensor?
  /// The factor of the cosines, a single number, where it is learned.
  public let scale: Tensor?
  /// What the margin carries from batch to batch [S], where it does.
  public let state: Tensor?
  /// Where the loss sees some of the classes only: how they are drawn, their proxies, and how many
  /// times it was done [1].
  public let sampling: ClassSampling?
  public let sampledRows: SampledRows?
  private let drawCount: Tensor

  /// - Parameters:
  ///   - loss: The function.
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - sampling: Which classes a step sees; all if nil. Only with one proxy and no bias for each
  ///     class. Optimisers need `sampledRows` then, instead of the weights.
  ///   - seed: The seed of the initial proxies: spread over the unit sphere where they are
  ///     normalised, else uniform in ±√(3 / D); a bias starts at 0.
  /// - Throws: `LossError` for counts out of range, or a sampling that is not possible.
  public init(
    _ loss: ProxyLoss, classCount: Int, featureCount: Int, sampling: ClassSampling? = nil,
    seed: UInt64 = 0
  ) throws {
    guard classCount >= 2 else {
      throw LossError(.usage, "a head needs at least 2 classes, not \(classCount)")
    }
    guard featureCount >= 1 else {
      throw LossError(.usage, "a head needs at least 1 feature, not \(featureCount)")
    }
    let similarity = loss.similarity
    guard
      sampling == nil || similarity.pooling.proxiesPerClass == 1 && similarity.bias != .perClass
    else {
      throw LossError(
        .usage, "classes can be sampled only in a head with one proxy and no bias for each class")
    }
    self.loss = loss
    self.classCount = classCount
    self.sampling = sampling
    drawCount = try Tensor([Float(0)])
    fullScale = similarity.scale
    let generator = try RandomGenerator(seed: seed)
    let bound = (3 / Double(featureCount)).squareRoot()
    let count = classCount * similarity.pooling.proxiesPerClass
    weights =
      try similarity.normalizesWeights
      ? spreadDirections(count: count, dimension: featureCount, using: generator)
      : Tensor.randomUniform([count, featureCount], in: -bound...bound, using: generator)
    bias =
      switch similarity.bias {
      case .none: nil
      case .perClass: try Tensor.zeros([classCount])
      case .shared:
        try Tensor.full(loss.margin?.initialBias(classCount: classCount) ?? 0, shape: [1])
      }
    scale = similarity.learnsScale ? try Tensor.full(similarity.scale, shape: []) : nil
    let start = loss.margin?.initialState(classCount: classCount) ?? []
    state = start.isEmpty ? nil : try Tensor(start.map(Float.init))
    sampledRows = sampling == nil ? nil : SampledRows(weights)
    for parameter in parameters where sampling == nil || parameter.tensor !== weights {
      try parameter.tensor.requireGradient()
    }
  }

  /// What an optimiser changes, by name.
  public var parameters: [(name: String, tensor: Tensor)] {
    [("weights", weights)] + (bias.map { [("bias", $0)] } ?? [])
      + (scale.map { [("scale", $0)] } ?? [])
  }

  /// Sets the scale of a cosine on its way from √2 · ln(C − 1), at least 1, to its own, `progress` in
  /// 0...1 of it; a similarity that is no cosine, learns its scale, has a smaller one, or a shared bias,
  /// which begins as fits its scale, keeps what it has.
  ///
  /// A small scale makes every proxy felt from afar, so that the classes find places before a large
  /// one makes them tight. The start is the fixed scale of Zhang et al., "AdaCos", 2019.
  public func setScale(progress: Double) {
    let start = max(1, 2.0.squareRoot() * log(Double(classCount - 1)))
    guard
      loss.similarity.isCosine, !loss.similarity.learnsScale, loss.similarity.bias != .shared,
      start < fullScale
    else { return }
    loss.similarity.scale = start * (1 - progress) + fullScale * progress
  }

  /// The loss for features [N, D], labels int64 [N] and a weight for each class [C]. A state moves on
  /// with each call.
  public func callAsFunction(
    _ features: Tensor, labels: Tensor, classWeights: Tensor? = nil
  ) throws -> Tensor {
    try self(features, Target(.labels(labels), classWeights: classWeights))
  }

  /// The loss for features [N, D] and distributions over the classes [N, C].
  public func callAsFunction(
    _ features: Tensor, probabilities: Tensor, classWeights: Tensor? = nil
  ) throws -> Tensor {
    try self(features, Target(.probabilities(probabilities), classWeights: classWeights))
  }

  private func callAsFunction(_ features: Tensor, _ target: Target) throws -> Tensor {
    var (loss, parameters, target) = (loss, lossParameters, target)
    if let sampling, let sampledRows {
      let step = try Int(drawCount.item())
      let drawn = try sampling.draw(
        labels: target.labels("classes are sampled, and a distribution is over all of them"),
        ignoreLabel: loss.options.ignoreLabel, classCount: classCount, step: step)
      loss.options.ignoreLabel = loss.options.ignoreLabel.map { _ in -1 }
      try drawCount.copy(from: drawCount + 1)
      parameters.weights = try sampledRows.take(drawn.classes)
      target = Target(
        .labels(drawn.labels), classWeights: try target.classWeights?.select(drawn.classes))
    }
    let (value, newState) = try loss.evaluate(features, parameters: parameters, target: target)
    if let state, let newState { try state.copy(from: newState) }
    return value
  }

  /// What changes by a rule of its own, by name.
  public var buffers: [(name: String, tensor: Tensor)] {
    (state.map { [("state", $0)] } ?? []) + (sampling == nil ? [] : [("draws", drawCount)])
  }

  private var lossParameters: ProxyLoss.Parameters {
    ProxyLoss.Parameters(weights: weights, bias: bias, scale: scale, state: state)
  }

  /// The scores of the classes [N, C], without margin.
  public func logits(_ features: Tensor) throws -> Tensor {
    try loss.logits(features: features, parameters: lossParameters)
  }
}

/// The options that every proxy head has.
public struct HeadOptions: Sendable, Equatable {
  /// ε in q' = (1 − ε) · q + ε / C, in 0...1.
  public var labelSmoothing = 0.0
  /// T in softmax(z / T), above 0.
  public var temperature = 1.0
  /// γ in −(1 − p)^γ · log p, at least 0.
  public var focalGamma = 0.0
  /// Samples with this label do not count.
  public var ignoreLabel: Int?
  /// How the samples' losses become one number.
  public var reduction = Reduction.mean

  public init(
    labelSmoothing: Double = 0, temperature: Double = 1, focalGamma: Double = 0,
    ignoreLabel: Int? = nil, reduction: Reduction = .mean
  ) {
    self.labelSmoothing = labelSmoothing
    self.temperature = temperature
    self.focalGamma = focalGamma
    self.ignoreLabel = ignoreLabel
    self.reduction = reduction
  }

  init(_ values: ParameterValues) {
    self.init(
      labelSmoothing: values.number("label-smoothing"), temperature: values.number("temperature"),
      focalGamma: values.number("focal-gamma"), ignoreLabel: values.ignoreLabel(),
      reduction: values.reduction())
  }

  /// Cross-entropy with these options.
  func criterion() throws -> CrossEntropy {
    try CrossEntropy(
      labelSmoothing: labelSmoothing, temperature: temperature, focalGamma: focalGamma)
  }

  var samples: SampleOptions { SampleOptions(ignoreLabel: ignoreLabel, reduction: reduction) }
}

extension ProxyLoss {
  /// A head with cross-entropy as criterion.
  ///
  /// - Throws: `LossError` as the other initializer, and for options out of range.
  public init(
    _ similarity: Similarity, margin: (any Margin)? = nil, _ options: HeadOptions
  ) throws {
    try self.init(
      similarity, margin: margin, criterion: options.criterion(), options: options.samples)
  }
}

extension [LossParameter] {
  /// The parameters of `SampleOptions`, for heads whose criterion is not cross-entropy.
  static let sampleOptions: [LossParameter] = [.ignoreLabel, .weightedReduction]
  /// The parameters of `HeadOptions`.
  static let headOptions: [LossParameter] = [
    .labelSmoothing, .temperature, .focalGamma, .ignoreLabel, .weightedReduction,
  ]
}

extension [String: String] {
  /// Why the gradient of a head is always exact.
  static func onlyExact(_ reason: String) -> [String: String] { ["gradient": reason] }

  /// For heads whose criterion knows no probabilities.
  static let noProbabilities: [String: String] = [
    "label-smoothing":
      "its criterion needs one class for each sample, and a smoothed label is a distribution over all",
    "temperature":
      "its criterion is no softmax cross-entropy, whose scores a temperature would divide",
    "focal-gamma":
      "its criterion has no probability p of the target for the factor (1 − p)^γ to be made of",
    "gradient": "it has no angular margin, so that its gradient is exact in any case",
  ]
}
