/// Softmax cross-entropy on features that are all of length α.
///
///     z_j = α · ⟨x / ‖x‖, w_j⟩ + b_j,   L = −log softmax(z)_y
///
/// For the probability p to be within reach of C classes, α ≥ log(p · (C − 2) / (1 − p)).
///
/// Ranjan, Castillo, Chellappa, "L2-constrained softmax loss for discriminative face verification",
/// 2017.
public final class L2Softmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - alpha: α, the length of the features, above 0.
  ///   - learnsAlpha: Whether α is learned, from `alpha` on, and held above 0.01.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, alpha: Double = 16, learnsAlpha: Bool = false,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.normalizedFeatures(alpha: alpha, learned: learnsAlpha), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let l2Softmax = LossEntry(
    name: "l2-softmax", title: "L2-softmax", family: .proxyHead,
    summary: "softmax on features of one length",
    formula: "z_j = α·⟨x/‖x‖, w_j⟩ + b_j; L = −log softmax(z)_y",
    parameters: [
      LossParameter("alpha", default: 16, range: .above(0), "α, the length of the features"),
      .scaleRule,
    ] + .headOptions,
    refusals: .onlyExact("there is no margin"),
    conventions: [
      "the bias is optional: leave it out for a head without one",
      "a learned α is the input 'scale', held above 0.01",
    ],
    paper: "Ranjan et al., L2-constrained softmax loss for discriminative face verification, 2017"
  ) {
    try ProxyLoss(
      .normalizedFeatures(alpha: $0.number("alpha"), learned: $0.learnsScale()), HeadOptions($0))
  }
}
