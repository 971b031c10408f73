extension TensorBoard {
  /// What is found, and what rightly, at each of evenly spaced thresholds of a score.
  ///
  /// Threshold i is i / (n − 1); a sample counts as found where its score is at least the threshold.
  public struct PRCurve: Sendable, Equatable {
    public let truePositives, falsePositives, trueNegatives, falseNegatives: [Int]

    public var thresholdCount: Int { truePositives.count }

    /// TP / (TP + FP); 0 where nothing is found.
    public var precision: [Double] { Self.share(truePositives, falsePositives) }

    /// TP / (TP + FN); 0 where there is nothing to find.
    public var recall: [Double] { Self.share(truePositives, falseNegatives) }

    /// Counts, from the scores of samples and whether they are to be found.
    ///
    /// - Precondition: There are as many of both, scores are in 0...1, and `thresholdCount` is at
    ///   least 2.
    public init(scores: [Float], isPositive: [Bool], thresholdCount: Int = 201) {
      precondition(scores.count == isPositive.count && thresholdCount >= 2)
      let last = thresholdCount - 1
      func threshold(_ index: Int) -> Double { Double(index) / Double(last) }
      // The number of samples whose highest threshold that finds them is i.
      var positives = [Int](repeating: 0, count: thresholdCount)
      var negatives = positives
      for (score, isPositive) in zip(scores, isPositive) {
        precondition((0...1).contains(score))
        var index = Int(Double(score) * Double(last))
        // A product that was rounded may be one off.
        if threshold(index) > Double(score) { index -= 1 }
        if index < last, threshold(index + 1) <= Double(score) { index += 1 }
        if isPositive { positives[index] += 1 } else { negatives[index] += 1 }
      }
      func sumsFromEnd(_ counts: [Int]) -> [Int] {
        var sum = 0
        return counts.reversed().map { count in
          sum += count
          return sum
        }.reversed()
      }
      truePositives = sumsFromEnd(positives)
      falsePositives = sumsFromEnd(negatives)
      let (all, none) = (truePositives[0], falsePositives[0])
      falseNegatives = truePositives.map { all - $0 }
      trueNegatives = falsePositives.map { none - $0 }
    }

    private static func share(_ counts: [Int], _ others: [Int]) -> [Double] {
      zip(counts, others).map { count, other in Double(count) / Double(max(1, count + other)) }
    }
  }
}
