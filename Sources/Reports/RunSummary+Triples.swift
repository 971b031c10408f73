import Foundation

extension RunSummary {
  /// Triples that the features order wrongly under a similarity: an anchor, its farthest mate, and a
  /// sample of another class that is nearer.
  public struct FailingTriples: Codable, Sendable {
    public struct Sample: Codable, Sendable {
      public var className: String
      /// A PNG of the picture, if it is one.
      public var picture: Data?

      public init(className: String, picture: Data?) {
        (self.className, self.picture) = (className, picture)
      }
    }

    public struct Triple: Codable, Sendable {
      public var anchor, mate, other: Sample
      public var mateSimilarity, otherSimilarity: Double

      public init(
        anchor: Sample, mate: Sample, other: Sample, mateSimilarity: Double,
        otherSimilarity: Double
      ) {
        (self.anchor, self.mate, self.other) = (anchor, mate, other)
        (self.mateSimilarity, self.otherSimilarity) = (mateSimilarity, otherSimilarity)
      }
    }

    /// "cosine", "distance".
    public var similarity: String
    /// The share of all triples that fail, 0...1.
    public var share: Double
    /// The worst first.
    public var triples: [Triple]

    public init(similarity: String, share: Double, triples: [Triple]) {
      (self.similarity, self.share, self.triples) = (similarity, share, triples)
    }
  }
}
