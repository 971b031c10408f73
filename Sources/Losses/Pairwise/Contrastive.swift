import LossKernels
import Torch

/// Pulls the two samples of a class together, and pushes those of different classes apart up to a
/// margin.
///
///     L = (1 − Y) · D^p / p + Y · max(0, m − D)^p / p,   Y = 1 for a pair of different classes
///
/// With p = 2 this is the paper's ½ D² and ½ max(0, m − D)²; with p = 1 both are linear, as in
/// pytorch-metric-learning. Of unit vectors p = 1 is worth trying first: in the study `open-set` the nearest
/// neighbour of an unseen character is right in 78 % of all cases, with p = 2 in 57 %.
///
/// Hadsell, Chopra, LeCun, "Dimensionality reduction by learning an invariant mapping", 2006.
public struct Contrastive: PairLoss, AnchorwisePairLoss {
  /// Whether pairs of one class and of two are averaged together.
  public enum Rule: String, Sendable, CaseIterable {
    /// One mean over all pairs, of which most are different in general.
    case together
    /// The mean over pairs of one class plus the mean over pairs of two.
    case apart
  }

  /// m, at least 0.
  public let margin: Double
  public let distance: PairDistance
  /// p, 1 or 2.
  public let power: Int
  public let rule: Rule
  public let average: PairAverage
  /// Of pairs: without one, a matrix [N, N] of all, with 0 on its diagonal, or [N] for pairs that
  /// are given.
  public let reduction: Reduction
  /// How the loss is computed.
  public var implementation = Implementation.automatic

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    margin: Double = 1, distance: PairDistance = PairDistance(.euclidean), power: Int = 2,
    rule: Rule = .together, average: PairAverage = .all, reduction: Reduction = .mean
  ) throws {
    guard margin >= 0, margin.isFinite else {
      throw LossError(.usage, "the margin must be at least 0, not \(margin)")
    }
    guard (1...2).contains(power) else {
      throw LossError(.usage, "the power must be 1 or 2, not \(power)")
    }
    self.margin = margin
    self.distance = distance
    self.power = power
    self.rule = rule
    self.average = average
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor { try evaluate(pairs) }

  func composed(_ pairs: LabeledPairs) throws -> Tensor {
    try value(
      distance.matrix(pairs), same: pairs.sameCounts(), different: pairs.differentCounts())
  }

  /// The loss for N pairs of anchors and others [N, D]; `different` is Y [N], 1 for a pair of
  /// different classes and 0 for one of the same, or anything between.
  public func callAsFunction(
    anchors: Tensor, others: Tensor, different: Tensor
  ) throws -> Tensor {
    try requireComposed("pairs")
    return try value(distance.rows(anchors, others), same: 1 - different, different: different)
  }

  /// - Parameters:
  ///   - same: How much a distance counts as one within a class, in 0...1.
  ///   - different: How much it counts as one between classes.
  private func value(_ distances: Tensor, same: Tensor, different: Tensor) throws -> Tensor {
    let pulls = try powered(distances) * same
    let pushes = try powered((margin - distances).relu()) * different
    switch rule {
    case .together:
      return try reduction(pulls + pushes, counts: same + different, average: average)
    case .apart:
      return try reduction(pulls, counts: same, average: average)
        + reduction(pushes, counts: different, average: average)
    }
  }

  private func powered(_ x: Tensor) throws -> Tensor { try power == 1 ? x : x * x * 0.5 }

  // MARK: Of one anchor

  var usesUnitRows: Bool { distance.usesUnitRows }
  var hasLossPerAnchor: Bool { false }
  var kernel: any PairKernel {
    ContrastiveKernel(
      measure: distance.measure, margin: Float(margin), isSquared: power == 2,
      separatesClasses: rule == .apart, countsNonZero: average == .nonZero)
  }

  // MARK: Loss

  public var signatures: [Signature] {
    [
      [.features, .labels],
      [
        InputDeclaration(.anchors, "N×D"), InputDeclaration(.others, "N×D"),
        InputDeclaration(.different, "N", .shares),
      ],
    ]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    if let anchors = inputs[.anchors] {
      return try self(
        anchors: anchors, others: inputs.required(.others), different: inputs.required(.different))
    }
    return try self(inputs.required(.features), labels: inputs.required(.labels))
  }
}

extension LossEntry {
  static let contrastive = LossEntry(
    name: "contrastive", title: "Contrastive loss", family: .featuresAndLabels,
    summary: "pulls pairs of one class together, pushes others apart up to a margin",
    formula: "L = (1−Y)·D^p/p + Y·max(0, m − D)^p/p, Y = 1 for a pair of different classes",
    parameters: [
      LossParameter(
        "margin", default: 1, range: .closed(0, .infinity),
        "m, the distance from which pairs of different classes are let be"),
      .distance(default: .euclidean),
      LossParameter(
        "power", default: 2, range: .whole(1...2), "p, of the distance and of the hinge"),
      .normalize,
      .choice(
        "rule", Contrastive.Rule.self, default: .together,
        "one mean over all pairs, or one over those of a class plus one over the others"),
      .average, .reduction(of: "pairs"),
    ],
    refusals: .pairRefusals([
      "temperature": "distances are compared with the margin, not with each other"
    ]),
    conventions: [
      "Y = 1 is a pair of different classes, as in the paper; others use 1 for the same class",
      "the factor 1/p is there: the paper's ½ for power=2, none for power=1",
      "pytorch-metric-learning: power=1 rule=apart average=non-zero normalize=yes",
      "PyTorch's cosine_embedding_loss of margin m': distance=cosine power=1 margin=1−m'",
      "without reduction: a matrix of all pairs, with 0 for a sample and itself",
    ],
    paper: "Hadsell, Chopra, LeCun, Dimensionality reduction by learning an invariant mapping, "
      + "CVPR 2006"
  ) {
    try Contrastive(
      margin: $0.number("margin"), distance: $0.distance(), power: $0.whole("power"),
      rule: $0.choice("rule", Contrastive.Rule.self), average: $0.average(),
      reduction: $0.reduction())
  }
}
