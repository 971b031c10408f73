import Torch

/// Ranked list loss: positives within a ball around the anchor, negatives outside of a wider one.
///
///     L_i = (1 − λ) · Σ_p w_p·max(0, D_ip − (α − m)) + λ · Σ_n w_n·max(0, α − D_in)
///     w ∝ exp(T · violation) over what violates, Σ w = 1, with a T of its own for p and for n
///
/// on unit vectors. The weights w are constants in the gradient.
///
/// Wang, Hua, Kodirov, Hu, Garnier, Robertson, "Ranked list loss for deep metric learning", 2019.
public struct RankedList: PairLoss {
  /// m, the width between the two balls, in 0...2.
  public let margin: Double
  /// α, the radius of the wider one, in 0...2, at least m.
  public let alpha: Double
  /// λ, the share of the negatives, in 0...1.
  public let balance: Double
  /// T of the positives, at least 0: 0 weighs all that violate alike.
  public let positiveSharpness: Double
  /// T of the negatives, at least 0.
  public let negativeSharpness: Double
  /// Of anchors [N].
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    margin: Double = 0.4, alpha: Double = 1.2, balance: Double = 0.5,
    positiveSharpness: Double = 0, negativeSharpness: Double = 10, reduction: Reduction = .mean
  ) throws {
    guard (0...2).contains(margin), (0...2).contains(alpha) else {
      throw LossError(
        .usage, "margin and alpha are distances of unit vectors, in 0...2, not \(margin), \(alpha)")
    }
    guard margin <= alpha else {
      throw LossError(
        .usage,
        "the margin (\(margin)) must not be above alpha (\(alpha)): no positive could be near")
    }
    guard (0...1).contains(balance) else {
      throw LossError(.usage, "the balance must be in 0...1, not \(balance)")
    }
    for sharpness in [positiveSharpness, negativeSharpness]
    where !(sharpness >= 0 && sharpness.isFinite) {
      throw LossError(.usage, "a sharpness must be at least 0, not \(sharpness)")
    }
    self.margin = margin
    self.alpha = alpha
    self.balance = balance
    self.positiveSharpness = positiveSharpness
    self.negativeSharpness = negativeSharpness
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor {
    let distances = try PairDistance(.euclidean, normalizesFeatures: true).matrix(pairs)
    let pulls = try weighted(
      (distances - (alpha - margin)).relu() * pairs.sameCounts(), sharpness: positiveSharpness)
    let pushes = try weighted(
      (alpha - distances).relu() * pairs.differentCounts(), sharpness: negativeSharpness)
    return try reduction(pulls * (1 - balance) + pushes * balance)
  }

  /// The mean of each row's violations, of those above 0, with weights by their size.
  private func weighted(_ violations: Tensor, sharpness: Double) throws -> Tensor {
    let weights = try constant {
      try (violations * sharpness)
        .replacing(with: -Tensor.beyond, where: violations.isGreater(than: 0).not())
        .logSoftmax(axis: 1).exp()
    }
    return try (violations * weights).sum(axis: 1)
  }
}

extension LossEntry {
  static let rankedList = LossEntry(
    name: "ranked-list", title: "Ranked list loss", family: .featuresAndLabels,
    summary: "positives within a ball around the anchor, negatives outside of a wider one",
    formula: "L = (1−λ)·Σ_p w_p·[D − (α−m)]₊ + λ·Σ_n w_n·[α − D]₊, w ∝ e^{T·violation}, Σw = 1",
    parameters: [
      LossParameter("margin", default: 0.4, range: .closed(0, 2), "m, between the balls"),
      LossParameter("alpha", default: 1.2, range: .closed(0, 2), "α, the radius of the wider ball"),
      LossParameter("balance", default: 0.5, range: .closed(0, 1), "λ, the share of negatives"),
      LossParameter(
        "positive-sharpness", default: 0, range: .closed(0, .infinity), "T of the positives"),
      LossParameter(
        "negative-sharpness", default: 10, range: .closed(0, .infinity), "T of the negatives"),
      .reduction(of: "anchors"),
    ],
    refusals: .pairRefusals([
      "temperature":
        "the sharpnesses are in its place: the paper calls them temperatures, but they "
        + "multiply",
      "normalize": "it is defined on unit vectors",
    ]),
    conventions: [
      "the weights are constants in the gradient, as in the paper; pytorch-metric-learning "
        + "differentiates them, and adds 1e-5 to each in their sum",
      "pytorch-metric-learning's alpha is 1 + margin/2 by default",
      "the mean is over all anchors",
    ],
    paper: "Wang et al., Ranked list loss for deep metric learning, CVPR 2019"
  ) {
    try RankedList(
      margin: $0.number("margin"), alpha: $0.number("alpha"), balance: $0.number("balance"),
      positiveSharpness: $0.number("positive-sharpness"),
      negativeSharpness: $0.number("negative-sharpness"), reduction: $0.reduction())
  }
}
