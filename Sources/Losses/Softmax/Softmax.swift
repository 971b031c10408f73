/// Softmax cross-entropy on inner products.
///
///     L = −log( exp(⟨x, w_y⟩ + b_y) / Σ_j exp(⟨x, w_j⟩ + b_j) )
public final class Softmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - bias: Whether every class has an offset.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, bias: Bool = true, options: HeadOptions = HeadOptions(),
    seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.innerProduct(bias: bias ? .perClass : .none), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let softmax = LossEntry(
    name: "softmax", title: "Softmax", family: .proxyHead,
    summary: "cross-entropy on inner products: the plain classifier",
    formula: "L = −log( exp(⟨x,w_y⟩ + b_y) / Σ_j exp(⟨x,w_j⟩ + b_j) )",
    parameters: [.bias] + .headOptions,
    refusals: .onlyExact("there is no margin"),
    conventions: [
      "the input 'bias' may be left out where there is none; a head that is trained has one, unless the "
        + "parameter says none",
      "the mean is over the samples that count",
    ],
    paper: "Bridle, Probabilistic interpretation of feedforward classification outputs, 1990"
  ) {
    try ProxyLoss(
      .innerProduct(bias: $0.choice("bias", HeadBias.self) == .none ? .none : .perClass),
      HeadOptions($0))
  }
}

/// Whether the classes of a head have offsets.
enum HeadBias: String, CaseIterable {
  case perClass = "per-class"
  case none
}
