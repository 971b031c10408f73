import Torch

/// What makes the target class harder to reach in training: the second choice of a proxy head.
///
/// A margin turns the target's cosine c = cos θ into ψ(c), smaller in general; most leave the other
/// classes as they are. It works on cosines whatever the similarity is: the head divides the product
/// by the lengths of feature and proxy before, and multiplies by them after.
public protocol Margin: Sendable {
  /// ψ(c): [N, 1] for labels; [N, C], of every class as if it were the target, for distributions.
  func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor

  /// The cosines of the other classes [N, C], nil if they stay as they are. The target's column is
  /// not used; `target` is ψ(c) [N, 1].
  func others(_ cosines: Tensor, target: Tensor, _ batch: MarginBatch) throws -> Tensor?

  /// Whether the scores of the other classes are changed, by `others` or by `scale`.
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

  /// The state [S] for this batch, from the one of the batch before. `cosines` gives those of all
  /// classes [N, C], which is costly if they are many.
  func nextState(
    _ state: Tensor, cosines: () throws -> Tensor, target: Target, _ batch: MarginBatch
  ) throws -> Tensor
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
  public func others(_ cosines: Tensor, target: Tensor, _ batch: MarginBatch) throws -> Tensor? {
    nil
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
    _ state: Tensor, cosines: () throws -> Tensor, target: Target, _ batch: MarginBatch
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
