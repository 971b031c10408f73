import LossKernels
import Torch

/// Weighs pairs by their own cosine and by the other pairs of the anchor, after leaving out those
/// that teach nothing.
///
///     L_i = 1/α · log(1 + Σ_{p∈P_i} e^{−α(S_ip − λ)}) + 1/β · log(1 + Σ_{n∈N_i} e^{β(S_in − λ)})
///     P_i: positives with S_ip < max_n S_in + ε,   N_i: negatives with S_in > min_p S_ip − ε
///
/// Wang, Han, Huang, Dong, Scott, "Multi-similarity loss with general pair weighting for deep metric
/// learning", 2019.
public struct MultiSimilarity: PairLoss, AnchorwisePairLoss {
  public enum Miner: String, Sendable, CaseIterable {
    /// P_i and N_i as above.
    case epsilon
    /// All positives and negatives.
    case all
  }

  /// α, above 0.
  public let alpha: Double
  /// β, above 0.
  public let beta: Double
  /// λ, a cosine.
  public let base: Double
  public let miner: Miner
  /// ε, at least 0.
  public let epsilon: Double
  /// Of anchors [N].
  public let reduction: Reduction
  /// How the loss is computed.
  public var implementation = Implementation.automatic

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    alpha: Double = 2, beta: Double = 50, base: Double = 0.5, miner: Miner = .epsilon,
    epsilon: Double = 0.1, reduction: Reduction = .mean
  ) throws {
    guard alpha > 0, beta > 0, alpha.isFinite, beta.isFinite else {
      throw LossError(.usage, "alpha and beta must be above 0, not \(alpha) and \(beta)")
    }
    guard (-1...1).contains(base) else {
      throw LossError(.usage, "the base is a cosine, in -1...1, not \(base)")
    }
    guard (0...2).contains(epsilon) else {
      throw LossError(.usage, "epsilon must be in 0...2, not \(epsilon)")
    }
    self.alpha = alpha
    self.beta = beta
    self.base = base
    self.miner = miner
    self.epsilon = epsilon
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor { try evaluate(pairs) }

  var usesUnitRows: Bool { true }
  var kernel: any PairKernel {
    MultiSimilarityKernel(
      alpha: Float(alpha), beta: Float(beta), base: Float(base),
      epsilon: miner == .epsilon ? Float(epsilon) : nil)
  }

  func composed(_ pairs: LabeledPairs) throws -> Tensor {
    let cosines = try pairs.cosines()
    let (positives, negatives) = try mined(pairs, cosines)
    // log(1 + Σ e^x) = softplus(log Σ e^x).
    let pulls = try ((base - cosines) * alpha).logSumExp(where: positives).softplus() / alpha
    let pushes = try ((cosines - base) * beta).logSumExp(where: negatives).softplus() / beta
    return try reduction(pulls + pushes)
  }

  private func mined(
    _ pairs: LabeledPairs, _ cosines: Tensor
  ) throws -> (positives: Tensor, negatives: Tensor) {
    guard miner == .epsilon else { return try (pairs.same, pairs.different) }
    let cosines = try cosines.detached()
    let leastPositive = try cosines.rowMin(where: pairs.same)
    let largestNegative = try cosines.rowMax(where: pairs.different)
    return (
      try pairs.same.and(cosines.isLess(than: largestNegative + epsilon)),
      try pairs.different.and((leastPositive - epsilon).isLess(than: cosines))
    )
  }
}

extension LossEntry {
  static let multiSimilarity = LossEntry(
    name: "multi-similarity", title: "Multi-similarity loss", family: .featuresAndLabels,
    summary: "weighs informative pairs by their cosine and by the anchor's other pairs",
    formula: "L = log(1 + Σ_p e^{−α(S−λ)})/α + log(1 + Σ_n e^{β(S−λ)})/β, S = cos",
    parameters: [
      LossParameter("alpha", default: 2, range: .above(0), "α, the sharpness for positives"),
      LossParameter("beta", default: 50, range: .above(0), "β, the sharpness for negatives"),
      LossParameter("base", default: 0.5, range: .closed(-1, 1), "λ, taken off the cosines"),
      .choice(
        "miner", MultiSimilarity.Miner.self, default: .epsilon,
        "pairs that epsilon lets through, or all"),
      LossParameter(
        "epsilon", default: 0.1, range: .closed(0, 2),
        "ε: positives with S < max_n S + ε, negatives with S > min_p S − ε"),
      .reduction(of: "anchors"),
    ],
    refusals: .pairRefusals([
      "margin": "λ (base) and ε (epsilon) are in its place",
      "temperature": "α and β are in its place",
      "distance": "it is defined on cosines",
    ]),
    conventions: [
      "the miner is part of the loss, as in the paper; in pytorch-metric-learning it is an object "
        + "of its own",
      "the mean is over all anchors, also those that mining leaves without a pair",
    ],
    paper: "Wang et al., Multi-similarity loss with general pair weighting for deep metric "
      + "learning, CVPR 2019"
  ) {
    try MultiSimilarity(
      alpha: $0.number("alpha"), beta: $0.number("beta"), base: $0.number("base"),
      miner: $0.choice("miner", MultiSimilarity.Miner.self), epsilon: $0.number("epsilon"),
      reduction: $0.reduction())
  }
}
