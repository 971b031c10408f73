import LossKernels
import Torch

/// Where the samples of a query's own class, its mates, come in when a gallery is sorted by similarity.
///
/// Everything that retrieval and identification report follows from these ranks. They are computed in blocks
/// of queries, in the time of the matrix product and a memory of O(block · M).
public struct MateRanks: Sendable {
  /// For each query, the ranks of its mates, from 1 on, rising. Of equal similarities mates come last: a
  /// collapsed embedding finds nothing.
  public let ranks: [[Int]]
  /// The similarity of each query to the nearest of the gallery, and of its nearest mate (−∞ without).
  public let nearest, nearestMate: [Float]
  /// What a query is held against: M, less itself.
  public let galleryCount: Int

  /// Each sample as a query among all others.
  ///
  /// - Throws: `EvaluationError` for features that are not finite, or fewer than two samples.
  public init(_ embeddings: Embeddings, _ similarity: PairSimilarity = .cosine) throws {
    try self.init(queries: embeddings, gallery: nil, similarity)
  }

  /// Queries (probes) against a gallery.
  ///
  /// - Throws: `EvaluationError` for features that are not finite or of another dimension.
  public init(
    queries: Embeddings, gallery: Embeddings, _ similarity: PairSimilarity = .cosine
  ) throws {
    guard queries.dimension == gallery.dimension else {
      throw EvaluationError(
        .data,
        "queries have \(queries.dimension) features and the gallery \(gallery.dimension)")
    }
    try self.init(queries: queries, gallery: Optional(gallery), similarity)
  }

  private init(
    queries: Embeddings, gallery: Embeddings?, _ similarity: PairSimilarity
  ) throws {
    try queries.requireFinite()
    try gallery?.requireFinite()
    let isSame = gallery == nil
    let queries = similarity == .cosine ? queries.normalized() : queries
    let gallery =
      isSame ? queries : similarity == .cosine ? gallery!.normalized() : gallery!
    guard !queries.labels.isEmpty, gallery.count > (isSame ? 1 : 0) else {
      throw EvaluationError(.data, "there is nothing to hold a query against")
    }
    let (n, m, d) = (queries.count, gallery.count, queries.dimension)
    galleryCount = isSame ? m - 1 : m
    // Mates next to each other, so that the others are two runs.
    let order = gallery.labels.indices.sorted {
      (gallery.labels[$0], $0) < (gallery.labels[$1], $1)
    }
    var place = [Int](repeating: 0, count: m)
    for (k, index) in order.enumerated() { place[index] = k }
    let ranges = classRanges(order.map { gallery.labels[$0] }, in: 0..<m)
    let sorted = order.flatMap { gallery.row($0) }
    // −‖a − b‖² = 2·⟨a, b⟩ − ‖b‖² − ‖a‖², the last of which is the same for all of a query's gallery.
    let offsets: [Float]? =
      similarity == .euclidean
      ? (0..<m).map { k in sorted[k * d..<(k + 1) * d].reduce(0) { $0 + $1 * $1 } / 2 } : nil
    let x = try queries.tensor()
    let products = try ProductBlocks(x, Tensor(sorted, shape: [m, d]))
    var ranks = [[Int]](repeating: [], count: n)
    var nearest = [Float](repeating: -.infinity, count: n)
    var nearestMate = nearest
    let labels = queries.labels
    try ranks.withUnsafeMutableBufferPointer { ranks in
      try nearest.withUnsafeMutableBufferPointer { nearest in
        try nearestMate.withUnsafeMutableBufferPointer { nearestMate in
          // Each thread writes what belongs to its queries.
          nonisolated(unsafe) let (ranks, nearest, nearestMate) = (ranks, nearest, nearestMate)
          try products.forEachRow(0..<n) { _, query, line, _ in
            if let offsets {
              offsets.withUnsafeBufferPointer { for j in 0..<m { line[j] -= $0[j] } }
            }
            let own = isSame ? place[query] : nil
            let mates = ranges[labels[query]] ?? 0..<0
            let found = Self.rank(line, count: m, mates: mates, own: own)
            (ranks[query], nearest[query], nearestMate[query]) = found
          }
        }
      }
    }
    self.ranks = ranks
    guard similarity == .euclidean else {
      (self.nearest, self.nearestMate) = (nearest, nearestMate)
      return
    }
    func distances(_ scores: [Float]) -> [Float] {
      zip(scores, queries.norms()).map { score, norm in
        score == -.infinity ? score : -max(0, Float(norm * norm) - 2 * score).squareRoot()
      }
    }
    (self.nearest, self.nearestMate) = (distances(nearest), distances(nearestMate))
  }

  private static func rank(
    _ line: UnsafeMutablePointer<Float>, count: Int, mates: Range<Int>, own: Int?
  ) -> ([Int], Float, Float) {
    var scores = mates.filter { $0 != own }.map { line[$0] }
    scores.sort(by: >)
    var best = scores.first ?? -.infinity
    // Equal ones count as above: by the next smaller number as threshold.
    let thresholds = scores.map(\.nextDown)
    var above = [Int](repeating: 0, count: scores.count)
    for range in [0..<mates.lowerBound, mates.upperBound..<count] where !range.isEmpty {
      thresholds.withUnsafeBufferPointer { thresholds in
        above.withUnsafeMutableBufferPointer {
          RankCounts.add(
            line + range.lowerBound, count: range.count, thresholds: thresholds, to: $0)
        }
      }
      for k in range where line[k] > best { best = line[k] }
    }
    var sum = 0
    let ranks = above.enumerated().map { place, more in
      sum += more
      return sum + place + 1
    }
    return (ranks, best, scores.first ?? -.infinity)
  }
}
