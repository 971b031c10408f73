import RandomNumbers

/// How alike two feature vectors are.
public enum PairSimilarity: String, Sendable, CaseIterable {
  /// cos θ.
  case cosine
  /// −‖a − b‖.
  case euclidean
  /// ⟨a, b⟩.
  case innerProduct = "inner-product"
}

/// Pairs of samples, half of them of the same class, to be told apart by a threshold.
public struct VerificationPairs: Sendable {
  public struct Pair: Sendable {
    public var first, second: Int
    public var isSame: Bool
  }

  /// In an order in which every tenth part has as many same as different pairs.
  public let pairs: [Pair]

  /// Draws pairs from labelled samples: same and different ones in turn.
  ///
  /// - Parameters:
  ///   - labels: The classes of the samples, at least 0.
  ///   - count: The number of pairs; one fewer if it is odd.
  ///   - seed: Of the draw.
  /// - Returns: nil if no class has two samples, or there is only one class.
  public init?(labels: [Int], count: Int = 6000, seed: UInt64 = 1) {
    var random = SplitMix64(seed)
    let byClass = indicesByClass(labels)
    let partnered = labels.indices.filter { byClass[labels[$0]].count > 1 }
    guard !partnered.isEmpty, byClass.count(where: { !$0.isEmpty }) > 1 else { return nil }
    var pairs: [Pair] = []
    for _ in 0..<count / 2 {
      let first = partnered.randomElement(using: &random)!
      var second = first
      while second == first { second = byClass[labels[first]].randomElement(using: &random)! }
      pairs.append(Pair(first: first, second: second, isSame: true))
      let one = labels.indices.randomElement(using: &random)!
      var other = one
      while labels[other] == labels[one] { other = labels.indices.randomElement(using: &random)! }
      pairs.append(Pair(first: one, second: other, isSame: false))
    }
    self.pairs = pairs
  }

  /// The similarity of each pair.
  public func scores(_ embeddings: Embeddings, _ similarity: PairSimilarity) -> [Double] {
    let embeddings = similarity == .cosine ? embeddings.normalized() : embeddings
    return pairs.map { pair in
      let (a, b) = (embeddings.row(pair.first), embeddings.row(pair.second))
      return switch similarity {
      case .cosine, .innerProduct: zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      case .euclidean:
        -zip(a, b).reduce(0) { sum, pair in
          let difference = Double(pair.0) - Double(pair.1)
          return sum + difference * difference
        }.squareRoot()
      }
    }
  }

  /// The share of pairs told apart, by folds: the threshold that is best on nine tenths decides the
  /// remaining tenth, in turn. The interval is over the folds.
  public func accuracy(_ scores: [Double], folds: Int = 10) -> Estimate {
    precondition(scores.count == pairs.count && pairs.count >= 2 * folds)
    // Same and different pairs come in turn, so both of a couple go to one fold.
    func fold(_ i: Int) -> Int { i / 2 % folds }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    let shares = (0..<folds).map { held in
      let threshold = bestThreshold(order.filter { fold($0) != held }, scores)
      let members = scores.indices.filter { fold($0) == held }
      let right = members.count { (scores[$0] > threshold) == pairs[$0].isSame }
      return Double(right) / Double(members.count)
    }
    return .mean(shares)
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
