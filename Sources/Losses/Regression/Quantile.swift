import Torch

/// The error with a price of its own on each side, also known as pinball loss.
///
///     L = max(τ · (y − ŷ), (τ − 1) · (y − ŷ))
///
/// A prediction that is too low costs τ for each unit, one that is too high 1 − τ; the mean is least
/// at the τ-quantile of the targets. τ = ½ is half of `L1`.
///
/// Koenker, Bassett, "Regression quantiles", 1978.
public struct Quantile: ElementwiseLoss {
  /// τ, in 0...1.
  public let quantile: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a quantile out of range.
  public init(_ quantile: Double = 0.5, reduction: Reduction = .mean) throws {
    try LossParameter.Range.closed(0, 1).check("quantile", quantile)
    self.quantile = quantile
    self.reduction = reduction
  }

  public func losses(_ differences: Tensor) throws -> Tensor {
    try (differences * -quantile).maximum(differences * (1 - quantile))
  }
}

extension LossEntry {
  static let quantile = LossEntry(
    name: "quantile", aliases: ["pinball"], title: "Quantile loss", family: .regression,
    summary: "predicts a quantile: too low costs τ a unit, too high 1 − τ",
    formula: "L = max(τ·(y − ŷ), (τ − 1)·(y − ŷ))",
    parameters: [
      LossParameter("quantile", default: 0.5, range: .closed(0, 1), "τ, the share to be below"),
      .elementReduction,
    ],
    refusals: [
      "tau": "its level τ is called quantile", "alpha": "its level is called quantile",
    ],
    conventions: [
      "with τ = ½ it is half of l1; scikit-learn's mean_pinball_loss, whose alpha is τ, is the same",
      "the gradient at 0 is the mean of both sides', ½ − τ",
      "the mean is over all elements, not over the batch",
    ],
    paper: "Koenker, Bassett, Regression quantiles, Econometrica 1978"
  ) {
    try Quantile($0.number("quantile"), reduction: $0.reduction())
  }
}
