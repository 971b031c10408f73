import Torch

/// The absolute error with a hyperbola in the place of its corner.
///
///     L = √((ŷ − y)² + ε²)
///
/// Its least value is ε, not 0.
///
/// Charbonnier, Blanc-Féraud, Aubert, Barlaud, "Two deterministic half-quadratic regularization
/// algorithms for computed imaging", 1994; Lai, Huang, Ahuja, Yang, "Deep Laplacian pyramid networks
/// for fast and accurate super-resolution", 2017.
public struct Charbonnier: ElementwiseLoss {
  /// ε, at least 1e-12.
  public let epsilon: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for an epsilon out of range.
  public init(epsilon: Double = 1e-3, reduction: Reduction = .mean) throws {
    try LossParameter.Range.closed(1e-12, .infinity).check("epsilon", epsilon)
    self.epsilon = epsilon
    self.reduction = reduction
  }

  public func losses(_ differences: Tensor) throws -> Tensor {
    try differences.hypotenuse(
      Tensor.full(
        epsilon, shape: [], dtype: differences.dtype ?? .float32, device: differences.device))
  }
}

extension LossEntry {
  static let charbonnier = LossEntry(
    name: "charbonnier", title: "Charbonnier loss", family: .regression,
    summary: "the absolute error with a hyperbola in the place of its corner",
    formula: "L = √((ŷ − y)² + ε²)",
    parameters: [
      LossParameter(
        "epsilon", default: 1e-3, range: .closed(1e-12, .infinity), "ε, the width of the corner"),
      .elementReduction,
    ],
    conventions: [
      "ε is squared, as in the papers, and its default is that of Lai et al.; some code adds an ε "
        + "of its own without squaring it",
      "the least value is ε; a generalised form with another power, or less ε, is not this one",
      "the mean is over all elements, not over the batch",
    ],
    paper: "Charbonnier et al., Two deterministic half-quadratic regularization algorithms for "
      + "computed imaging, ICIP 1994"
  ) {
    try Charbonnier(epsilon: $0.number("epsilon"), reduction: $0.reduction())
  }
}
