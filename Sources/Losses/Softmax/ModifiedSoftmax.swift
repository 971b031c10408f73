/// Softmax cross-entropy with proxies of unit length and no bias: the class is decided by the angle.
///
///     L = −log( exp(‖x‖ · cos θ_y) / Σ_j exp(‖x‖ · cos θ_j) )
///
/// Liu, Wen, Yu, Li, Raj, Song, "SphereFace: Deep hypersphere embedding for face recognition", 2017.
public final class ModifiedSoftmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.normalizedWeights, options), classCount: classCount, featureCount: featureCount,
      seed: seed)
  }
}

extension LossEntry {
  static let modifiedSoftmax = LossEntry(
    name: "modified-softmax", title: "Modified softmax", family: .proxyHead,
    summary: "softmax with proxies of unit length and no bias",
    formula: "z_j = ‖x‖·cos θ_j; L = −log softmax(z)_y",
    parameters: .headOptions,
    refusals: .onlyExact("there is no margin"),
    conventions: [
      "the gradient goes through the normalisation; SphereFace's code renormalises in place instead"
    ],
    paper: "Liu et al., SphereFace: Deep hypersphere embedding for face recognition, CVPR 2017"
  ) {
    try ProxyLoss(.normalizedWeights, HeadOptions($0))
  }
}
