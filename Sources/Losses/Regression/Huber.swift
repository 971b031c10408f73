import Torch

/// The squared error near 0, the absolute error far from it, joined smoothly at δ.
///
///     L = ½ · d²            for |d| ≤ δ
///     L = δ · (|d| − ½ · δ)   beyond,   d = ŷ − y
///
/// Huber, "Robust estimation of a location parameter", 1964.
public struct Huber: ElementwiseLoss {
  /// δ, above 0.
  public let delta: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a delta out of range.
  public init(delta: Double = 1, reduction: Reduction = .mean) throws {
    try LossParameter.Range.above(0).check("delta", delta)
    self.delta = delta
    self.reduction = reduction
  }

  public func losses(_ differences: Tensor) throws -> Tensor { try differences.huber(delta) }
}

extension Tensor {
  /// c · (|d| − ½ · c) with c = min(|d|, δ): both pieces of Huber's function, and no branch.
  func huber(_ delta: Double) throws -> Tensor {
    let distance = try magnitude()
    let held = try distance.clamped(max: delta)
    return try held * (distance - held * 0.5)
  }
}

extension LossEntry {
  static let huber = LossEntry(
    name: "huber", title: "Huber loss", family: .regression,
    summary: "the squared error up to δ, and from there on a straight line",
    formula: "L = ½·d² for |d| ≤ δ, δ·(|d| − ½·δ) beyond; d = ŷ − y",
    parameters: [
      LossParameter("delta", default: 1, range: .above(0), "δ, where the line begins"),
      .elementReduction,
    ],
    refusals: [
      "beta": "its point of change is called delta; smooth-l1, which is 1/β of it, has beta"
    ],
    conventions: [
      "the slope of the line is δ, as in PyTorch, Keras and optax; smooth-l1 is this divided by δ",
      "the mean is over all elements, not over the batch",
    ],
    paper: "Huber, Robust estimation of a location parameter, 1964"
  ) {
    try Huber(delta: $0.number("delta"), reduction: $0.reduction())
  }
}
