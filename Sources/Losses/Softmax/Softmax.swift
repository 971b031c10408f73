/// Softmax cross-entropy on inner products.
///
///     L = −log( exp(⟨x, w_y⟩ + b_y) / Σ_j exp(⟨x, w_j⟩ + b_j) )
public final class Softmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - bias: Whether every class has an offset.
  ///   - labelSmoothing: ε in q' = (1 − ε) · q + ε / C, in 0...1.
  ///   - reduction: How the samples' losses become one number.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, bias: Bool = true, labelSmoothing: Double = 0,
    reduction: Reduction = .mean, seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .innerProduct(bias: bias), labelSmoothing: labelSmoothing, reduction: reduction),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let softmax = LossEntry(
    name: "softmax", title: "Softmax", family: .proxyHead,
    summary: "cross-entropy on inner products: the plain classifier",
    formula: "L = −log( exp(⟨x,w_y⟩ + b_y) / Σ_j exp(⟨x,w_j⟩ + b_j) )",
    parameters: [.labelSmoothing, .reduction],
    conventions: [
      "the bias is optional: leave it out for a head without one",
      "the mean is over the samples of the batch",
    ],
    paper: "Bridle, Probabilistic interpretation of feedforward classification outputs, 1990"
  ) {
    try ProxyLoss(
      .innerProduct(), labelSmoothing: $0.number("label-smoothing"), reduction: $0.reduction())
  }
}
