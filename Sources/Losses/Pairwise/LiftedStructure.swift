import Torch

/// Each pair of one class against all negatives of both its samples at once, by a smooth maximum.
///
///     J_ij = log( Σ_{k: y_k≠y_i} e^{m − D_ik} + Σ_{l: y_l≠y_j} e^{m − D_jl} ) + D_ij
///     L = mean over pairs of one class of ½ max(0, J_ij)²
///
/// Oh Song, Xiang, Jegelka, Savarese, "Deep metric learning via lifted structured feature embedding",
/// 2016. The generalised form takes all positives of an anchor together, too:
///
///     L_i = max(0, log Σ_{p: y_p=y_i} e^{D_ip} + log Σ_{n: y_n≠y_i} e^{m − D_in})
///
/// Hermans, Beyer, Leibe, "In defense of the triplet loss for person re-identification", 2017.
public struct LiftedStructure: PairLoss {
  public enum Rule: String, Sendable, CaseIterable {
    /// Of each pair.
    case original
    /// Of each anchor.
    case generalized
  }

  /// m, at least 0.
  public let margin: Double
  public let rule: Rule
  /// Whether features are brought to unit length.
  public let normalizesFeatures: Bool
  /// Of pairs of one class, a matrix [N, N] without reduction; of anchors [N] for `generalized`.
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    margin: Double = 1, rule: Rule = .original, normalizesFeatures: Bool = false,
    reduction: Reduction = .mean
  ) throws {
    guard margin >= 0, margin.isFinite else {
      throw LossError(.usage, "the margin must be at least 0, not \(margin)")
    }
    self.margin = margin
    self.rule = rule
    self.normalizesFeatures = normalizesFeatures
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor {
    let distances = try PairDistance(.euclidean, normalizesFeatures: normalizesFeatures)
      .matrix(pairs)
    let pushes = try margin - distances
    // Without negatives the logarithms are −1e30, and the hinge makes 0 of that.
    let ofAnchors = try pushes.logSumExp(where: pairs.different, keepingAxis: true)
    switch rule {
    case .original:
      let ofCandidates = try pushes.logSumExp(where: pairs.different, axis: 0, keepingAxis: true)
      let hinges = try (ofAnchors.logAddExp(ofCandidates) + distances).relu()
      let same = try pairs.sameCounts()
      return try reduction(hinges * hinges * same * 0.5, counts: same)
    case .generalized:
      let ofPositives = try distances.logSumExp(where: pairs.same)
      let complete = try pairs.completeAnchorCounts()
      return try reduction(
        (ofPositives + ofAnchors.reshaped([-1])).relu() * complete, counts: complete)
    }
  }
}

extension LossEntry {
  static let liftedStructure = LossEntry(
    name: "lifted-structure", title: "Lifted structure loss", family: .featuresAndLabels,
    summary: "each pair of a class against all negatives of both samples",
    formula: "L = ½·max(0, log(Σ_k e^{m−D_ik} + Σ_l e^{m−D_jl}) + D_ij)² for pairs i, j of a class",
    parameters: [
      LossParameter(
        "margin", default: 1, range: .closed(0, .infinity), "m, in e^{m−D} of negatives"),
      .choice(
        "rule", LiftedStructure.Rule.self, default: .original,
        "for each pair of a class, or (generalized) for each anchor with all its positives"),
      .normalize, .reduction(of: "pairs (or anchors)"),
    ],
    refusals: .pairRefusals([
      "temperature": "distances enter e^{m−D} as they are",
      "miner": "the smooth maximum looks at all negatives",
    ]),
    conventions: [
      "the distance is Euclidean, not squared",
      "the mean over pairs of a class, which the paper writes as 1/(2|P|) with ordered pairs once",
      "generalized: anchors without a positive or a negative do not count; "
        + "pytorch-metric-learning divides by all anchors",
      "pytorch-metric-learning: normalize=yes",
    ],
    paper: "Oh Song et al., Deep metric learning via lifted structured feature embedding, CVPR 2016"
  ) {
    try LiftedStructure(
      margin: $0.number("margin"), rule: $0.choice("rule", LiftedStructure.Rule.self),
      normalizesFeatures: $0.isYes("normalize"), reduction: $0.reduction())
  }
}
