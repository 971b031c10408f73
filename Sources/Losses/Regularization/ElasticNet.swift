import Torch

/// A mixture of `L1Regularization` and `L2Regularization`.
///
///     λ · Σ_k f_k · (α · ‖θ_k‖₁ + (1 − α) · ½ · ‖θ_k‖²)
///
/// Zou, Hastie, "Regularization and variable selection via the elastic net", 2005.
public struct ElasticNet: Regularizer {
  public let weight: Double
  /// The share of L1, in 0...1.
  public let alpha: Double
  public let rule: SquareRule
  public let selection: ParameterSelection

  /// - Parameters:
  ///   - weight: λ, at least 0.
  ///   - alpha: α, the share of L1, in 0...1.
  ///   - rule: Whether ½ stands before the squares.
  ///   - selection: Which parameters count, and how much.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    weight: Double = 1, alpha: Double = 0.5, rule: SquareRule = .halfSquare,
    on selection: ParameterSelection = .weights
  ) throws {
    try LossParameter.Range.closed(0, .infinity).check("weight", weight)
    try LossParameter.Range.closed(0, 1).check("alpha", alpha)
    self.weight = weight
    self.alpha = alpha
    self.rule = rule
    self.selection = selection
  }

  public func penalty(_ parameter: Tensor) throws -> Tensor {
    let squares = try (parameter * parameter).sum()
    return try parameter.magnitude().sum() * alpha + squares * ((1 - alpha) * rule.factor)
  }
}

extension LossEntry {
  static let elasticNet = LossEntry(
    name: "elastic-net", title: "Elastic net", family: .regularization,
    summary: "L1 and L2 regularization in one: few parameters, and small ones",
    formula: "Φ = λ·Σ_k f_k·(α·‖θ_k‖₁ + (1 − α)·½·‖θ_k‖²); rule square: without the ½",
    parameters: [
      .penaltyWeight,
      LossParameter("alpha", default: 0.5, range: .closed(0, 1), "α, the share of L1"),
      .choice("rule", SquareRule.self, default: .halfSquare, "whether ½ stands before the squares"),
      .on,
    ],
    refusals: penaltyRefusals.merging(["l1-ratio": "the share of L1 is called alpha"]) { $1 },
    conventions: [
      "as glmnet and scikit-learn, with the ½ on the squares; l2-regularization has none by default",
      "alpha is glmnet's α and scikit-learn's l1_ratio; scikit-learn's alpha is the weight λ here",
      "Zou and Hastie have α on the squares and no ½; Keras's L1L2 has two weights and no ½",
      "the gradient at 0 is 0",
    ] + penaltyConventions,
    paper: "Zou, Hastie, Regularization and variable selection via the elastic net, 2005"
  ) {
    try ElasticNet(
      weight: $0.number("weight"), alpha: $0.number("alpha"),
      rule: $0.choice("rule", SquareRule.self), on: $0.parameterNames("on"))
  }
}
