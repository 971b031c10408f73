import Torch

/// The absolute error, rounded off near 0.
///
///     L = ½ · d² / β      for |d| < β
///     L = |d| − ½ · β      beyond,   d = ŷ − y
///
/// With β = 0 this is `L1`; it is `Huber` with δ = β, divided by β, so that the slope far from 0 is 1
/// whatever β is.
///
/// Girshick, "Fast R-CNN", 2015, with β = 1.
public struct SmoothL1: ElementwiseLoss {
  /// β, at least 0.
  public let beta: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a beta out of range.
  public init(beta: Double = 1, reduction: Reduction = .mean) throws {
    try LossParameter.Range.closed(0, .infinity).check("beta", beta)
    self.beta = beta
    self.reduction = reduction
  }

  public func losses(_ differences: Tensor) throws -> Tensor {
    try beta == 0 ? differences.magnitude() : differences.huber(beta) / beta
  }
}

extension LossEntry {
  static let smoothL1 = LossEntry(
    name: "smooth-l1", title: "Smooth L1", family: .regression,
    summary: "the absolute error, rounded off near 0",
    formula: "L = ½·d²/β for |d| < β, |d| − ½·β beyond; d = ŷ − y",
    parameters: [
      LossParameter(
        "beta", default: 1, range: .closed(0, .infinity), "β, where the line begins; 0 gives l1"),
      .elementReduction,
    ],
    refusals: [
      "delta": "its point of change is called beta; huber, which is β times it, has delta"
    ],
    conventions: [
      "the slope of the line is 1, as in PyTorch; Huber's is δ",
      "some detectors write σ for it, with β = 1/σ²",
      "the mean is over all elements, not over the batch",
    ],
    paper: "Girshick, Fast R-CNN, ICCV 2015"
  ) {
    try SmoothL1(beta: $0.number("beta"), reduction: $0.reduction())
  }
}
