/// Softmax cross-entropy on scaled cosines: features and proxies both on the unit sphere.
///
///     L = −log( exp(s · cos θ_y) / Σ_j exp(s · cos θ_j) )
///
/// Without a scale s the loss cannot fall far: with C classes it stays above
/// log(1 + (C − 1) · exp(−s · C / (C − 1))).
///
/// Wang, Xiang, Cheng, Yuille, "NormFace: L2 hypersphere embedding for face verification", 2017.
public final class NormFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - scale: s, above 0.
  ///   - learnsScale: Whether s is learned, from `scale` on, and held above 0.01.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, scale: Double = 16, learnsScale: Bool = false,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale, learned: learnsScale), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let normface = LossEntry(
    name: "normface", title: "NormFace", family: .proxyHead,
    summary: "softmax on scaled cosines",
    formula: "L = −log( exp(s·cos θ_y) / Σ_j exp(s·cos θ_j) )",
    parameters: [.scale(default: 16), .scaleRule] + .headOptions,
    refusals: .onlyExact("there is no margin"),
    conventions: [
      "unit length is x / √(Σx² + ε) with ε = 1e-12; the published code has ε = 1e-6",
      "a learned scale is the input 'scale', not its logarithm, and held above 0.01 as published",
    ],
    paper: "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale"), learned: $0.learnsScale()), HeadOptions($0))
  }
}
