import LossKernels
import Torch

/// Anchors and candidates in the order of their classes, and where the anchors are among the candidates.
struct PairSet {
  enum Magnitude {
    case ordinary
    /// There is an infinite number or NaN.
    case notFinite
    /// Squares of lengths may be infinite.
    case overflowing
  }

  /// [N, D].
  let anchors: Tensor
  /// [W, D]: M candidates, and zeros up to W, a multiple of 16.
  let candidates: Tensor
  /// Σ x² of each row.
  let anchorSquares, candidateSquares: [Float]
  let places: [PairTile.Place]
  /// Whether the candidates are the anchors and nothing else.
  let isSquare: Bool
  let candidateCount: Int
  /// The index in the batch of each anchor here.
  let anchorOrder: [Int]
  /// The place here of each anchor and candidate.
  let anchorPlaces, candidatePlaces: Tensor
  let magnitude: Magnitude

  var anchorCount: Int { anchorOrder.count }
  var width: Int { candidateSquares.count }
  var featureCount: Int { anchors.shape[1] }

  /// - Parameters:
  ///   - anchors: [N, D], float32.
  ///   - candidates: [M, D], of which the first N are the anchors; the anchors alone if nil.
  ///   - labels: [N].
  ///   - candidateLabels: [M].
  init(
    anchors: Tensor, candidates: Tensor?, labels: [Int64], candidateLabels: [Int64]
  ) throws {
    let (n, m, d) = (labels.count, candidateLabels.count, anchors.shape[1])
    isSquare = candidates == nil
    candidateCount = m
    let order = (0..<m).sorted { (candidateLabels[$0], $0) < (candidateLabels[$1], $1) }
    let anchorOrder = order.filter { $0 < n }
    self.anchorOrder = anchorOrder
    var sorted = try (candidates ?? anchors).select(Tensor(order.map(Int64.init)))
    // Rows that are a power of two apart would share few places in a cache.
    let rounded = (m + 15) & ~15
    let width = rounded % 512 == 0 ? rounded + 16 : rounded
    if width > m { sorted = try .concatenate([sorted, .zeros([width - m, d])]) }
    self.candidates = try sorted.contiguous()
    self.anchors =
      try isSquare
      ? self.candidates.slice(0..<n)
      : anchors.select(Tensor(anchorOrder.map(Int64.init))).contiguous()
    candidatePlaces = try Tensor(Self.inverse(order).map(Int64.init))
    anchorPlaces = try Tensor(Self.inverse(ofSome: anchorOrder, count: n).map(Int64.init))

    var places: [PairTile.Place] = []
    places.reserveCapacity(n)
    var lower = 0
    while lower < m {
      let label = candidateLabels[order[lower]]
      var upper = lower + 1
      while upper < m, candidateLabels[order[upper]] == label { upper += 1 }
      for own in lower..<upper where order[own] < n {
        places.append(PairTile.Place(own: own, classColumns: lower..<upper))
      }
      lower = upper
    }
    self.places = places

    let partCount = Runtime.threadCount
    let squares = try Self.squares(self.candidates, partCount)
    candidateSquares = squares
    anchorSquares = try isSquare ? Array(squares[..<n]) : Self.squares(self.anchors, partCount)
    let isOrdinary = squares.allSatisfy { $0 < 1e36 }
    magnitude =
      isOrdinary
      ? .ordinary : try self.candidates.isAllFinite() ? .overflowing : .notFinite
  }

  private static func squares(_ rows: Tensor, _ partCount: Int) throws -> [Float] {
    let (count, width) = (rows.shape[0], rows.shape[1])
    return try rows.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
      [Float](unsafeUninitializedCapacity: count) { result, initialized in
        PairTile.squares(
          of: elements.baseAddress!, rowCount: count, width: width, partCount: partCount,
          into: result.baseAddress!)
        initialized = count
      }
    }
  }

  private static func inverse(_ order: [Int]) -> [Int] {
    inverse(ofSome: order, count: order.count)
  }

  private static func inverse(ofSome order: [Int], count: Int) -> [Int] {
    var inverse = [Int](repeating: 0, count: count)
    for (place, index) in order.enumerated() { inverse[index] = place }
    return inverse
  }
}
