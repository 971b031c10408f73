import Torch

/// The sum of the squares of parameters, with or without ½, which keeps all of them small.
///
///     λ · Σ_k f_k · ‖θ_k‖²   or   λ · ½ · Σ_k f_k · ‖θ_k‖²
///
/// Hoerl, Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970.
public struct L2Regularization: Regularizer {
  public let weight: Double
  public let rule: SquareRule
  public let selection: ParameterSelection

  /// - Parameters:
  ///   - weight: λ, at least 0.
  ///   - rule: Whether ½ stands before the squares.
  ///   - selection: Which parameters count, and how much.
  /// - Throws: `LossError` for a weight out of range.
  public init(
    weight: Double = 1, rule: SquareRule = .square, on selection: ParameterSelection = .weights
  ) throws {
    try LossParameter.Range.closed(0, .infinity).check("weight", weight)
    self.weight = weight
    self.rule = rule
    self.selection = selection
  }

  public func penalty(_ parameter: Tensor) throws -> Tensor {
    try rule((parameter * parameter).sum())
  }
}

extension LossEntry {
  static let l2Regularization = LossEntry(
    name: "l2-regularization", aliases: ["ridge"], title: "L2 regularization",
    family: .regularization,
    summary: "the sum of the parameters' squares, which keeps all of them small",
    formula: "Φ = λ·Σ_k f_k·‖θ_k‖²; rule half-square: λ·½·Σ_k f_k·‖θ_k‖²",
    parameters: [
      .penaltyWeight,
      .choice("rule", SquareRule.self, default: .square, "whether ½ stands before the squares"),
      .on,
    ],
    refusals: penaltyRefusals,
    conventions: [
      "the name l2 alone is the loss of predictions",
      "the default has no ½, as in Keras; with half-square the gradient is λ·θ, which is what SGD's "
        + "weight decay adds",
    ] + penaltyConventions,
    paper: "Hoerl, Kennard, Ridge regression: biased estimation for nonorthogonal problems, 1970"
  ) {
    try L2Regularization(
      weight: $0.number("weight"), rule: $0.choice("rule", SquareRule.self),
      on: $0.parameterNames("on"))
  }
}
