/// Softmax with several proxies for each class, a soft maximum of which is its score.
///
///     S_j = Σ_k softmax_k(cos θ_jk / γ) · cos θ_jk
///     L = −log( exp(λ · (S_y − δ)) / (exp(λ · (S_y − δ)) + Σ_{j≠y} exp(λ · S_j)) ) + τ · R
///
/// R draws the proxies of a class together: see `Pooling.soft`.
///
/// Qian, Shang, Sun, Hu, Li, Jin, "SoftTriple loss: Deep metric learning without triplet sampling",
/// 2019.
public final class SoftTriple: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - subcenters: K, at least 1.
  ///   - gamma: γ, above 0.
  ///   - penaltyWeight: τ, at least 0.
  ///   - margin: δ, in 0..<2.
  ///   - scale: λ, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, subcenters: Int = 3, gamma: Double = 0.1,
    penaltyWeight: Double = 0.2, margin: Double = 0.01, scale: Double = 20,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    guard gamma > 0, penaltyWeight >= 0 else {
      throw LossError(
        .usage,
        "gamma must be above 0 and the penalty's weight at least 0, not \(gamma), \(penaltyWeight)")
    }
    let pooling = Pooling.soft(subcenters, gamma: gamma, penaltyWeight: penaltyWeight)
    try super.init(
      ProxyLoss(
        .cosine(scale: scale, pooling: pooling), margin: AdditiveCosine(margin), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let softTriple = LossEntry(
    name: "soft-triple", title: "SoftTriple", family: .proxyHead,
    summary: "softmax with several proxies for each class, softly the nearest",
    formula: "S_j = Σ_k softmax_k(cos θ_jk/γ)·cos θ_jk; z_y = λ·(S_y − δ), z_j = λ·S_j; "
      + "L = −log softmax(z)_y + τ·Σ_j Σ_{k<l} √(2−2·cos(w_jk, w_jl)) / (C·K·(K−1))",
    parameters: [
      .scale(default: 20), .margin(default: 0.01, 0..<2, "δ, off the target's score"),
      .subcenters,
      LossParameter("gamma", default: 0.1, range: .above(0), "γ, how soft the maximum is"),
      LossParameter(
        "penalty-weight", default: 0.2, range: .closed(0, .infinity), "τ, which merges proxies"),
    ] + .headOptions,
    refusals: .onlyExact("the slope of S − δ is 1: the exact gradient is straight-through"),
    conventions: [
      "the proxies of a class are adjacent rows of 'weights', row j·K + k",
      "the penalty is added once to a loss that is reduced, and to every sample's to one that is not",
      "the root of the penalty is bounded below at 10⁻³; the authors add 10⁻⁵ under it",
      "published are K = 10, λ = 20, δ = 0.01, γ = 0.1, τ = 0.2",
    ],
    paper: "Qian et al., SoftTriple loss: Deep metric learning without triplet sampling, ICCV 2019"
  ) {
    let pooling = Pooling.soft(
      $0.whole("subcenters"), gamma: $0.number("gamma"), penaltyWeight: $0.number("penalty-weight"))
    return try ProxyLoss(
      .cosine(scale: $0.number("scale"), pooling: pooling),
      margin: AdditiveCosine($0.number("margin")), HeadOptions($0))
  }
}
