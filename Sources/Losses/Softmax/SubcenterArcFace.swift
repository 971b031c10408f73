/// ArcFace with several proxies for each class, of which the nearest counts: noisy samples gather at
/// proxies of their own.
///
///     cos θ_j = max_k ⟨x, w_jk⟩ / (‖x‖ · ‖w_jk‖),   then as ArcFace
///
/// The proxies of a class are adjacent rows of the weights: row j · K + k.
///
/// Deng, Guo, Liu, Gong, Zafeiriou, "Sub-center ArcFace: Boosting face recognition by large-scale noisy
/// web faces", 2020.
public final class SubcenterArcFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - subcenters: K, at least 1.
  ///   - margin: ArcFace's; 0.3 radians if nil.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, subcenters: Int = 3, margin: AdditiveAngle? = nil,
    scale: Double = 30, options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: scale, pooling: .nearest(subcenters)), margin: margin ?? AdditiveAngle(0.3),
        options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let subcenterArcface = LossEntry(
    name: "subcenter-arcface", title: "Sub-center ArcFace", family: .proxyHead,
    summary: "ArcFace with several proxies for each class, the nearest of which counts",
    formula:
      "cos θ_j = max_k cos θ_jk; z_y = s·cos(θ_y + m), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.3, 0..<Double.pi, "m in radians, added to the target's angle"),
      .scale(default: 30), .subcenters, .beyondPi, .gradient,
    ] + .headOptions,
    conventions: [
      "the proxies of a class are adjacent rows of 'weights', row j·K + k, as in "
        + "pytorch-metric-learning's columns",
      "published settings are margin 0.5, scale 64",
    ],
    paper:
      "Deng et al., Sub-center ArcFace: Boosting face recognition by large-scale noisy web faces, "
      + "ECCV 2020"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale"), pooling: .nearest($0.whole("subcenters"))),
      margin: $0.additiveAngle(), HeadOptions($0))
  }
}

extension LossParameter {
  static let subcenters = LossParameter(
    "subcenters", default: .number(3), range: .whole(1...1000), "K, the proxies of a class")
}
