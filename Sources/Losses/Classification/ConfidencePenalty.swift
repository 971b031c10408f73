import Torch

/// Cross-entropy that is lowered by the entropy of the prediction, so that being too sure costs.
///
///     L = CE(z, q) − β · w_y · H(p),   p = softmax(z / T)
///
/// w_y is the class weight of the sample. With β > 0 the loss can be below 0. Label smoothing adds the
/// divergence KL(uniform‖p) instead; this penalty is KL(p‖uniform) up to a constant.
///
/// Pereyra et al., "Regularizing neural networks by penalizing confident output distributions", 2017.
public struct ConfidencePenalty: Criterion {
  /// β, at least 0.
  public let beta: Double
  public let crossEntropy: CrossEntropy

  static let beta = LossParameter(
    "beta", default: 0.1, range: .closed(0, .infinity), "β, the weight of the entropy")

  /// - Throws: `LossError` for a parameter out of range.
  public init(beta: Double = 0.1, crossEntropy: CrossEntropy) throws {
    try Self.beta.range.check("beta", beta)
    self.beta = beta
    self.crossEntropy = crossEntropy
  }

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    let predicted = try ClassDistribution(
      softmaxOf: logits, temperature: crossEntropy.temperature)
    return try crossEntropy.losses(logits, target) - target.weighted(predicted.entropy()) * beta
  }
}

extension LossEntry {
  static let confidencePenalty = LossEntry(
    name: "confidence-penalty", title: "Confidence penalty", family: .logits,
    summary: "cross-entropy that is lowered by the entropy of the prediction",
    formula: "L = CE(z, q) − β·w_y·H(p), p = softmax(z/T)",
    parameters: [
      ConfidencePenalty.beta, .labelSmoothing, .temperature, .focalGamma, .ignoreLabel,
      .weightedReduction,
    ],
    conventions: [
      "the entropy is in nats and of softmax(z/T), as the cross-entropy is",
      "a sample's entropy has the sample's class weight; label-smoothing and focal-gamma change the "
        + "cross-entropy alone",
      "no threshold on the entropy, and no annealing of β: the paper mentions both as extensions",
    ],
    paper: "Pereyra et al., Regularizing neural networks by penalizing confident output "
      + "distributions, ICLR workshop 2017"
  ) {
    try LogitLoss(
      ConfidencePenalty(beta: $0.number("beta"), crossEntropy: .crossEntropy($0)),
      options: SampleOptions($0))
  }
}
