import LossKernels
import Torch

/// Wants an anchor nearer to a sample of its class than to one of another, by a margin.
///
///     L = max(0, D(a, p) − D(a, n) + m)
///
/// Schroff, Kalenichenko, Philbin, "FaceNet: A unified embedding for face recognition and clustering",
/// 2015; for `hard` and the mean over what is not 0, Hermans, Beyer, Leibe, "In defense of the triplet
/// loss for person re-identification", 2017; for `easyPositive`, Xuan, Stylianou, Pless, "Improved
/// embeddings with easy positive triplet mining", 2020.
public struct Triplet: PairLoss, AnchorwisePairLoss {
  /// m, at least 0.
  public let margin: Double
  public let distance: PairDistance
  public let miner: TripletMiner
  public let average: PairAverage
  /// Of triplets: without one, the sum over the triplets of each anchor [N], or one number for each
  /// triplet that is given.
  public let reduction: Reduction
  /// How the loss is computed.
  public var implementation = Implementation.automatic

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    margin: Double = 0.2, distance: PairDistance = PairDistance(.squaredEuclidean),
    miner: TripletMiner = .all, average: PairAverage = .all, reduction: Reduction = .mean
  ) throws {
    guard margin >= 0, margin.isFinite else {
      throw LossError(.usage, "the margin must be at least 0, not \(margin)")
    }
    self.margin = margin
    self.distance = distance
    self.miner = miner
    self.average = average
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor { try evaluate(pairs) }

  func composed(_ pairs: LabeledPairs) throws -> Tensor {
    let triplets = try miner.mine(distance.matrix(pairs), pairs, margin: margin)
    switch reduction {
    case .none: return try triplets.losses.sum(axis: 1)
    case .sum: return try triplets.losses.sum()
    case .mean, .weightedMean:
      let counts = average == .all ? triplets.counts : triplets.activeCounts
      return try triplets.losses.sum() / counts.sum().orOne()
    }
  }

  /// The loss for N triplets, each of anchors, positives and negatives [N, D].
  public func callAsFunction(
    anchors: Tensor, positives: Tensor, negatives: Tensor
  ) throws -> Tensor {
    try requireComposed("triplets")
    let losses = try
      (distance.rows(anchors, positives) - distance.rows(anchors, negatives)
      + margin).relu()
    return try reduction(losses, counts: losses.detached().zerosLike() + 1, average: average)
  }

  // MARK: Of one anchor

  var usesUnitRows: Bool { distance.usesUnitRows }
  var kernel: any PairKernel {
    let (measure, margin) = (distance.measure, Float(margin))
    let countsNonZero = average == .nonZero
    switch miner {
    case .all, .semiHard(.band):
      return TripletKernel(
        measure: measure, margin: margin, isBand: miner != .all, countsNonZero: countsNonZero)
    case .semiHard(let rule):
      return NearestTripletKernel(
        measure: measure, margin: margin, orFarthest: rule == .nearestOrFarthest,
        countsNonZero: countsNonZero)
    case .hard, .easyPositive:
      return HardTripletKernel(
        measure: measure, margin: margin, takesNearestPositive: miner == .easyPositive,
        countsNonZero: countsNonZero)
    }
  }

  // MARK: Loss

  public var signatures: [Signature] {
    [[.features, .labels], [.anchors, .positives, .negatives]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    if let anchors = inputs[.anchors] {
      return try self(
        anchors: anchors, positives: inputs.required(.positives),
        negatives: inputs.required(.negatives))
    }
    return try self(inputs.required(.features), labels: inputs.required(.labels))
  }
}

extension InputDeclaration {
  static let anchors = InputDeclaration(.anchors, "N×D")
  static let positives = InputDeclaration(.positives, "N×D")
  static let negatives = InputDeclaration(.negatives, "N×D")
}

/// The words for miners.
private enum MinerName: String, CaseIterable {
  case all, hard
  case semiHard = "semi-hard"
  case easyPositive = "easy-positive"

  func miner(_ rule: TripletMiner.SemiHard) -> TripletMiner {
    switch self {
    case .all: .all
    case .hard: .hard
    case .semiHard: .semiHard(rule)
    case .easyPositive: .easyPositive
    }
  }
}

extension LossEntry {
  static let triplet = LossEntry(
    name: "triplet", title: "Triplet loss", family: .featuresAndLabels,
    summary: "wants anchors nearer to their class than to others, by a margin",
    formula: "L = max(0, D(a,p) − D(a,n) + m)",
    parameters: [
      LossParameter(
        "margin", default: 0.2, range: .closed(0, .infinity), "m, how much nearer"),
      .distance(default: .squaredEuclidean), .normalize,
      .choice("miner", MinerName.self, default: .all, "which triplets of the batch are used"),
      .choice(
        "rule", TripletMiner.SemiHard.self, default: .band,
        "which negatives are semi-hard: all with D(a,p) < D(a,n) < D(a,p) + m, or one"),
      .average, .reduction(of: "triplets"),
    ],
    refusals: .pairRefusals([
      "temperature": "distances are compared with each other and the margin as they are"
    ]),
    conventions: [
      "FaceNet's margin of 0.2 is for unit vectors: normalize=yes",
      "all: exactly the mean over all triplets, without a cube of them",
      "hard: the farthest positive and the nearest negative of each anchor (batch hard)",
      "semi-hard, rule=band: pytorch-metric-learning's semihard; "
        + "rule=nearest-or-farthest: TensorFlow Addons'",
      "easy-positive: the nearest positive and the nearest negative of each anchor",
      "the same distances are 0 exactly; PyTorch adds 1e-6 to each difference of coordinates",
      "pytorch-metric-learning's mean is average=non-zero, on unit vectors, distance=euclidean",
      "without reduction: the sum over each anchor's triplets, or each given triplet",
      "a loss that stays at the margin is a collapse: all features are equal",
    ],
    paper: "Schroff, Kalenichenko, Philbin, FaceNet: A unified embedding for face recognition and "
      + "clustering, CVPR 2015"
  ) {
    try Triplet(
      margin: $0.number("margin"), distance: $0.distance(),
      miner: $0.choice("miner", MinerName.self)
        .miner($0.choice("rule", TripletMiner.SemiHard.self)),
      average: $0.average(), reduction: $0.reduction())
  }
}
