import Torch

/// Mines a whole embedded set: for each sample the nearest or farthest of its class or of the others.
///
/// Exact, and in blocks: the distances of `blockSize` anchors to `blockSize` candidates are held at a
/// time, so that memory is O(blockSize² + N) for a set of N. Time is O(N²·D). On the CPU in float32 all
/// but semi-hard negatives are found as `NearestNeighbors` are, by matrix products and in blocks of their
/// own size: distances are then those of float64, rounded.
public struct OfflineMining: Sendable {
  public let distance: PairDistance
  /// At least 1.
  public let blockSize: Int

  /// - Throws: `LossError` for a block size below 1.
  public init(
    distance: PairDistance = PairDistance(.squaredEuclidean), blockSize: Int = 1024
  ) throws {
    guard blockSize >= 1 else {
      throw LossError(.usage, "the block size must be at least 1, not \(blockSize)")
    }
    self.distance = distance
    self.blockSize = blockSize
  }

  /// What was found for each sample of the set.
  public struct Found {
    /// The sample that was found, int64 [N]; −1 where there is none.
    public let indices: Tensor
    /// Its distance [N]; infinite where there is none.
    public let distances: Tensor
  }

  /// Triplets of samples, by their indices in the set, each int64 [T].
  public struct Triplets {
    public let anchors: Tensor
    public let positives: Tensor
    public let negatives: Tensor
  }

  /// The positive of a triplet.
  public enum Positive: Sendable { case farthest, nearest }

  /// The negative of a triplet.
  public enum Negative: Sendable, Equatable {
    case nearest
    /// The nearest that is farther than the positive, by less than a margin.
    case semiHard(margin: Double)
  }

  /// For each sample of features [N, D], labels int64 [N], the nearest of another class.
  public func hardestNegatives(_ features: Tensor, labels: Tensor) throws -> Found {
    try find(features, labels, sameClass: false, nearest: true)
  }

  /// For each sample of features [N, D], labels int64 [N], the farthest other of its class.
  public func hardestPositives(_ features: Tensor, labels: Tensor) throws -> Found {
    try find(features, labels, sameClass: true, nearest: false)
  }

  /// For each sample of features [N, D], labels int64 [N], the nearest other of its class.
  public func easiestPositives(_ features: Tensor, labels: Tensor) throws -> Found {
    try find(features, labels, sameClass: true, nearest: true)
  }

  /// A triplet for each sample of features [N, D], labels int64 [N], as the anchor, that has such a
  /// positive and such a negative.
  public func triplets(
    _ features: Tensor, labels: Tensor, positive: Positive = .farthest,
    negative: Negative = .nearest
  ) throws -> Triplets {
    let positives = try find(
      features, labels, sameClass: true, nearest: positive == .nearest)
    let negatives: Found
    switch negative {
    case .nearest:
      negatives = try find(features, labels, sameClass: false, nearest: true)
    case .semiHard(let margin):
      negatives = try find(
        features, labels, sameClass: false, nearest: true,
        between: (positives.distances, positives.distances + margin))
    }
    let (p, n) = (
      try positives.indices.elements(Int64.self), try negatives.indices.elements(Int64.self)
    )
    let anchors = p.indices.filter { p[$0] >= 0 && n[$0] >= 0 }
    return try Triplets(
      anchors: Tensor(anchors.map(Int64.init)), positives: Tensor(anchors.map { p[$0] }),
      negatives: Tensor(anchors.map { n[$0] }))
  }

  /// - Parameter bounds: Candidates count only strictly between these distances, one of each for
  ///   every sample [N].
  private func find(
    _ features: Tensor, _ labels: Tensor, sameClass: Bool, nearest: Bool,
    between bounds: (lower: Tensor, upper: Tensor)? = nil
  ) throws -> Found {
    if bounds == nil,
      let found = try findByProducts(features, labels, sameClass: sameClass, nearest: nearest)
    {
      return found
    }
    return try withoutGradients {
      let count = features.shape[0]
      let indices = try Tensor.indices(count, device: features.device)
      let blocks = stride(from: 0, to: count, by: blockSize).map {
        $0..<min($0 + blockSize, count)
      }
      // Far distances become near ones by their sign.
      let sign = nearest ? 1.0 : -1
      let found = try blocks.map { rows in
        func column(_ tensor: Tensor) throws -> Tensor {
          try tensor.slice(rows).reshaped([rows.count, 1])
        }
        let (anchors, anchorLabels) = (try features.slice(rows), try column(labels))
        let anchorIndices = try column(indices)
        let limits = try bounds.map { (lower: try column($0.lower), upper: try column($0.upper)) }
        var best = try Tensor.full(
          .infinity, shape: [rows.count], dtype: features.dtype ?? .float32,
          device: features.device)
        var bestIndices = try Tensor.full(
          -1, shape: [rows.count], dtype: .int64, device: features.device)
        for columns in blocks {
          let distances = try distance.matrix(anchors, features.slice(columns))
          let isOfOneClass = try anchorLabels.isEqual(to: labels.slice(columns))
          let isItself = try anchorIndices.isEqual(to: indices.slice(columns))
          var counts = try sameClass ? isOfOneClass.and(isItself.not()) : isOfOneClass.not()
          if let limits {
            counts = try counts.and(limits.lower.isLess(than: distances))
              .and(distances.isLess(than: limits.upper))
          }
          let keys = try (distances * sign).replacing(with: .infinity, where: counts.not())
          let places = try keys.argmin(axis: 1)
          let key = try keys.gather(places.reshaped([-1, 1]), axis: 1).reshaped([-1])
          let isBetter = try key.isLess(than: best)
          best = try best.replacing(with: key, where: isBetter)
          bestIndices = try bestIndices.replacing(
            with: indices.slice(columns).select(places), where: isBetter)
        }
        let isMissing = try bestIndices.isLess(than: 0)
        return Found(
          indices: bestIndices,
          distances: try (best * sign).replacing(with: .infinity, where: isMissing))
      }
      return Found(
        indices: try .concatenate(found.map(\.indices)),
        distances: try .concatenate(found.map(\.distances)))
    }
  }
}
