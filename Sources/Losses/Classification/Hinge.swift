import Torch

/// What a score lacks to be on the right side by a margin: the loss of support vector machines.
///
///     L = max(0, m − y · f)^power
///
/// for scores f and targets y of −1 or 1. The first power has a kink at y · f = m, where its gradient
/// is 0; the second is smooth there, and punishes what is far off more.
///
/// Cortes, Vapnik, "Support-vector networks", 1995.
public struct Hinge: SignedScoreLoss {
  /// m, above 0.
  public let margin: Double
  public let power: HingePower
  public let reduction: Reduction

  /// - Throws: `LossError` for a margin out of range.
  public init(margin: Double = 1, power: HingePower = .one, reduction: Reduction = .mean) throws {
    try LossParameter.hingeMargin.range.check("margin", margin)
    self.margin = margin
    self.power = power
    self.reduction = reduction
  }

  public func losses(_ agreements: Tensor) throws -> Tensor {
    try power((margin - agreements).relu())
  }
}

/// The power of what a hinge measures.
public enum HingePower: Int, Sendable, CaseIterable {
  case one = 1
  case two = 2

  func callAsFunction(_ violations: Tensor) throws -> Tensor {
    self == .one ? violations : try violations * violations
  }
}

extension LossParameter {
  static let hingeMargin = LossParameter(
    "margin", default: 1, range: .above(0), "m, by which a score is to be right")
}

extension LossEntry {
  static let hinge = LossEntry(
    name: "hinge", title: "Hinge loss", family: .logits,
    summary: "what a score lacks to be on the right side by a margin",
    formula: "L = max(0, m − y·f), y = ±1",
    parameters: [.hingeMargin, .reduction],
    refusals: .refusedBySignedScores,
    conventions: .signedScoreConventions + [
      "at the kink the gradient is 0",
      "PyTorch's hinge_embedding_loss is another loss, of distances; it has no hinge loss",
    ],
    paper: "Cortes, Vapnik, Support-vector networks, 1995"
  ) {
    try Hinge(margin: $0.number("margin"), reduction: $0.reduction())
  }
}
