/// The multi-class hinge loss on inner products: a linear support vector machine as the last layer.
///
///     z_j = ⟨x, w_j⟩ + b_j,   L = max or Σ over j≠y of max(0, m + z_j − z_y)^power
///
/// Tang, "Deep learning using linear support vector machines", 2013.
public final class MulticlassHingeHead: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - criterion: Which of the other classes count, m and the power.
  ///   - options: Which samples count, and the reduction.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, criterion: MulticlassHinge,
    options: SampleOptions = SampleOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.innerProduct(), criterion: criterion, options: options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let multiclassHingeHead = LossEntry(
    name: "multiclass-hinge-head", title: "Multi-class hinge head", family: .proxyHead,
    summary: "the multi-class hinge loss on inner products: a support vector machine",
    formula: "z_j = ⟨x,w_j⟩ + b_j; L = w_y·max_{j≠y} v_j^power or w_y·Σ_{j≠y} v_j^power, "
      + "v_j = max(0, m + z_j − z_y)",
    parameters: MulticlassHinge.parameters + .sampleOptions,
    refusals: MulticlassHinge.refusals.merging(
      .onlyExact("it has no angular margin, so that its gradient is exact in any case")
    ) { $1 },
    conventions: [
      "on logits that are given it is multiclass-hinge",
      "a support vector machine needs weight decay on its proxies: the optimiser's",
    ],
    paper: "Tang, Deep learning using linear support vector machines, 2013"
  ) {
    try ProxyLoss(
      .innerProduct(), criterion: MulticlassHinge($0), options: SampleOptions($0))
  }
}
