import Torch

/// NormFace with a margin taken off the target's cosine; also known as AM-Softmax.
///
///     L = −log( exp(s · (cos θ_y − m)) / (exp(s · (cos θ_y − m)) + Σ_{j≠y} exp(s · cos θ_j)) )
///
/// Wang et al., "CosFace: Large margin cosine loss for deep face recognition", 2018; Wang, Cheng,
/// Liu, Liu, "Additive margin softmax for face verification", 2018.
public final class CosFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m, in 0..<2. It can be met by every class only up to
  ///     1 − max_{i≠j} cos(w_i, w_j): at most C / (C − 1), and much less with few features.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: Double = 0.1, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: AdditiveCosine(margin), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// ψ(c) = c − m.
public struct AdditiveCosine: Margin {
  /// m, in 0..<2.
  public let margin: Double

  /// - Throws: `LossError` for a margin out of range.
  public init(_ margin: Double) throws {
    guard (0..<2).contains(margin) else {
      throw LossError(.usage, "the margin must be in 0..<2, not \(margin)")
    }
    self.margin = margin
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try cosines - margin
  }
}

extension LossEntry {
  static let cosface = LossEntry(
    name: "cosface", aliases: ["am-softmax"], title: "CosFace", family: .proxyHead,
    summary: "softmax on scaled cosines, with a margin off the target's cosine",
    formula: "z_y = s·(cos θ_y − m), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.1, 0..<2, "m, taken off the target's cosine"), .scale(default: 30),
    ] + .headOptions,
    refusals: ["gradient": "the slope of c − m is 1: the exact gradient is straight-through"],
    conventions: [
      "with 'probabilities' the margin of a class counts in proportion to its probability",
      "unit length is x / √(Σx² + ε) with ε = 1e-12",
    ],
    paper: "Wang et al., CosFace: Large margin cosine loss for deep face recognition, CVPR 2018"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")), margin: AdditiveCosine($0.number("margin")),
      HeadOptions($0))
  }
}
