import Torch

/// Neighbourhood component analysis with one proxy for each class.
///
///     d_j = ‖x/‖x‖ − w_j/‖w_j‖‖² = 2 − 2 · cos θ_j
///     L = −log( exp(−s · d_y) / Σ_{j≠y} exp(−s · d_j) )
///
/// The target is not in the denominator, so the loss has no lower bound at 0.
///
/// Movshovitz-Attias, Toshev, Leung, Ioffe, Singh, "No fuss distance metric learning using proxies",
/// 2017.
public final class ProxyNCA: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - scale: s, the factor of the squared distances, above 0.
  ///   - rule: Whether the target is in the denominator.
  ///   - options: Which samples count, and the reduction.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, scale: Double = 9,
    rule: NeighborhoodCriterion = .excludeTarget, options: SampleOptions = SampleOptions(),
    seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: 2 * scale), criterion: rule, options: options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// −z_y + log Σ exp z_j over the other classes, or over all.
public enum NeighborhoodCriterion: String, TiledCriterion, CaseIterable {
  /// As in the paper.
  case excludeTarget = "exclude-target"
  /// Softmax on distances.
  case includeTarget = "include-target"

  public var acceptsProbabilities: Bool { false }

}

extension LossEntry {
  static let proxyNCA = LossEntry(
    name: "proxy-nca", title: "Proxy-NCA", family: .proxyHead,
    summary: "neighbourhood components with a proxy for each class",
    formula: "L = −log( exp(−s·d_y) / Σ_{j≠y} exp(−s·d_j) ), d_j = 2 − 2·cos θ_j",
    parameters: [
      LossParameter("scale", default: 9, range: .above(0), "s, the factor of squared distances"),
      .choice(
        "rule", NeighborhoodCriterion.self, default: .excludeTarget,
        "whether the target is in the denominator"),
    ] + .sampleOptions,
    refusals: .noProbabilities,
    conventions: [
      "exclude-target is the paper's; include-target is pytorch-metric-learning's, the same as "
        + "normface with twice the scale",
      "the authors scale unit vectors by 3, which is a scale of 9 here",
    ],
    paper: "Movshovitz-Attias et al., No fuss distance metric learning using proxies, ICCV 2017"
  ) {
    try ProxyLoss(
      .cosine(scale: 2 * $0.number("scale")),
      criterion: $0.choice("rule", NeighborhoodCriterion.self), options: SampleOptions($0))
  }
}
