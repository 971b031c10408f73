import Torch

/// The binary cross-entropy of signed targets.
///
///     L = log(1 + e^(−y · f))
///
/// for scores f and targets y of −1 or 1; f is the logarithm of the odds that y is 1. It neither
/// overflows nor vanishes.
///
/// Friedman, Hastie, Tibshirani, "Additive logistic regression", 2000.
public struct Logistic: SignedScoreLoss {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func losses(_ agreements: Tensor) throws -> Tensor { try (-agreements).softplus() }
}

extension LossEntry {
  static let logistic = LossEntry(
    name: "logistic", title: "Logistic loss", family: .logits,
    summary: "binary cross-entropy of targets −1 and 1",
    formula: "L = log(1 + e^(−y·f)), y = ±1",
    parameters: [.reduction],
    refusals: .refusedBySignedScores,
    conventions: .signedScoreConventions + [
      "in nats, so that a score of 0 costs log 2; some divide by log 2",
      "PyTorch's soft_margin_loss is this, without the care for large scores: it is infinite from "
        + "f = −89 on in float32",
    ],
    paper: "Friedman, Hastie, Tibshirani, Additive logistic regression: a statistical view of "
      + "boosting, 2000"
  ) {
    Logistic(reduction: $0.reduction())
  }
}
