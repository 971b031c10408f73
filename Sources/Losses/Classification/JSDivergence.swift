import Torch

/// The Jensen–Shannon divergence between a distribution p that is given and that of the logits.
///
///     s = softmax(z / T),   m = (p + s) / 2
///     L = ½ · KL(p‖m) + ½ · KL(s‖m)
///
/// It is symmetric and at most log 2, which it is for distributions that share no class: a label that
/// is wrong costs no more than that.
///
/// Lin, "Divergence measures based on the Shannon entropy", 1991.
public struct JSDivergence: DistributionLoss {
  /// T, above 0.
  public let temperature: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(temperature: Double = 1, reduction: Reduction = .mean) throws {
    try LossParameter.temperature.range.check("temperature", temperature)
    self.temperature = temperature
    self.reduction = reduction
  }

  public func losses(_ predicted: ClassDistribution, _ given: ClassDistribution) throws -> Tensor {
    let midpoint = try given.midpoint(predicted)
    return try (given.divergence(from: midpoint) + predicted.divergence(from: midpoint)) * 0.5
  }
}

extension LossEntry {
  static let jsDivergence = LossEntry(
    name: "js-divergence", title: "Jensen–Shannon divergence", family: .logits,
    summary: "the symmetric and bounded distance of the logits' distribution to one that is given",
    formula: "L = ½·KL(p‖m) + ½·KL(s‖m), m = (p+s)/2, s = softmax(z/T), "
      + "p = probabilities or softmax(teacher/T)",
    parameters: [.temperature, .reduction],
    refusals: .refusedByDistributions,
    conventions: [
      "the divergence in nats, at most log 2; SciPy's jensenshannon is its square root",
      "both halves weigh the same",
      "probabilities are taken as they are, not normalized; T divides logits only",
    ],
    paper: "Lin, Divergence measures based on the Shannon entropy, 1991"
  ) {
    try JSDivergence(temperature: $0.number("temperature"), reduction: $0.reduction())
  }
}
