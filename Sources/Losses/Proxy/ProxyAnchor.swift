import Torch

/// Each proxy as an anchor against the samples of the batch, the hardest of which count most.
///
///     L = 1/|P⁺| · Σ_{p in P⁺} log(1 + Σ_{x of class p} exp(−α · (cos θ_xp − δ)))
///       + 1/C · Σ_p log(1 + Σ_{x of another class} exp(α · (cos θ_xp + δ)))
///
/// P⁺ are the classes with samples in the batch. It is one number for the batch, not a sum over its
/// samples.
///
/// Kim, Kim, Cho, Kwak, "Proxy anchor loss for deep metric learning", 2020.
public final class ProxyAnchor: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - criterion: α and δ.
  ///   - ignoreLabel: Samples with this label do not count.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, criterion: ProxyAnchorCriterion, ignoreLabel: Int? = nil,
    seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: 1), criterion: criterion, options: SampleOptions(ignoreLabel: ignoreLabel)),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// `ProxyAnchor` on cosines.
public struct ProxyAnchorCriterion: TiledCriterion {
  /// α, above 0.
  public let alpha: Double
  /// δ, in 0..<2.
  public let margin: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(alpha: Double = 32, margin: Double = 0.1) throws {
    guard alpha > 0, alpha.isFinite, (0..<2).contains(margin) else {
      throw LossError(
        .usage, "alpha must be above 0 and the margin in 0..<2, not \(alpha), \(margin)")
    }
    (self.alpha, self.margin) = (alpha, margin)
  }

  public var acceptsProbabilities: Bool { false }
  public var acceptsClassWeights: Bool { false }

  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let labels = try target.labels("a sample is positive or negative for a proxy")
    let parts = try scores.gather { [alpha, margin] in
      // log(1 + Σ exp a) of each class; −1e30 stands for no sample, and gives 0 without a gradient.
      func hardness(_ exponents: Tensor, without mask: Tensor) throws -> Tensor {
        try exponents.replacing(with: -1e30, where: mask).logSumExp(axis: 0).softplus().sum()
      }
      let isOwn = $0.isOwn!
      return [
        try hardness(($0.scores - margin) * -alpha, without: isOwn.not()),
        try hardness(($0.scores + margin) * alpha, without: isOwn),
      ]
    }
    let presentCount = Set(try labels.elements(Int64.self)).count
    return try parts[0].sum() / Double(presentCount) + parts[1].sum() / Double(scores.classCount)
  }
}

extension LossEntry {
  static let proxyAnchor = LossEntry(
    name: "proxy-anchor", title: "Proxy-Anchor", family: .proxyHead,
    summary: "each proxy against the samples of the batch, the hardest of which count most",
    formula: "L = 1/|P⁺|·Σ_{p∈P⁺} log(1+Σ_{x of p} exp(−α(cos θ_xp − δ))) "
      + "+ 1/C·Σ_p log(1+Σ_{x not of p} exp(α(cos θ_xp + δ)))",
    parameters: [
      LossParameter("alpha", default: 32, range: .above(0), "α, how much the hardest count"),
      .margin(default: 0.1, 0..<2, "δ, on both sides"), .ignoreLabel,
    ],
    refusals: [String: String].noProbabilities.merging([
      "reduction": "it is one number for the batch, not a sum over its samples"
    ]) { $1 },
    conventions: ["the second sum is divided by C, also for classes without a negative"],
    paper: "Kim et al., Proxy anchor loss for deep metric learning, CVPR 2020"
  ) {
    try ProxyLoss(
      .cosine(scale: 1),
      criterion: ProxyAnchorCriterion(alpha: $0.number("alpha"), margin: $0.number("margin")),
      options: SampleOptions(ignoreLabel: $0.ignoreLabel()))
  }
}
