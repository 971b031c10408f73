import Torch

/// How far two features are apart.
public struct PairDistance: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// ‖a − b‖. Its gradient has length 1 at any distance, and is 0 where a = b.
    case euclidean
    /// ‖a − b‖².
    case squaredEuclidean = "squared-euclidean"
    /// 1 − cos ∠(a, b), in 0...2; half the squared distance of the unit vectors.
    case cosine
  }

  public var kind: Kind
  /// Whether features are brought to unit length before; a cosine does not see the difference.
  public var normalizesFeatures: Bool

  public init(_ kind: Kind, normalizesFeatures: Bool = false) {
    self.kind = kind
    self.normalizesFeatures = normalizesFeatures
  }

  /// The distances of all pairs [N, M].
  public func matrix(_ pairs: LabeledPairs) throws -> Tensor {
    try matrix(pairs.anchors, pairs.candidates)
  }

  /// The distances of all rows of `a` [N, D] to all of `b` [M, D]: [N, M].
  public func matrix(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let x = try prepared(a)
    let y = try b === a ? x : prepared(b)
    switch kind {
    case .euclidean: return try x.distances(to: y)
    case .squaredEuclidean:
      let distances = try x.distances(to: y)
      return try distances * distances
    case .cosine: return try 1 - x.matmul(y.transposed())
    }
  }

  /// The distance of each row of `a` [N, D] to the same row of `b` [N, D]: [N].
  public func rows(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (x, y) = (try prepared(a), try prepared(b))
    if kind == .cosine { return try 1 - (x * y).sum(axis: 1) }
    if kind == .squaredEuclidean {
      let difference = try x - y
      return try (difference * difference).sum(axis: 1)
    }
    let (n, d) = (x.shape[0], x.shape[1])
    return try x.reshaped([n, 1, d]).distances(to: y.reshaped([n, 1, d])).reshaped([n])
  }

  func prepared(_ x: Tensor) throws -> Tensor {
    try normalizesFeatures || kind == .cosine ? x.unitRows() : x
  }
}
