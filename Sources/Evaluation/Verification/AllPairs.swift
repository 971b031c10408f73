import LossKernels
import RandomNumbers
import Torch

/// The ROC of all pairs of a set: N · (N − 1) / 2 of them, in bounded memory.
///
/// Similarities are computed in blocks and counted in 65,536 equal bins of what can occur, so that a
/// threshold is known to a 65,536th of that. Cosines are counted by the distance of the unit vectors, so
/// that theirs is known to 3·10⁻⁵ · √(2 − 2·cos θ). Time is that of half the matrix product
/// X · Xᵀ and of the counting, which is small beside it for hundreds of features.
///
/// Pairs share samples, and are not independent: intervals come from leaving out one of up to 20 groups of
/// classes at a time (of samples, where there are fewer than 40 classes), the delete-a-group jackknife.
/// Kott, "The delete-a-group jackknife", 2001.
public struct AllPairs: Sendable {
  public let similarity: PairSimilarity
  /// Pairs of the same class, and of different ones.
  public var positiveCount: Int { curve.positiveCount }
  public var negativeCount: Int { curve.negativeCount }
  /// The ROC of all pairs.
  public let curve: RankingCurve
  /// The ROC without each group; empty where there are too few samples for groups.
  private let partial: [RankingCurve]
  /// The middle of each bin of scores, falling, and how many pairs of either kind are in it.
  public var histogram: (scores: [Double], positives: [Int], negatives: [Int]) {
    (curve.thresholds, curve.positives, curve.negatives)
  }

  static let binCount = 65_536

  /// - Parameters:
  ///   - embeddings: Features with their classes, all finite.
  ///   - similarity: What the pairs are scored by.
  ///   - groups: How many groups the intervals are from, at most; below 2 for no intervals.
  /// - Throws: `EvaluationError` for features that are not finite, or without pairs of either kind.
  public init(_ embeddings: Embeddings, _ similarity: PairSimilarity, groups: Int = 20) throws {
    try embeddings.requireFinite()
    self.similarity = similarity
    let counter = try PairCounter(
      similarity == .cosine ? embeddings.normalized() : embeddings, similarity, groups: groups)
    let (all, withGroup) = try counter.counts()
    func curve(_ counts: PairCounter.Counts<Int>) throws -> RankingCurve {
      // The lowest score of a bin is the threshold that accepts it; the highest bin comes first.
      let used = (0..<Self.binCount).reversed().filter {
        counts.positives[$0] > 0 || counts.negatives[$0] > 0
      }
      return try RankingCurve(
        thresholds: used.map(counter.threshold), positives: used.map { counts.positives[$0] },
        negatives: used.map { counts.negatives[$0] })
    }
    self.curve = try curve(all)
    partial =
      withGroup.count >= 2
      ? withGroup.compactMap { group in
        group.subtract(from: all)
        return try? curve(group)
      } : []
  }

  /// A rate or an area of the ROC, in 0...1, with its interval.
  public func estimate(_ statistic: (RankingCurve) -> Double) -> Estimate {
    let value = statistic(curve)
    let parts = partial.map(statistic).filter(\.isFinite)
    guard parts.count >= 2, parts.count == partial.count else { return Estimate(value) }
    let n = Double(parts.count)
    let mean = parts.reduce(0, +) / n
    let variance = parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * (n - 1) / n
    let spread = Estimate.studentQuantile(degrees: parts.count - 1) * variance.squareRoot()
    return Estimate(value, max(0, value - spread)...min(1, value + spread))
  }
}

/// Counts the scores of all pairs.
final class PairCounter {
  /// Counts of pairs by bins of their scores.
  final class Counts<Count: FixedWidthInteger> {
    let positives = UnsafeMutableBufferPointer<Count>.allocate(capacity: AllPairs.binCount)
    let negatives = UnsafeMutableBufferPointer<Count>.allocate(capacity: AllPairs.binCount)

    init() {
      positives.initialize(repeating: 0)
      negatives.initialize(repeating: 0)
    }

    deinit {
      positives.deallocate()
      negatives.deallocate()
    }
  }

  private let similarity: PairSimilarity
  private let dimension: Int
  /// Features, sorted by group and class.
  private let features: [Float]
  private let labels: [Int]
  /// The samples of each group, and in it the first of each class and the next after the last.
  private let groups: [Range<Int>]
  private let classRanges: [[Int: Range<Int>]]
  private let lowest, binsPerUnit: Float
  private let squares: [Float]

