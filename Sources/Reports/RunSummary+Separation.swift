extension RunSummary {
  /// How many values fell between edges.
  public struct Histogram: Codable, Sendable {
    /// Bounds of the bins, ascending: one more than `counts`.
    public var edges: [Double]
    public var counts: [Int]

    public init(edges: [Double], counts: [Int]) {
      self.edges = edges
      self.counts = counts
    }
  }

  /// How the scores of pairs tell the same class from different ones.
  public struct Separation: Codable, Sendable {
    /// What a score is: `cosine`.
    public var score: String
    /// Pairs of the same class.
    public var positives: Int
    /// Pairs of different classes. A false accept rate below 10 / `negatives` rests on fewer than
    /// ten pairs; figures shade it as not resolvable.
    public var negatives: Int
    /// The operating curve: `x` is the false accept rate, `y` the true accept rate, both 0 to 1.
    public var rates: [Point]
    /// The rate at which false accepts and false rejects are equal, 0 to 1.
    public var equalErrorRate: Double?
    public var positiveScores: Histogram?
    public var negativeScores: Histogram?
    /// The score from which on a pair counts as the same class.
    public var threshold: Double?
    /// Where the threshold comes from: `at a false accept rate of 0.1 %`.
    public var thresholdNote: String?

    public init(
      score: String = "cosine", positives: Int, negatives: Int, rates: [Point],
      equalErrorRate: Double? = nil, positiveScores: Histogram? = nil,
      negativeScores: Histogram? = nil, threshold: Double? = nil, thresholdNote: String? = nil
    ) {
      self.score = score
      self.positives = positives
      self.negatives = negatives
      self.rates = rates
      self.equalErrorRate = equalErrorRate
      self.positiveScores = positiveScores
      self.negativeScores = negativeScores
      self.threshold = threshold
      self.thresholdNote = thresholdNote
    }
  }

  /// Angles between features, in degrees, 0 to 180.
  public struct Angles: Codable, Sendable {
    /// Between examples of the same class, or to the centre of the own class.
    public var within: Histogram
    /// Between examples of different classes, or to the centres of others.
    public var between: Histogram

    public init(within: Histogram, between: Histogram) {
      self.within = within
      self.between = between
    }
  }
}

extension RunSummary.Histogram {
  /// Why this cannot be drawn, or nil if it can.
  var problem: String? {
    if edges.count != counts.count + 1 || counts.isEmpty {
      return "\(Markup.count(counts.count, "count")) for \(Markup.count(edges.count, "edge"))"
    }
    let isAscending = zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
    guard edges.allSatisfy(\.isFinite), isAscending, edges[edges.count - 1] - edges[0] < .infinity
    else { return "the edges do not ascend" }
    if counts.contains(where: { $0 < 0 }) { return "a count is negative" }
    return total > 0 ? nil : "all counts are 0"
  }

  var total: Double { counts.reduce(0) { $0 + Double($1) } }

  /// Where half of the values lie below, taken as spread evenly within their bin.
  var median: Double {
    var rest = total / 2
    for (bin, count) in counts.enumerated() {
      if Double(count) >= rest, count > 0 {
        return edges[bin] + (edges[bin + 1] - edges[bin]) * rest / Double(count)
      }
      rest -= Double(count)
    }
    return edges.last ?? 0
  }
}
