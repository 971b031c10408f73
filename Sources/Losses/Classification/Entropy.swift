import Torch

/// The entropy of the predicted distribution: small where the classifier is sure of anything.
///
///     L = H(p) = −Σ_j p_j · log p_j,   p = softmax(z / T)
///
/// It needs no target, and is from 0 to log C. To lower it for samples without labels moves them away
/// from the decision boundaries; to raise it is what `ConfidencePenalty` does.
///
/// Grandvalet, Bengio, "Semi-supervised learning by entropy minimization", 2005.
public struct Entropy: Loss {
  /// T, above 0.
  public let temperature: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(temperature: Double = 1, reduction: Reduction = .mean) throws {
    try LossParameter.temperature.range.check("temperature", temperature)
    self.temperature = temperature
    self.reduction = reduction
  }

  /// The loss for logits [N, C].
  public func callAsFunction(_ logits: Tensor) throws -> Tensor {
    try reduction(ClassDistribution(softmaxOf: logits, temperature: temperature).entropy())
  }

  public var signatures: [Signature] { [[.logits]] }

  public func value(_ inputs: LossInputs) throws -> Tensor { try self(inputs.required(.logits)) }
}

extension LossEntry {
  static let entropy = LossEntry(
    name: "entropy", title: "Entropy", family: .logits,
    summary: "how undecided the predicted distribution is; needs no target",
    formula: "L = −Σ_j p_j·log p_j, p = softmax(z/T)",
    parameters: [.temperature, .reduction],
    refusals: [
      "label-smoothing": "it has no target",
      "focal-gamma": "it has no target whose probability could say how hard the sample is",
      "ignore-label": "it takes no labels; leave the rows out",
    ],
    conventions: [
      "in nats, and not divided by log C",
      "the logits are to have low entropy where the loss is low; subtract it to ask for the contrary",
    ],
    paper: "Grandvalet, Bengio, Semi-supervised learning by entropy minimization, NIPS 2005"
  ) {
    try Entropy(temperature: $0.number("temperature"), reduction: $0.reduction())
  }
}