  init(_ embeddings: Embeddings, _ similarity: PairSimilarity, groups limit: Int) throws {
    self.similarity = similarity
    dimension = embeddings.dimension
    let byClass = indicesByClass(embeddings.labels).filter { !$0.isEmpty }
    var random = SplitMix64(1)
    // Groups of whole classes in a random order; of samples of every class where classes are few.
    let ofClasses = byClass.count >= 40
    let groupCount = max(1, min(limit, ofClasses ? byClass.count : embeddings.count / 4))
    var members = [[Int]](repeating: [], count: groupCount)
    for (place, indices) in byClass.shuffled(using: &random).enumerated() {
      if ofClasses {
        members[place % groupCount] += indices
      } else {
        for (k, index) in indices.shuffled(using: &random).enumerated() {
          members[(place + k) % groupCount].append(index)
        }
      }
    }
    let labels = embeddings.labels
    let order = members.flatMap { $0.sorted { (labels[$0], $0) < (labels[$1], $1) } }
    self.labels = order.map { labels[$0] }
    var first = 0
    groups = members.map { group in
      defer { first += group.count }
      return first..<first + group.count
    }
    let sorted = self.labels
    classRanges = groups.map { Evaluation.classRanges(sorted, in: $0) }
    features = order.flatMap { embeddings.row($0) }
    let dimension = embeddings.dimension
    squares = features.withUnsafeBufferPointer { x in
      order.indices.map { i in
        var sum: Float = 0
        for k in i * dimension..<(i + 1) * dimension { sum += x[k] * x[k] }
        return sum
      }
    }
    let largest = squares.max() ?? 0
    guard largest.isFinite else {
      throw EvaluationError(.data, "the squares of the features overflow; scale them down")
    }
    let range: (Float, Float) =
      switch similarity {
      case .cosine: (-2, 0)
      case .innerProduct: (-largest, largest)
      case .euclidean: (-2 * largest.squareRoot(), 0)
      }
    lowest = range.0
    binsPerUnit = Float(AllPairs.binCount) / max(range.1 - range.0, .leastNormalMagnitude)
  }

  /// The lowest score of a bin.
  func threshold(_ bin: Int) -> Double {
    let score = Double(lowest) + Double(bin) / Double(binsPerUnit)
    return similarity == .cosine ? 1 - score * score / 2 : score
  }

  /// The counts of all pairs, and of those with a sample of each group.
  func counts() throws -> (all: Counts<Int>, withGroup: [Counts<Int>]) {
    let n = labels.count
    let x = try Tensor(features, shape: [n, dimension])
    let products = try ProductBlocks(x, x)
    let (all, withGroup) = (Counts<Int>(), groups.map { _ in Counts<Int>() })
    for first in groups.indices {
      // Of a group with each from itself on, for each thread.
      nonisolated(unsafe) let counts = (0..<products.partCount).map { _ in
        groups[first...].map { _ in Counts<UInt32>() }
      }
      // Of each pair one, so only columns from the first row on.
      try products.forEachRow(groups[first], isTriangular: true) { part, row, line, columns in
        toScores(line, row, columns)
        for second in groups.indices[first...] {
          count(line, row, columns, second, counts[part][second - first])
        }
      }
      for second in groups.indices[first...] {
        for part in counts.indices {
          let cell = counts[part][second - first]
          cell.add(to: all)
          cell.add(to: withGroup[first])
          if second != first { cell.add(to: withGroup[second]) }
        }
      }
    }
    return (all, withGroup)
  }

  /// From products to what is counted: cosines by the distance of the unit vectors, which tells those
  /// near 1 apart, where the scores of tight classes are.
  private func toScores(_ line: UnsafeMutablePointer<Float>, _ row: Int, _ columns: Range<Int>) {
    switch similarity {
    case .innerProduct: break
    case .cosine:
      for k in 0..<columns.count { line[k] = -max(2 - 2 * line[k], 0).squareRoot() }
    case .euclidean:
      let own = squares[row]
      squares.withUnsafeBufferPointer { squares in
        for k in 0..<columns.count {
          let square = own + squares[columns.lowerBound + k] - 2 * line[k]
          line[k] = -max(square, 0).squareRoot()
        }
      }
    }
  }

  private func count(
    _ line: UnsafeMutablePointer<Float>, _ row: Int, _ columns: Range<Int>, _ group: Int,
    _ counts: Counts<UInt32>
  ) {
    // Of the samples behind this one.
    let range = max(groups[group].lowerBound, row + 1)..<max(groups[group].upperBound, row + 1)
    let same = (classRanges[group][labels[row]] ?? range.upperBound..<range.upperBound)
      .clamped(to: range)
    func add(_ range: Range<Int>, to bins: UnsafeMutableBufferPointer<UInt32>) {
      guard !range.isEmpty else { return }
      ScoreCounts.add(
        line + (range.lowerBound - columns.lowerBound), count: range.count, lowest: lowest,
        binsPerUnit: binsPerUnit, to: bins)
    }
    add(range.lowerBound..<same.lowerBound, to: counts.negatives)
    add(same, to: counts.positives)
    add(same.upperBound..<range.upperBound, to: counts.negatives)
  }
}

extension PairCounter.Counts {
  func add(to sum: PairCounter.Counts<Int>) {
    for i in 0..<AllPairs.binCount {
      sum.positives[i] += Int(positives[i])
      sum.negatives[i] += Int(negatives[i])
    }
  }

  /// Becomes what is left of the whole without it.
  func subtract(from whole: PairCounter.Counts<Count>) {
    for i in 0..<AllPairs.binCount {
      positives[i] = whole.positives[i] - positives[i]
      negatives[i] = whole.negatives[i] - negatives[i]
    }
  }
}
