import Torch

/// The absolute error.
///
///     L = |ŷ − y|
///
/// Its mean is least at the median of the targets, which few outliers move. The gradient at 0 is 0.
///
/// Laplace, "Mémoire sur la probabilité des causes par les événements", 1774.
public struct L1: ElementwiseLoss {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func losses(_ differences: Tensor) throws -> Tensor { try differences.magnitude() }
}

extension LossEntry {
  static let l1 = LossEntry(
    name: "l1", aliases: ["mean-absolute-error"], title: "L1", family: .regression,
    summary: "the absolute error; few outliers hardly move it",
    formula: "L = |ŷ − y|",
    parameters: [.elementReduction],
    conventions: [
      "the mean is over all elements, not over the batch",
      "the gradient at 0 is 0",
      "the penalty of a model's parameters is l1-regularization",
    ],
    paper: "Laplace, Mémoire sur la probabilité des causes par les événements, 1774"
  ) {
    L1(reduction: $0.reduction())
  }
}
