/// NormFace with a margin added to the target's angle.
///
///     L = −log( exp(s · cos(θ_y + m)) / (exp(s · cos(θ_y + m)) + Σ_{j≠y} exp(s · cos θ_j)) )
///
/// The gradient is exact: dψ/dc = sin(θ + m) / sin θ; where sin²θ < 1e-9, at θ = 0 and π, sin θ counts
/// as constant and it is cos m.
///
/// Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive angular margin loss for deep face recognition",
/// 2019.
public final class ArcFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m in radians, in 0..<π.
  ///   - scale: s, above 0.
  ///   - beyondPi: What the target's cosine becomes where θ + m > π.
  ///   - labelSmoothing: ε in q' = (1 − ε) · q + ε / C, in 0...1.
  ///   - reduction: How the samples' losses become one number.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: Double = 0.3, scale: Double = 30,
    beyondPi: Margin.BeyondPi = .continued, labelSmoothing: Double = 0,
    reduction: Reduction = .mean, seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: scale), margin: .additiveAngle(margin, beyondPi: beyondPi),
        labelSmoothing: labelSmoothing, reduction: reduction),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let arcface = LossEntry(
    name: "arcface", title: "ArcFace", family: .proxyHead,
    summary: "softmax on scaled cosines, with a margin added to the target's angle",
    formula: "z_y = s·cos(θ_y + m), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.3, 0..<Double.pi, "m in radians, added to the target's angle"),
      .scale(default: 30),
      .choice(
        "beyond-pi", Margin.BeyondPi.self, default: .continued,
        "what replaces cos(θ+m) where θ+m > π"),
      .labelSmoothing, .reduction,
    ],
    conventions: [
      "beyond-pi continued: c + cos m − 1, monotone and continuous; InsightFace has 'linear', "
        + "c − m·sin m, which jumps by 1 − cos m − m·sin m at θ = π − m",
      "the gradient is exact; some ports pass it straight through acos and cos",
      "margins are in radians; pytorch-metric-learning takes degrees",
      "with 'probabilities' the margin of a class counts in proportion to its probability",
    ],
    paper: "Deng et al., ArcFace: Additive angular margin loss for deep face recognition, CVPR 2019"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: .additiveAngle(
        $0.number("margin"), beyondPi: $0.choice("beyond-pi", Margin.BeyondPi.self)),
      labelSmoothing: $0.number("label-smoothing"), reduction: $0.reduction())
  }
}
