import Foundation
import Torch

/// The loss that boosting minimizes.
///
///     L = e^(−y · f)
///
/// for scores f and targets y of −1 or 1. Beyond −y · f = 30 it goes on as its tangent there, up to
/// 1e20 where it stays: so no finite score overflows, in no type. e³⁰ is 1e13.
///
/// Freund, Schapire, "A decision-theoretic generalization of on-line learning", 1997.
public struct Exponential: SignedScoreLoss {
  public let reduction: Reduction

  /// The disagreement −y · f beyond which the tangent takes over.
  public static let tangentPoint = 30.0
  /// The disagreement beyond which the loss stays.
  public static let largestDisagreement = 1e20

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func losses(_ agreements: Tensor) throws -> Tensor {
    let disagreements = try (-agreements).clamped(max: Self.largestDisagreement)
    let beyond = try (disagreements - Self.tangentPoint).relu()
    return try disagreements.clamped(max: Self.tangentPoint).exp()
      + beyond * exp(Self.tangentPoint)
  }
}

extension LossEntry {
  static let exponential = LossEntry(
    name: "exponential", title: "Exponential loss", family: .logits,
    summary: "the loss that boosting minimizes; a single wrong target can outweigh all others",
    formula: "L = e^(−y·f), y = ±1; its tangent beyond −y·f = 30",
    parameters: [.reduction],
    refusals: .refusedBySignedScores,
    conventions: .signedScoreConventions + [
      "from −y·f = 30 on it is its tangent, e³⁰·(1 − y·f − 30), and from 1e20 on it stays, so that "
        + "nothing overflows; elsewhere it is e^(−y·f) until that is infinite",
      "without the factor ½ in the exponent that some put there",
    ],
    paper: "Freund, Schapire, A decision-theoretic generalization of on-line learning, 1997"
  ) {
    Exponential(reduction: $0.reduction())
  }
}
