import Torch

/// Every anchor of a batch with every candidate, and which of them are of one class.
///
/// The candidates are the batch itself, and after it, if there is one, a memory of features from
/// earlier batches. A sample is no pair with itself.
public struct LabeledPairs {
  /// [N, D].
  public let anchors: Tensor
  /// [M, D]; the first N are the anchors.
  public let candidates: Tensor
  /// int64 [N].
  public let labels: Tensor
  /// int64 [M].
  public let candidateLabels: Tensor
  private let masks = Masks()

  /// - Parameters:
  ///   - features: [N, D].
  ///   - labels: int64 [N].
  ///   - memory: More candidates [M − N, D] with their labels int64 [M − N].
  public init(
    _ features: Tensor, labels: Tensor, memory: (features: Tensor, labels: Tensor)? = nil
  ) throws {
    anchors = features
    candidates = try memory.map { try .concatenate([features, $0.features]) } ?? features
    self.labels = labels
    candidateLabels = try memory.map { try .concatenate([labels, $0.labels]) } ?? labels
  }

  /// Whether two different samples are of one class: bool [N, M].
  ///
  /// - Throws: `TorchError` for labels that do not fit the features.
  public var same: Tensor { get throws { try masks(self).same } }
  /// Whether two samples are of different classes: bool [N, M].
  ///
  /// - Throws: `TorchError` for labels that do not fit the features.
  public var different: Tensor { get throws { try masks(self).different } }

  var dtype: DType { anchors.dtype ?? .float32 }

  /// The cosines of the angles of all pairs [N, M].
  public func cosines() throws -> Tensor {
    let unit = try anchors.unitRows()
    return try unit.matmul((candidates === anchors ? unit : candidates.unitRows()).transposed())
  }

  /// 1 for pairs that are `same`, 0 for others [N, M].
  func sameCounts() throws -> Tensor { try same.to(dtype) }
  /// 1 for pairs that are `different`, 0 for others [N, M].
  func differentCounts() throws -> Tensor { try different.to(dtype) }
  /// 1 for anchors that have both a candidate of their class and one of another, 0 for others [N].
  func completeAnchorCounts() throws -> Tensor {
    try sameCounts().max(axis: 1) * differentCounts().max(axis: 1)
  }
}

/// The two matrices of truth values, which are made when they are first asked for: losses that are
/// computed without them have no room for them.
private final class Masks {
  private var made: (same: Tensor, different: Tensor)?

  func callAsFunction(_ pairs: LabeledPairs) throws -> (same: Tensor, different: Tensor) {
    if let made { return made }
    let (n, m) = (pairs.anchors.shape[0], pairs.candidates.shape[0])
    let device = pairs.anchors.device
    let isOfOneClass = try pairs.labels.reshaped([n, 1])
      .isEqual(to: pairs.candidateLabels.reshaped([1, m]))
    let isItself = try Tensor.indices(n, device: device).reshaped([n, 1])
      .isEqual(to: Tensor.indices(m, device: device).reshaped([1, m]))
    let masks = (same: try isOfOneClass.and(isItself.not()), different: try isOfOneClass.not())
    made = masks
    return masks
  }
}

/// A loss of the pairs in a batch: it sees labels only as the same or different, and so can look at
/// any candidates besides the batch.
public protocol PairLoss: Loss {
  var reduction: Reduction { get }

  /// The loss for all pairs of anchors and candidates.
  func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor
}

extension PairLoss {
  /// The loss for features [N, D] and labels int64 [N].
  public func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try self(LabeledPairs(features, labels: labels))
  }

  public var signatures: [Signature] { [[.features, .labels]] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.features), labels: inputs.required(.labels))
  }
}
