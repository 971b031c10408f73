import Torch

/// The triplet loss of a feature, its proxy and another proxy.
///
///     d_j = ‖x/‖x‖ − w_j/‖w_j‖‖² = 2 − 2 · cos θ_j
///     L = Σ_{j≠y} max(0, m + d_y − d_j),   or only the largest of the terms
///
/// Wang, Xiang, Cheng, Yuille, "NormFace: L2 hypersphere embedding for face verification", 2017.
public final class CTriplet: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - criterion: m, and which proxies count.
  ///   - options: Which samples count, and the reduction.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, criterion: CTripletCriterion,
    options: SampleOptions = SampleOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: 1), criterion: criterion, options: options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// `CTriplet` on cosines.
public struct CTripletCriterion: TiledCriterion {
  /// m, in 0...4.
  public let margin: Double
  public let rule: Rule

  /// Which other proxies count.
  public enum Rule: String, Sendable, CaseIterable {
    case all, hardest
  }

  /// - Throws: `LossError` for a margin out of range.
  public init(margin: Double = 0.8, rule: Rule = .all) throws {
    guard (0...4).contains(margin) else {
      throw LossError(.usage, "the margin must be in 0...4, not \(margin)")
    }
    (self.margin, self.rule) = (margin, rule)
  }

  public var acceptsProbabilities: Bool { false }

  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let parts = try scores.gather([scores.own().reshaped([-1, 1])]) { [margin, rule] in
      // m + d_y − d_j = m − 2 · (cos θ_y − cos θ_j).
      let terms = try $0.replacingOwn((($0.scores - $0.given[0]) * 2 + margin).relu())
      return [try rule == .all ? terms.sum(axis: 1) : terms.max(axis: 1)]
    }[0]
    return try target.weighted(rule == .all ? parts.sum(axis: 0) : parts.max(axis: 0))
  }
}

extension LossEntry {
  static let cTriplet = LossEntry(
    name: "c-triplet", title: "C-triplet", family: .proxyHead,
    summary: "the triplet loss of a feature, its proxy and other proxies",
    formula: "L = Σ_{j≠y} max(0, m + d_y − d_j), d_j = 2 − 2·cos θ_j",
    parameters: [
      LossParameter("margin", default: 0.8, range: .closed(0, 4), "m, in squared distances"),
      .choice(
        "rule", CTripletCriterion.Rule.self, default: .all,
        "all other proxies, or the hardest only"),
    ] + .sampleOptions,
    refusals: .noProbabilities,
    conventions: ["the mean divides by the number of samples only, not by the number of triplets"],
    paper: "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017"
  ) {
    try ProxyLoss(
      .cosine(scale: 1),
      criterion: CTripletCriterion(
        margin: $0.number("margin"), rule: $0.choice("rule", CTripletCriterion.Rule.self)),
      options: SampleOptions($0))
  }
}
