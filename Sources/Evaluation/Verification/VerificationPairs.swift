import RandomNumbers

/// Pairs of samples, of the same or of different classes, to be told apart by a threshold.
public struct VerificationPairs: Sendable {
  public struct Pair: Sendable, Equatable {
    public var first, second: Int
    public var isSame: Bool
    /// The part of the pairs that it is judged with, from 0.
    public var fold: Int

    public init(first: Int, second: Int, isSame: Bool, fold: Int) {
      (self.first, self.second, self.isSame, self.fold) = (first, second, isSame, fold)
    }
  }

  public let pairs: [Pair]
  public let foldCount: Int

  /// - Throws: `EvaluationError` for fewer than two folds, a fold without pairs, or pairs that are all
  ///   the same or all different.
  public init(_ pairs: [Pair]) throws {
    let counts = Dictionary(grouping: pairs, by: \.fold).mapValues(\.count)
    let foldCount = (counts.keys.max() ?? -1) + 1
    guard foldCount >= 2, counts.count == foldCount, counts.keys.allSatisfy({ $0 >= 0 }) else {
      throw EvaluationError(
        .data, "the pairs have \(counts.count) folds; there must be 2 or more, numbered from 0")
    }
    let sameCount = pairs.count(where: \.isSame)
    guard sameCount > 0, sameCount < pairs.count else {
      throw EvaluationError(
        .data,
        "\(sameCount) of \(pairs.count) pairs are of the same class; there must be both kinds")
    }
    (self.pairs, self.foldCount) = (pairs, foldCount)
  }

  /// Draws pairs from labelled samples, same and different ones in turn, for ten folds.
  ///
  /// - Parameters:
  ///   - labels: The classes of the samples, at least 0.
  ///   - count: The number of pairs, at least 20; one fewer if it is odd.
  ///   - seed: Of the draw.
  /// - Returns: nil if no class has two samples, or there is only one class.
  public init?(labels: [Int], count: Int = 6000, seed: UInt64 = 1) {
    var random = SplitMix64(seed)
    let byClass = indicesByClass(labels)
    let partnered = labels.indices.filter { byClass[labels[$0]].count > 1 }
    guard !partnered.isEmpty, byClass.count(where: { !$0.isEmpty }) > 1 else { return nil }
    precondition(count >= 20)
    var pairs: [Pair] = []
    for couple in 0..<count / 2 {
      let first = partnered.randomElement(using: &random)!
      var second = first
      while second == first { second = byClass[labels[first]].randomElement(using: &random)! }
      pairs.append(Pair(first: first, second: second, isSame: true, fold: couple % 10))
      let one = labels.indices.randomElement(using: &random)!
      var other = one
      while labels[other] == labels[one] { other = labels.indices.randomElement(using: &random)! }
      pairs.append(Pair(first: one, second: other, isSame: false, fold: couple % 10))
    }
    (self.pairs, foldCount) = (pairs, 10)
  }

  /// The similarity of each pair.
  public func scores(_ embeddings: Embeddings, _ similarity: PairSimilarity) -> [Double] {
    let embeddings = similarity == .cosine ? embeddings.normalized() : embeddings
    return pairs.map { similarity(embeddings.row($0.first), embeddings.row($0.second)) }
  }

  /// Which pairs are told apart, by folds: the threshold that is best on the other folds decides each, in
  /// turn.
  ///
  /// Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the Wild", 2007.
  ///
  /// - Parameter scores: Of each pair, larger for the more alike.
  public func decisions(_ scores: [Double]) -> Decisions {
    precondition(scores.count == pairs.count)
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var isRight = [Bool](repeating: false, count: pairs.count)
    let thresholds = (0..<foldCount).map { held in
      let threshold = bestThreshold(order.filter { pairs[$0].fold != held }, scores)
      for i in scores.indices where pairs[i].fold == held {
        isRight[i] = (scores[i] > threshold) == pairs[i].isSame
      }
      return threshold
    }
    let shares = (0..<foldCount).map { fold in
      let members = pairs.indices.filter { pairs[$0].fold == fold }
      return Double(members.count { isRight[$0] }) / Double(members.count)
    }
    return Decisions(isRight: isRight, foldAccuracies: shares, thresholds: thresholds)
  }

  /// What became of the pairs.
  public struct Decisions: Sendable {
    /// Whether each pair was told apart.
    public let isRight: [Bool]
    /// The share of pairs told apart in each fold, and the threshold it was judged by.
    public let foldAccuracies, thresholds: [Double]

    /// The mean over the folds; the interval takes them as independent.
    public var accuracy: Estimate { .mean(foldAccuracies) }
  }

  /// The threshold above which pairs are called the same with the fewest mistakes: halfway between
  /// two neighbouring scores.
  private func bestThreshold(_ order: [Int], _ scores: [Double]) -> Double {
    // Below all scores everything is called the same: the different ones are wrong.
    var mistakes = order.count { !pairs[$0].isSame }
    var best = (mistakes: mistakes, threshold: -Double.infinity)
    for (position, i) in order.enumerated() {
      mistakes += pairs[i].isSame ? 1 : -1
      let next = position + 1 < order.count ? scores[order[position + 1]] : .infinity
      guard next > scores[i], mistakes < best.mistakes else { continue }
      best = (mistakes, next == .infinity ? scores[i] : (scores[i] + next) / 2)
    }
    return best.threshold
  }
}
