import Torch

/// CosFace or ArcFace with more weight on the classes that a sample is mistaken for: those nearer
/// than the target with its margin.
///
///     z_y = s · ψ(θ_y)
///     fixed:     z_j = s · (cos θ_j + t)             where cos θ_j > ψ(θ_y)
///     adaptive:  z_j = s · ((1 + t) · cos θ_j + t)   where cos θ_j > ψ(θ_y)
///
/// Wang, Zhang, Wang, Fu, Shi, Mei, "Mis-classified vector guided softmax loss for face recognition",
/// 2020.
public final class MVSoftmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: What weighs the classes, and the margin on the target.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: MisclassifiedMargin, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: margin, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// The margin of `MVSoftmax`.
public struct MisclassifiedMargin: Margin {
  /// The margin on the target.
  public let target: any Margin
  /// t, at least 0; 0 weighs nothing.
  public let t: Double
  public let weighting: Weighting

  /// How classes in the way are weighed.
  public enum Weighting: String, Sendable, CaseIterable {
    /// All alike: cos θ_j + t.
    case fixed
    /// The more the nearer: (1 + t) · cos θ_j + t.
    case adaptive
  }

  /// - Throws: `LossError` for a t out of range.
  public init(_ target: any Margin, t: Double = 0.2, weighting: Weighting = .adaptive) throws {
    guard t >= 0, t.isFinite else { throw LossError(.usage, "t must be at least 0, not \(t)") }
    (self.target, self.t, self.weighting) = (target, t, weighting)
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try target.target(cosines, batch)
  }

  public func hardClasses(_ batch: MarginBatch) -> HardClassRule? {
    HardClassRule(slope: weighting == .adaptive ? 1 + t : 1, offset: t)
  }

  public var needsLabels: String? { "which classes are in the way depends on the target" }
}

extension LossEntry {
  /// The margins that others build on.
  enum BaseMargin: String, CaseIterable { case arc, cos }

  static let mvSoftmax = LossEntry(
    name: "mv-softmax", title: "MV-Softmax", family: .proxyHead,
    summary: "ArcFace or CosFace with more weight on the classes a sample is mistaken for",
    formula: "z_y = s·ψ(θ_y); z_j = s·cos θ_j, or s·((1+t)·cos θ_j + t) where above z_y",
    parameters: [
      .margin(default: 0.3, 0..<2, "m of the target's margin"), .scale(default: 30),
      .choice(
        "rule", BaseMargin.self, default: .arc, "the target's margin: ArcFace's or CosFace's"),
      LossParameter("t", default: 0.2, range: .closed(0, .infinity), "the weight of those classes"),
      .choice(
        "weighting", MisclassifiedMargin.Weighting.self, default: .adaptive,
        "cos θ_j + t (fixed) or (1+t)·cos θ_j + t"),
    ] + .headOptions,
    refusals: .onlyExact("choose arcface for a straight-through margin"),
    conventions: [
      "the paper's indicator is t·I and its weight h = exp(s·t) or exp(s·t·(cos θ_j + 1)); FaceX-Zoo's "
        + "mv_weight is 1 + t",
      "with rule arc the margin is in radians, and beyond π it is ArcFace's 'continued'",
    ],
    paper: "Wang et al., Mis-classified vector guided softmax loss for face recognition, AAAI 2020"
  ) {
    let margin = $0.number("margin")
    let target: any Margin =
      switch $0.choice("rule", BaseMargin.self) {
      case .arc: try AdditiveAngle(margin)
      case .cos: try AdditiveCosine(margin)
      }
    return try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: MisclassifiedMargin(
        target, t: $0.number("t"),
        weighting: $0.choice("weighting", MisclassifiedMargin.Weighting.self)), HeadOptions($0))
  }
}
