import Torch

/// The contrastive loss between features and proxies, class agents in its paper.
///
///     d_j = ‖x/‖x‖ − w_j/‖w_j‖‖² = 2 − 2 · cos θ_j
///     L = d_y + Σ_{j≠y} max(0, m − d_j)
///
/// Wang, Xiang, Cheng, Yuille, "NormFace: L2 hypersphere embedding for face verification", 2017.
public final class CContrastive: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m, the squared distance to keep from other proxies, in 0...4.
  ///   - options: Which samples count, and the reduction.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: Double = 1,
    options: SampleOptions = SampleOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: 1), criterion: CContrastiveCriterion(margin: margin), options: options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// `CContrastive` on cosines.
public struct CContrastiveCriterion: TiledCriterion {
  /// m, in 0...4.
  public let margin: Double

  /// - Throws: `LossError` for a margin out of range.
  public init(margin: Double) throws {
    guard (0...4).contains(margin) else {
      throw LossError(.usage, "the margin must be in 0...4, not \(margin)")
    }
    self.margin = margin
  }

  public var acceptsProbabilities: Bool { false }

  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let pull = try 2 - scores.own() * 2
    // m − d_j = 2 · cos θ_j + m − 2.
    let push = try scores.gather { [margin] in
      [try $0.replacingOwn(($0.scores * 2 + (margin - 2)).relu()).sum(axis: 1)]
    }[0].sum(axis: 0)
    return try target.weighted(pull + push)
  }
}

extension LossEntry {
  static let cContrastive = LossEntry(
    name: "c-contrastive", title: "C-contrastive", family: .proxyHead,
    summary: "the contrastive loss between features and proxies",
    formula: "L = d_y + Σ_{j≠y} max(0, m − d_j), d_j = 2 − 2·cos θ_j",
    parameters: [
      LossParameter(
        "margin", default: 1, range: .closed(0, 4), "m, the squared distance to other proxies")
    ] + .sampleOptions,
    refusals: .noProbabilities,
    conventions: ["the mean divides by the number of samples only, not by the number of pairs"],
    paper: "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017"
  ) {
    try ProxyLoss(
      .cosine(scale: 1), criterion: CContrastiveCriterion(margin: $0.number("margin")),
      options: SampleOptions($0))
  }
}
