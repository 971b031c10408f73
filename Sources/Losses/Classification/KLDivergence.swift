import Torch

/// The Kullback–Leibler divergence between a distribution p that is given and that of the logits.
///
///     s = softmax(z / T)
///     forward:  L = KL(p‖s) = Σ_j p_j · (log p_j − log s_j)
///     reverse:  L = KL(s‖p) = Σ_j s_j · (log s_j − log p_j)
///
/// Both are 0 only where s = p. The forward one wants s to cover all of p, as cross-entropy does, of
/// which it is the part above H(p); the reverse one punishes s where p has nothing, and lets it settle
/// on one of several modes. 0 · log 0 is 0. Where p_j = 0 the reverse one would be infinite: log p_j
/// stays at log 1e-30 from there on.
///
/// Kullback, Leibler, "On information and sufficiency", 1951.
public struct KLDivergence: DistributionLoss {
  /// Which of the two distributions the other is measured by.
  public enum Rule: String, Sendable, CaseIterable { case forward, reverse }

  public let rule: Rule
  /// T, above 0.
  public let temperature: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(_ rule: Rule = .forward, temperature: Double = 1, reduction: Reduction = .mean) throws
  {
    try LossParameter.temperature.range.check("temperature", temperature)
    self.rule = rule
    self.temperature = temperature
    self.reduction = reduction
  }

  public func losses(_ predicted: ClassDistribution, _ given: ClassDistribution) throws -> Tensor {
    switch rule {
    case .forward: try given.divergence(from: predicted)
    case .reverse: try predicted.divergence(from: given)
    }
  }
}

extension LossEntry {
  static let klDivergence = LossEntry(
    name: "kl-divergence", title: "Kullback–Leibler divergence", family: .logits,
    summary: "how far the distribution of the logits is from one that is given, in one direction",
    formula: "forward: L = Σ_j p_j·(log p_j − log s_j); reverse: L = Σ_j s_j·(log s_j − log p_j); "
      + "s = softmax(z/T), p = probabilities or softmax(teacher/T)",
    parameters: [
      .choice(
        "rule", KLDivergence.Rule.self, default: .forward,
        "KL(given‖predicted), or KL(predicted‖given)"),
      .temperature, .reduction,
    ],
    refusals: .refusedByDistributions,
    conventions: [
      "the mean is over samples, PyTorch's 'batchmean'; PyTorch's 'mean' divides by N·C",
      "forward is PyTorch's kl_div(log s, p); PyTorch has no word for the reverse",
      "probabilities are taken as they are, not normalized; T divides logits only",
      "logarithms of given probabilities end at log 1e-30, so that nothing is infinite; Keras clips "
        + "both distributions to 1e-7...1",
      "with a temperature the gradient shrinks as 1/T²; 'distillation' has the T² that restores it",
      "the gradient flows into the teacher's logits too; 'distillation' holds them constant",
    ],
    paper: "Kullback, Leibler, On information and sufficiency, 1951"
  ) {
    try KLDivergence(
      $0.choice("rule", KLDivergence.Rule.self), temperature: $0.number("temperature"),
      reduction: $0.reduction())
  }
}
