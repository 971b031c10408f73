import Torch

/// Between cross-entropy and mean absolute error: the closer to the latter, the less a wrong label
/// can do.
///
///     L = Σ_j w_j · q'_j · (1 − p_j^q) / q,   p = softmax(z / T)
///
/// q → 0 gives −log p_y; q = 1 gives 1 − p_y, half the absolute error. It is at most 1/q.
///
/// Zhang, Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy
/// labels", 2018.
public struct GeneralizedCrossEntropy: Criterion {
  /// q, in 0...1; 0 is the limit.
  public let q: Double
  /// ε, in 0...1.
  public let labelSmoothing: Double
  /// T, above 0.
  public let temperature: Double

  static let q = LossParameter(
    "q", default: 0.7, range: .closed(0, 1), "0 is cross-entropy, 1 half the absolute error")

  /// Below this q the loss is the limit, which it is in every type; float32 has no smaller numbers
  /// to speak of.
  private static let leastExponent = 1e-30

  /// - Throws: `LossError` for a parameter out of range.
  public init(q: Double = 0.7, labelSmoothing: Double = 0, temperature: Double = 1) throws {
    try Self.q.range.check("q", q)
    try LossParameter.labelSmoothing.range.check("label smoothing", labelSmoothing)
    try LossParameter.temperature.range.check("temperature", temperature)
    self.q = q
    self.labelSmoothing = labelSmoothing
    self.temperature = temperature
  }

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    let logarithms = try (temperature == 1 ? logits : logits / temperature).logSoftmax(axis: 1)
    // 1 − p^q without cancellation where p is near 1.
    let losses =
      try q < Self.leastExponent ? -logarithms : (logarithms * q).expMinusOne() * (-1 / q)
    return try target.expected(losses, labelSmoothing: labelSmoothing)
  }
}

extension LossEntry {
  static let generalizedCrossEntropy = LossEntry(
    name: "generalized-cross-entropy", title: "Generalized cross-entropy", family: .logits,
    summary: "between cross-entropy and absolute error, for labels that may be wrong",
    formula: "L = Σ_j w_j·q'_j·(1 − p_j^q)/q, p = softmax(z/T), q' = (1−ε)·y + ε/C",
    parameters: [
      GeneralizedCrossEntropy.q, .labelSmoothing, .temperature, .ignoreLabel, .weightedReduction,
    ],
    refusals: [
      "focal-gamma": "it would raise the hard samples, which this loss lowers as likely mislabeled"
    ],
    conventions: [
      "for a distribution it is the mean over its classes; the paper and Keras have labels only",
      "not truncated: every sample counts, however small p_y is",
      "q = 1 is 1 − p_y; Σ_j |p_j − onehot_j| is twice that",
    ],
    paper: "Zhang, Sabuncu, Generalized cross entropy loss for training deep neural networks with "
      + "noisy labels, NeurIPS 2018"
  ) {
    try LogitLoss(
      GeneralizedCrossEntropy(
        q: $0.number("q"), labelSmoothing: $0.number("label-smoothing"),
        temperature: $0.number("temperature")),
      options: SampleOptions($0))
  }
}
