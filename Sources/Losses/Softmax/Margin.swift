import Torch

/// What makes the target class harder to reach in training: the second choice of a proxy head.
///
/// A margin turns the target's cosine c = cos θ into ψ(c), smaller in general; most leave the other
/// classes as they are. It works on cosines whatever the similarity is: the head divides the product
/// by the lengths of feature and proxy before, and multiplies by them after.
public protocol Margin: Sendable {
  /// ψ(c): [N, 1] for labels; [N, C], of every class as if it were the target, for distributions.
  func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor

  /// How the classes are changed that are nearer than the target with its margin, nil for not at all.
  func hardClasses(_ batch: MarginBatch) -> HardClassRule?

  /// The cosines of the other classes [N, C], nil if they stay as they are: by `hardClasses`, if it is
  /// not said otherwise. The target's column is not used; `target` is ψ(c) [N, 1].
  func others(_ cosines: Tensor, target: Tensor, _ batch: MarginBatch) throws -> Tensor?

  /// Whether `others` does more than `hardClasses` says.
  var changesOthers: Bool { get }

  /// What is added to the loss of each sample [N], nil for nothing.
  func penalty(_ batch: MarginBatch) throws -> Tensor?

  /// The scale in the place of the similarity's, nil to leave it.
  func scale(_ batch: MarginBatch) throws -> Tensor?

  /// Why a distribution cannot be the target, nil if it can.
  var needsLabels: String? { get }

  /// Where a bias starts.
  func initialBias(classCount: Int) -> Double

  /// What the margin carries from batch to batch, before the first; empty for nothing.
  ///
  /// - Parameter classCount: C.
  func initialState(classCount: Int) -> [Double]

  /// What stands for the state where a loss is computed on its own, outside of training.
  func stateOutsideTraining(classCount: Int) -> [Double]

  /// The state [S] for this batch, from the one of the batch before.
  func nextState(_ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch) throws -> Tensor
}

/// A change of the cosines c above ψ, the target's with its margin: c' = square·c² + slope·c + offset.
public struct HardClassRule: Sendable, Equatable {
  public var square, slope, offset: Double

  public init(square: Double = 0, slope: Double = 1, offset: Double = 0) {
    (self.square, self.slope, self.offset) = (square, slope, offset)
  }

  /// What a cosine becomes at most, in magnitude.
  var largest: Double { max(1, abs(square) + abs(slope) + abs(offset)) }
}

/// What a margin's state may follow from, of the cosines of a batch with all classes.
public struct BatchCosines {
  let ofTargets: () throws -> Tensor
  let logSums: (_ scale: Tensor) throws -> Tensor

  /// cos θ_y [N].
  public func targets() throws -> Tensor { try ofTargets() }

  /// log Σ_{j≠y} exp(s · cos θ_j) [N], for a single number s. It costs about as much as a loss.
  public func logSumsOfOthers(scale: Tensor) throws -> Tensor { try logSums(scale) }
}

/// What margins may depend on besides the cosine.
public struct MarginBatch: Sendable {
  /// The features as they came [N, D].
  public let features: Tensor
  /// The state for this batch [S], empty without.
  public internal(set) var state: [Double]

  public init(features: Tensor, state: [Double] = []) {
    self.features = features
    self.state = state
  }

  /// The lengths of the features [N, 1].
  public func featureNorms() throws -> Tensor { try features.rowNorms() }
}

extension Margin {
  public func hardClasses(_ batch: MarginBatch) -> HardClassRule? { nil }
  public func others(_ cosines: Tensor, target: Tensor, _ batch: MarginBatch) throws -> Tensor? {
    guard let rule = hardClasses(batch) else { return nil }
    let factor = rule.square == 0 ? nil : try cosines * rule.square + rule.slope
    let changed = try (factor.map { try cosines * $0 } ?? cosines * rule.slope) + rule.offset
    return try cosines.replacing(with: changed, where: target.isLess(than: cosines))
  }
  public var changesOthers: Bool { false }
  public func penalty(_ batch: MarginBatch) throws -> Tensor? { nil }
  public func scale(_ batch: MarginBatch) throws -> Tensor? { nil }
  public var needsLabels: String? { nil }
  public func initialBias(classCount: Int) -> Double { 0 }
  public func initialState(classCount: Int) -> [Double] { [] }
  public func stateOutsideTraining(classCount: Int) -> [Double] {
    initialState(classCount: classCount)
  }
  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor { state }
}

/// Whether the gradient goes through the margin as it is.
public enum MarginGradient: String, Sendable, CaseIterable {
  /// The derivative of ψ: the default.
  case exact
  /// As if ψ were c minus a constant: what ports get that compute the angle outside of the graph.
  case straightThrough = "straight-through"

  func callAsFunction(_ cosine: Tensor, _ psi: (Tensor) throws -> Tensor) throws -> Tensor {
    switch self {
    case .exact: try psi(cosine)
    case .straightThrough: try cosine + constant { try psi(cosine) - cosine }
    }
  }
}
