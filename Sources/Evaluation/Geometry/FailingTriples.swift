import Foundation

/// Triples that an embedding orders wrongly: an anchor that is nearer to a sample of another class than to one
/// of its own.
public struct FailingTriples: Sendable {
  /// An anchor, its farthest mate, and the nearest sample of another class.
  public struct Triple: Sendable, Equatable, Codable {
    public let anchor, mate, other: Int
    /// The similarities of the anchor to the two.
    public let mateSimilarity, otherSimilarity: Double
  }

  /// The share of all triples that fail, and of anchors with such a triple.
  public let share, anchorShare: Double
  /// The worst: those with most samples of other classes nearer than the mate.
  public let worst: [Triple]

  /// - Parameters:
  ///   - embeddings: Features with their classes.
  ///   - similarity: By which they are compared.
  ///   - mates: The ranks of the mates by the same similarity.
  ///   - count: How many triples to give.
  public init(
    _ embeddings: Embeddings, _ similarity: PairSimilarity, _ mates: MateRanks, count: Int = 12
  ) {
    let anchors = mates.ranks.indices.filter { !mates.ranks[$0].isEmpty }
    /// Samples of other classes that are nearer than a mate, over all mates.
    func failures(_ anchor: Int) -> Int {
      mates.ranks[anchor].enumerated().reduce(0) { $0 + $1.element - $1.offset - 1 }
    }
    var (failing, all, withFailure) = (0.0, 0.0, 0)
    for anchor in anchors {
      let others = mates.galleryCount - mates.ranks[anchor].count
      failing += Double(failures(anchor))
      all += Double(mates.ranks[anchor].count) * Double(others)
      if failures(anchor) > 0 { withFailure += 1 }
    }
    share = all > 0 ? failing / all : .nan
    anchorShare = anchors.isEmpty ? .nan : Double(withFailure) / Double(anchors.count)
    let embeddings = similarity == .cosine ? embeddings.normalized() : embeddings
    worst = anchors.filter { failures($0) > 0 }
      .sorted { (failures($1), $0) < (failures($0), $1) }.prefix(count).compactMap { anchor in
        var (mate, other) = ((-1, Double.infinity), (-1, -Double.infinity))
        for i in 0..<embeddings.count where i != anchor {
          let s = similarity(embeddings.row(anchor), embeddings.row(i))
          if embeddings.labels[i] == embeddings.labels[anchor] {
            if s < mate.1 { mate = (i, s) }
          } else if s > other.1 {
            other = (i, s)
          }
        }
        guard mate.0 >= 0, other.0 >= 0 else { return nil }
        return Triple(
          anchor: anchor, mate: mate.0, other: other.0, mateSimilarity: mate.1,
          otherSimilarity: other.1)
      }
  }
}
