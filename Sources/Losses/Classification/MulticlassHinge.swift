import Torch

/// What the score of the right class lacks to be above the others by a margin.
///
///     v_j = max(0, m + z_j − z_y) for j ≠ y
///     crammer-singer:   L = w_y · max_j v_j^power
///     weston-watkins:   L = w_y · Σ_j v_j^power
///
/// The first looks at the strongest rival only, the second at every one. Crammer, Singer, "On the
/// algorithmic implementation of multiclass kernel-based vector machines", 2001; Weston, Watkins,
/// "Support vector machines for multi-class pattern recognition", 1999.
public struct MulticlassHinge: TiledCriterion {
  /// Which of the other classes count.
  public enum Rule: String, Sendable, CaseIterable {
    case crammerSinger = "crammer-singer"
    case westonWatkins = "weston-watkins"
  }

  public let rule: Rule
  /// m, above 0.
  public let margin: Double
  public let power: HingePower

  /// - Throws: `LossError` for a margin out of range.
  public init(_ rule: Rule = .crammerSinger, margin: Double = 1, power: HingePower = .one) throws {
    try LossParameter.hingeMargin.range.check("margin", margin)
    self.rule = rule
    self.margin = margin
    self.power = power
  }

  public var acceptsProbabilities: Bool { false }

  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let parts = try scores.gather([scores.own().reshaped([-1, 1])]) { [self] in
      let violations = try $0.replacingOwn(($0.scores - $0.given[0] + margin).relu())
      return switch rule {
      case .crammerSinger: [try violations.max(axis: 1)]
      case .westonWatkins: [try power(violations).sum(axis: 1)]
      }
    }[0]
    let losses =
      switch rule {
      case .crammerSinger: try power(parts.max(axis: 0))
      case .westonWatkins: try parts.sum(axis: 0)
      }
    return try target.weighted(losses)
  }
}

extension MulticlassHinge {
  /// The parameters of a catalogue row.
  static let parameters: [LossParameter] = [
    .choice(
      "rule", Rule.self, default: .crammerSinger, "the strongest rival, or the sum over all"),
    .hingeMargin,
    LossParameter("power", default: 1, range: .whole(1...2), "of what is lacking"),
  ]

  /// Options of other criteria that it does not take.
  static let refusals = [
    "label-smoothing": "a hinge needs one right class, not a distribution",
    "temperature": "it would only scale the scores, which have no unit",
    "focal-gamma": "it has no probabilities; a hinge is 0 already for what is right by the margin",
  ]

  /// As set in a catalogue row.
  init(_ values: ParameterValues) throws {
    try self.init(
      values.choice("rule", Rule.self), margin: values.number("margin"),
      power: HingePower(rawValue: values.whole("power"))!)
  }
}

extension LossEntry {
  static let multiclassHinge = LossEntry(
    name: "multiclass-hinge", title: "Multi-class hinge loss", family: .logits,
    summary: "what the right class's score lacks to be above the others by a margin",
    formula: "crammer-singer: L = w_y·max_{j≠y} v_j^power; weston-watkins: L = w_y·Σ_{j≠y} "
      + "v_j^power; v_j = max(0, m + z_j − z_y)",
    parameters: MulticlassHinge.parameters + [.ignoreLabel, .weightedReduction],
    refusals: MulticlassHinge.refusals,
    conventions: [
      "crammer-singer is Optax's multiclass_hinge_loss; Keras's categorical hinge counts a rival "
        + "score below 0 as 0",
      "weston-watkins is C times PyTorch's multi_margin_loss, which divides by the number of classes",
      "equal rivals share the gradient of the maximum",
      "class weights are outside of the power, as PyTorch computes them",
    ],
    paper: "Crammer, Singer, On the algorithmic implementation of multiclass kernel-based vector "
      + "machines, 2001; Weston, Watkins, Support vector machines for multi-class pattern "
      + "recognition, 1999"
  ) {
    try LogitLoss(MulticlassHinge($0), options: SampleOptions($0))
  }
}
