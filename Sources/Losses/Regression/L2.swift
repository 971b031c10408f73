import Torch

/// The squared error, with or without ½.
///
///     L = (ŷ − y)²   or   L = ½ · (ŷ − y)²
///
/// Its mean is least at the mean of the targets.
///
/// Gauss, "Theoria motus corporum coelestium", 1809.
public struct L2: ElementwiseLoss {
  public let rule: SquareRule
  public let reduction: Reduction

  public init(rule: SquareRule = .square, reduction: Reduction = .mean) {
    self.rule = rule
    self.reduction = reduction
  }

  public func losses(_ differences: Tensor) throws -> Tensor {
    try rule(differences * differences)
  }
}

/// Whether a square has the factor ½, which its derivative then has not.
public enum SquareRule: String, Sendable, CaseIterable {
  case square
  case halfSquare = "half-square"

  var factor: Double { self == .square ? 1 : 0.5 }

  func callAsFunction(_ squares: Tensor) throws -> Tensor {
    try self == .square ? squares : squares * factor
  }
}

extension LossEntry {
  static let l2 = LossEntry(
    name: "l2", aliases: ["mean-squared-error"], title: "L2", family: .regression,
    summary: "the squared error; outliers weigh by their square",
    formula: "L = (ŷ − y)²; rule half-square: L = ½·(ŷ − y)²",
    parameters: [
      .choice("rule", SquareRule.self, default: .square, "whether ½ stands before the square"),
      .elementReduction,
    ],
    conventions: [
      "the default has no ½, as PyTorch's mse_loss and Keras; optax's l2_loss is half-square",
      "the mean is over all elements, not over the batch",
      "the penalty of a model's parameters is l2-regularization",
    ],
    paper: "Gauss, Theoria motus corporum coelestium, 1809"
  ) {
    L2(rule: $0.choice("rule", SquareRule.self), reduction: $0.reduction())
  }
}
