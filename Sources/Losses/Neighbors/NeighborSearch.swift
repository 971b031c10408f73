import LossKernels
import Torch

/// One search for nearest neighbours, in blocks.
final class NeighborSearch {
  private let measure: NearestNeighbors.Measure
  private let count: Int
  private let takesFarthest: Bool
  /// What the candidates are called.
  private let names: [Int64]
  /// As they were given [Q, D] and [M, D]; the queries are the candidates if those are nil.
  private let queries: Tensor
  private let candidates: Tensor?
  private let partCount = Runtime.threadCount

  var queryCount: Int { queries.shape[0] }
  private var candidateCount: Int { (candidates ?? queries).shape[0] }

  /// - Parameters:
  ///   - takesFarthest: Whether the farthest are looked for, in the place of the nearest.
  ///   - names: What the candidates are called in the results, and by which the first of equals is known;
  ///     their indices if nil.
  /// - Throws: `LossError` for what cannot be searched.
  init(
    _ queries: Tensor, among candidates: Tensor?, _ measure: NearestNeighbors.Measure, count: Int,
    takesFarthest: Bool = false, names: [Int64]? = nil
  ) throws {
    for (name, tensor) in [("queries", queries), ("features", candidates ?? queries)] {
      guard tensor.dtype == .float32, tensor.device == .cpu else {
        throw LossError(
          .data,
          "the \(name) must be float32 on the CPU, not "
            + "\(tensor.dtype.map(\.description) ?? "of another type") on \(tensor.device.name)")
      }
      guard tensor.rank == 2, tensor.count > 0 else {
        throw LossError(.data, "the \(name) are \(tensor.shape), not rows of numbers [N, D]")
      }
      guard try tensor.isAllFinite() else {
        throw LossError(.data, "the \(name) have an infinite number or NaN: they have no distances")
      }
      guard tensor.shape[1] == queries.shape[1], tensor.shape[0] < Int(Int32.max) else {
        throw LossError(
          .data, "the queries \(queries.shape) and \(name) \(tensor.shape) do not fit")
      }
    }
    self.queries = try queries.detached().contiguous()
    self.candidates = try candidates?.detached().contiguous()
    self.measure = measure
    self.count = count
    self.takesFarthest = takesFarthest
    self.names = names ?? (0..<Int64((candidates ?? queries).shape[0])).map { $0 }
  }

  /// Rows to multiply, filled up with zeros to a multiple of 16.
  private struct Rows {
    let elements: Tensor
    let count: Int
    /// Lengths, and what the products with each are taken down by; infinite for filling.
    let lengths, offsets: [Float]
    var width: Int { offsets.count }
  }

  private func rows(_ tensor: Tensor) throws -> Rows {
    let (n, d) = (tensor.shape[0], tensor.shape[1])
    let rows = try measure == .cosine ? tensor.unitRows().contiguous() : tensor
    let width = (n + 15) & ~15
    let squares = try (rows.to(.float64) * rows.to(.float64)).sum(axis: 1).elements(Double.self)
    let isDistance = measure == .euclidean || measure == .squaredEuclidean
    return Rows(
      elements: width == n ? rows : try .concatenate([rows, .zeros([width - n, d])]), count: n,
      lengths: squares.map { Float($0.squareRoot()).nextUp },
      offsets: squares.map { isDistance ? Float(takesFarthest ? -$0 / 2 : $0 / 2) : 0 }
        + [Float](repeating: .infinity, count: width - n))
  }

  /// The indices [Q, k] and float64 keys [Q, k] (the smaller, the nearer) of the neighbours.
  ///
  /// - Parameter exclusions: For each query what is none. If the candidates are the queries, each is
  ///   excluded where it excludes.
  func run(
    excluding exclusions: [NeighborLists.Exclusion]
  ) throws -> (indices: [Int64], keys: [Double]) {
    // Not worth a choice.
    guard queryCount * candidateCount > 1 << 14 else { return try exact(nil, exclusions) }
    let own = try withoutGradients { try rows(queries) }
    let others = try withoutGradients { try candidates.map(rows) } ?? own
    let longest = others.lengths.max()!
    // Their squares would be infinite.
    guard longest < 1e18, own.lengths.max()! < 1e18 else { return try exact(nil, exclusions) }
    // Of a product of D terms, of unit vectors if need be, and of the offset.
    let unit = Float.ulpOfOne / 2
    let relative = unit * Float(queries.shape[1] + (measure == .cosine ? 10 : 2)) * 1.01
    let slacks = own.lengths.map {
      2 * (relative * $0 * longest + 2 * unit * longest * longest + .leastNormalMagnitude)
    }
    let lists = NeighborLists(
      slacks: slacks, queryCount: own.width, count: min(count, others.count), partCount: partCount)
    try scan(own, others, lists, exclusions)
    return try exact(lists, exclusions)
  }

  private static let (blockRows, blockColumns) = (2048, 4096)

  private func scan(
    _ own: Rows, _ others: Rows, _ lists: NeighborLists, _ exclusions: [NeighborLists.Exclusion]
  ) throws {
    let isSquare = candidates == nil
    let scratch = try Tensor.uninitialized([
      min(Self.blockRows, own.count) * min(Self.blockColumns, others.width)
    ])
    for first in stride(from: 0, to: own.count, by: Self.blockRows) {
      let block = first..<min(first + Self.blockRows, own.count)
      // In a set with itself every pair of blocks is multiplied once, and seen from both sides.
      var start = isSquare ? first : 0
      while start < others.width {
        let end = min(
          isSquare && start == first ? first + Self.blockRows : start + Self.blockColumns,
          others.width)
        let columns = start..<end
        let tile = try scratch.slice(0..<block.count * columns.count)
          .reshaped([block.count, columns.count])
        let rows = try own.elements.slice(block)
        try (takesFarthest ? -rows : rows).multiply(
          others.elements.slice(columns).transposed(), into: tile)
        try tile.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
          exclusions.withUnsafeBufferPointer { exclusions in
            let exclusions = exclusions.baseAddress! + first
            lists.addRows(
              elements.baseAddress!, queries: block, candidates: columns, offsets: others.offsets,
              exclusions: exclusions)
            if isSquare, start > first {
              lists.addColumns(
                elements.baseAddress!, queries: columns, candidates: block, offsets: own.offsets,
                exclusions: exclusions)
            }
          }
        }
        start = end
      }
    }
  }

  private func exact(
    _ lists: NeighborLists?, _ exclusions: [NeighborLists.Exclusion]
  ) throws -> (indices: [Int64], keys: [Double]) {
    var indices = [Int64](repeating: -1, count: queryCount * count)
    var keys = [Double](repeating: .infinity, count: queryCount * count)
    let measure: ExactNeighbors.Measure =
      switch measure {
      case .euclidean, .squaredEuclidean: .squaredDistance
      case .cosine: .cosine
      case .innerProduct: .product
      }
    try queries.withUnsafeElements { (queries: UnsafeBufferPointer<Float>) in
      try (candidates ?? self.queries).withUnsafeElements {
        (candidates: UnsafeBufferPointer<Float>) in
        ExactNeighbors(
          measure, takesFarthest: takesFarthest, queries: queries.baseAddress!,
          candidates: candidates.baseAddress!, width: self.queries.shape[1], count: count
        ).find(
          lists, queryCount: queryCount, candidateCount: candidateCount, names: names,
          exclusions: exclusions, indices: &indices, keys: &keys, partCount: partCount)
      }
    }
    return (indices, keys)
  }
}
