/// How well samples find the others of their class.
///
/// Musgrave, Belongie, Lim, "A metric learning reality check", 2020, for R-precision and MAP@R.
public struct Retrieval: Sendable {
  /// Queries with a mate; those without are left out.
  public let queryCount, withoutMateCount: Int
  /// The share of queries with a mate among the k nearest. Recall@1 is the accuracy of the nearest
  /// neighbour.
  public let recalls: [(k: Int, share: Estimate)]
  /// The share of mates among the R nearest, where R is the number of mates: the mean over queries.
  public let rPrecision: Estimate
  /// 1/R · Σ_{i=1..R} (precision among the i nearest, where the i-th is a mate, else 0): the mean over
  /// queries.
  public let meanAveragePrecisionAtR: Estimate

  /// - Parameters:
  ///   - mates: The ranks of the queries' mates.
  ///   - labels: The classes of the queries: intervals are from drawing classes again, since the queries of
  ///     a class have their mates in common; where there are fewer than 10 classes, queries.
  ///   - k: Of Recall@k.
  ///   - resampling: For the intervals.
  /// - Throws: `EvaluationError` if no query has a mate.
  public init(
    _ mates: MateRanks, labels: [Int], recallAt k: [Int] = [1, 2, 4, 8],
    resampling: Resampling = Resampling()
  ) throws {
    let queries = mates.ranks.indices.filter { !mates.ranks[$0].isEmpty }
    guard !queries.isEmpty else {
      throw EvaluationError(
        .data, "no sample has another of its class to find")
    }
    queryCount = queries.count
    withoutMateCount = mates.ranks.count - queries.count
    let grouped = Dictionary(grouping: queries) { labels[$0] }
    let groups =
      grouped.count >= 10
      ? grouped.sorted { $0.key < $1.key }.map(\.value) : queries.map { [$0] }
    func mean(_ value: (Int) -> Double) -> Estimate {
      let sums = groups.map { group in group.reduce(0) { $0 + value($1) } }
      let ones = [Int](repeating: 1, count: groups.count)
      func mean(_ counts: [Int]) -> Double {
        var (sum, count) = (0.0, 0)
        for (k, group) in groups.enumerated() {
          sum += Double(counts[k]) * sums[k]
          count += counts[k] * group.count
        }
        return sum / Double(count)
      }
      return Estimate(mean(ones), resampling.interval(ones, mean))
    }
    recalls = k.filter { $0 <= mates.galleryCount }.map { k in
      (k, mean { mates.ranks[$0][0] <= k ? 1 : 0 })
    }
    rPrecision = mean { query in
      let ranks = mates.ranks[query]
      return Double(ranks.count { $0 <= ranks.count }) / Double(ranks.count)
    }
    meanAveragePrecisionAtR = mean { query in
      let ranks = mates.ranks[query]
      var sum = 0.0
      for (place, rank) in ranks.enumerated() where rank <= ranks.count {
        sum += Double(place + 1) / Double(rank)
      }
      return sum / Double(ranks.count)
    }
  }
}
