import Torch

/// The sum of the magnitudes of parameters, which brings many of them to 0.
///
///     λ · Σ_k f_k · ‖θ_k‖₁
///
/// Tibshirani, "Regression shrinkage and selection via the lasso", 1996.
public struct L1Regularization: Regularizer {
  public let weight: Double
  public let selection: ParameterSelection

  /// - Parameters:
  ///   - weight: λ, at least 0.
  ///   - selection: Which parameters count, and how much.
  /// - Throws: `LossError` for a weight out of range.
  public init(weight: Double = 1, on selection: ParameterSelection = .weights) throws {
    try LossParameter.Range.closed(0, .infinity).check("weight", weight)
    self.weight = weight
    self.selection = selection
  }

  public func penalty(_ parameter: Tensor) throws -> Tensor { try parameter.magnitude().sum() }
}

extension LossEntry {
  static let l1Regularization = LossEntry(
    name: "l1-regularization", aliases: ["lasso"], title: "L1 regularization",
    family: .regularization,
    summary: "the sum of the parameters' magnitudes, which brings many of them to 0",
    formula: "Φ = λ·Σ_k f_k·‖θ_k‖₁",
    parameters: [.penaltyWeight, .on], refusals: penaltyRefusals,
    conventions: [
      "the name l1 alone is the loss of predictions", "the gradient at 0 is 0",
    ] + penaltyConventions,
    paper: "Tibshirani, Regression shrinkage and selection via the lasso, 1996"
  ) {
    try L1Regularization(weight: $0.number("weight"), on: $0.parameterNames("on"))
  }
}
