import Torch

/// Circle loss: the farther a cosine is from where it should be, the more it weighs.
///
///     L_i = log(1 + Σ_n e^{γ·a_n·(S_in − m)} · Σ_p e^{−γ·a_p·(S_ip − (1 − m))})
///     a_p = max(0, 1 + m − S_ip),   a_n = max(0, S_in + m)
///
/// The weights a are constants in the gradient.
///
/// Sun et al., "Circle loss: A unified perspective of pair similarity optimization", 2020.
public struct Circle: PairLoss {
  /// m, in 0...1.
  public let margin: Double
  /// γ, above 0.
  public let gamma: Double
  /// Of anchors [N], those with a positive and a negative.
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(margin: Double = 0.4, gamma: Double = 80, reduction: Reduction = .mean) throws {
    guard (0...1).contains(margin) else {
      throw LossError(.usage, "the margin must be in 0...1, not \(margin)")
    }
    guard gamma > 0, gamma.isFinite else {
      throw LossError(.usage, "gamma must be above 0, not \(gamma)")
    }
    self.margin = margin
    self.gamma = gamma
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor {
    let cosines = try pairs.cosines()
    let pulls = try constant { try (1 + margin - cosines).relu() * gamma }
    let pushes = try constant { try (cosines + margin).relu() * gamma }
    let positives = try (pulls * ((1 - margin) - cosines)).logSumExp(where: pairs.same)
    let negatives = try (pushes * (cosines - margin)).logSumExp(where: pairs.different)
    let complete = try pairs.completeAnchorCounts()
    return try reduction((positives + negatives).softplus() * complete, counts: complete)
  }
}

extension LossEntry {
  static let circle = LossEntry(
    name: "circle", title: "Circle loss", family: .featuresAndLabels,
    summary: "weighs each cosine by how far it is from where it should be",
    formula: "L = log(1 + Σ_n e^{γ·a_n·(S−m)}·Σ_p e^{−γ·a_p·(S−1+m)}), "
      + "a_p = [1+m−S]₊, a_n = [S+m]₊",
    parameters: [
      LossParameter(
        "margin", default: 0.4, range: .closed(0, 1),
        "m: positives should reach 1−m, negatives stay below m"),
      LossParameter("gamma", default: 80, range: .above(0), "γ, the factor of the cosines"),
      .reduction(of: "anchors"),
    ],
    refusals: .pairRefusals([
      "temperature": "γ (gamma) is in its place",
      "distance": "it is defined on cosines",
    ]),
    conventions: [
      "the weights a_p and a_n are constants in the gradient, as in the paper",
      "the mean is over anchors with a positive and a negative; pytorch-metric-learning leaves out "
        + "those whose loss is rounded to 0 as well",
      "the paper has m = 0.25 and γ = 256 for faces",
    ],
    paper: "Sun et al., Circle loss: A unified perspective of pair similarity optimization, "
      + "CVPR 2020"
  ) {
    try Circle(
      margin: $0.number("margin"), gamma: $0.number("gamma"), reduction: $0.reduction())
  }
}
