import Foundation

/// What every threshold does to scores of positives and negatives: the receiver operating characteristic
/// (ROC), and precision against recall.
///
/// A score at or above the threshold is accepted. The false accept rate is the share of negatives, the true
/// accept rate the share of positives that are; the false reject rate is what is missing of the latter.
///
/// Fawcett, "An introduction to ROC analysis", 2006; Davis, Goadrich, "The relationship between
/// precision-recall and ROC curves", 2006.
public struct RankingCurve: Sendable {
  /// The distinct scores, falling.
  public let thresholds: [Double]
  /// Positives and negatives with each of these scores.
  public let positives, negatives: [Int]
  public let positiveCount, negativeCount: Int

  /// - Throws: `EvaluationError` for counts that differ, a score that is not a number, or without a
  ///   positive or a negative.
  public init(scores: [Double], isPositive: [Bool]) throws {
    guard scores.count == isPositive.count else {
      throw EvaluationError(
        .data, "\(scores.count) scores and \(isPositive.count) labels do not fit")
    }
    if let index = scores.firstIndex(where: \.isNaN) {
      throw EvaluationError(.data, "score \(index) is not a number")
    }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (thresholds, positives, negatives) = ([Double](), [Int](), [Int]())
    for index in order {
      if thresholds.last != scores[index] {
        thresholds.append(scores[index])
        positives.append(0)
        negatives.append(0)
      }
      if isPositive[index] {
        positives[positives.count - 1] += 1
      } else {
        negatives[negatives.count - 1] += 1
      }
    }
    try self.init(thresholds: thresholds, positives: positives, negatives: negatives)
  }

  /// Of counts for each score.
  ///
  /// - Throws: `EvaluationError` without a positive or a negative.
  public init(thresholds: [Double], positives: [Int], negatives: [Int]) throws {
    precondition(thresholds.count == positives.count && positives.count == negatives.count)
    (self.thresholds, self.positives, self.negatives) = (thresholds, positives, negatives)
    positiveCount = positives.reduce(0, +)
    negativeCount = negatives.reduce(0, +)
    guard positiveCount > 0, negativeCount > 0 else {
      throw EvaluationError(
        .data,
        "there are \(positiveCount) positives and \(negativeCount) negatives; a curve needs both")
    }
  }

  /// A point of the curve: what a threshold accepts.
  public struct Point: Sendable, Codable, Equatable {
    public let threshold, falseAcceptRate, trueAcceptRate: Double

    public init(threshold: Double, falseAcceptRate: Double, trueAcceptRate: Double) {
      self.threshold = threshold
      self.falseAcceptRate = falseAcceptRate
      self.trueAcceptRate = trueAcceptRate
    }
  }

  /// The points from "accept nothing" (threshold +∞) to "accept all".
  public var points: [Point] {
    var (accepted, falselyAccepted) = (0, 0)
    return [Point(threshold: .infinity, falseAcceptRate: 0, trueAcceptRate: 0)]
      + thresholds.indices.map { i in
        accepted += positives[i]
        falselyAccepted += negatives[i]
        return Point(
          threshold: thresholds[i],
          falseAcceptRate: Double(falselyAccepted) / Double(negativeCount),
          trueAcceptRate: Double(accepted) / Double(positiveCount))
      }
  }

  /// The corners of the curve, at most about `count` of them, evenly chosen: for drawing.
  public func corners(_ count: Int = 500) -> [Point] {
    let all = points
    // Inside a straight run a point shows nothing.
    let corners = all.indices.filter { i in
      guard i > 0, i + 1 < all.count else { return true }
      let (a, b, c) = (all[i - 1], all[i], all[i + 1])
      let isHorizontal =
        a.trueAcceptRate == b.trueAcceptRate && b.trueAcceptRate == c.trueAcceptRate
      let isVertical =
        a.falseAcceptRate == b.falseAcceptRate && b.falseAcceptRate == c.falseAcceptRate
      return !isHorizontal && !isVertical
    }
    guard corners.count > count else { return corners.map { all[$0] } }
    // Half of them evenly along the curve, half evenly on the logarithm of the false accept rate,
    // where its beginning is.
    var chosen = Set<Int>([0, corners.count - 1])
    for k in 0..<count / 2 { chosen.insert(k * (corners.count - 1) / max(1, count / 2 - 1)) }
    let floor = 0.5 / Double(negativeCount)
    var next = floor
    let step = pow(1 / floor, 1 / Double(max(1, count / 2)))
    for (place, index) in corners.enumerated() where all[index].falseAcceptRate >= next {
      chosen.insert(place)
      while next <= all[index].falseAcceptRate { next *= step }
    }
    return chosen.sorted().map { all[corners[$0]] }
  }

  /// The area under the ROC: the probability that a positive has a higher score than a negative, equal
  /// scores counted by half.
  public var area: Double { Self.area(positives, negatives) }

  private static func area(_ positives: [Int], _ negatives: [Int]) -> Double {
    var (accepted, sum, negativeCount) = (0.0, 0.0, 0.0)
    for i in positives.indices {
      let (p, n) = (Double(positives[i]), Double(negatives[i]))
      sum += n * (accepted + p / 2)
      accepted += p
      negativeCount += n
    }
    return sum / (accepted * negativeCount)
  }

  /// The sum of precision over the steps of recall (average precision).
  public var averagePrecision: Double {
    var (accepted, all, sum) = (0.0, 0.0, 0.0)
    for i in positives.indices {
      accepted += Double(positives[i])
      all += Double(positives[i] + negatives[i])
      sum += Double(positives[i]) * accepted / all
    }
    return sum / Double(positiveCount)
  }

  /// Precision and recall at each threshold, falling.
  public var precisionRecall: [(threshold: Double, precision: Double, recall: Double)] {
    var (accepted, all) = (0.0, 0.0)
    return thresholds.indices.map { i in
      accepted += Double(positives[i])
      all += Double(positives[i] + negatives[i])
      return (thresholds[i], all == 0 ? 1 : accepted / all, accepted / Double(positiveCount))
    }
  }

  /// The largest F1, the harmonic mean of precision and recall, and the threshold that gives it; of
  /// several the highest.
  public var bestF1: (threshold: Double, f1: Double) {
    var (accepted, all) = (0, 0)
    var best = (threshold: Double.infinity, f1: 0.0)
    for i in thresholds.indices {
      accepted += positives[i]
      all += positives[i] + negatives[i]
      let f1 = 2 * Double(accepted) / Double(all + positiveCount)
      if f1 > best.f1 { best = (thresholds[i], f1) }
    }
    return best
  }

  /// The rate at which as many negatives are accepted as positives rejected, on the line between the
  /// two points next to it.
  public var equalErrorRate: Double { Self.equalError(positives, negatives).rate }

  /// The threshold there.
  public var equalErrorThreshold: Double {
    thresholds[min(Self.equalError(positives, negatives).index, thresholds.count - 1)]
  }

  private static func equalError(
    _ positives: [Int], _ negatives: [Int]
  ) -> (rate: Double, index: Int) {
    let (p, n) = (Double(positives.reduce(0, +)), Double(negatives.reduce(0, +)))
    var (accepts, rejects) = (0.0, 1.0)
    for i in positives.indices {
      let (nextAccepts, nextRejects) = (
        accepts + Double(negatives[i]) / n, rejects - Double(positives[i]) / p
      )
      if nextAccepts >= nextRejects {
        let slope = nextAccepts - accepts + rejects - nextRejects
        let share = slope == 0 ? 0 : (rejects - accepts) / slope
        return (accepts + share * (nextAccepts - accepts), i)
      }
      (accepts, rejects) = (nextAccepts, nextRejects)
    }
    return (.nan, 0)
  }

  /// Fewer than so many false accepts do not tell a rate.
  public static let leastFalseAccepts = 10

  /// Whether there are negatives enough to tell a false accept rate: 10 of them accepted.
  public func resolves(falseAcceptRate: Double) -> Bool {
    falseAcceptRate * Double(negativeCount) >= Double(Self.leastFalseAccepts) * (1 - 1e-9)
  }

  /// The lowest threshold whose false accept rate is at most the given one.
  public func point(falseAcceptRate: Double) -> Point {
    let index = Self.last(negatives, within: falseAcceptRate * Double(negativeCount))
    guard index >= 0 else {
      return Point(threshold: .infinity, falseAcceptRate: 0, trueAcceptRate: 0)
    }
    return Point(
      threshold: thresholds[index],
      falseAcceptRate: Double(negatives[...index].reduce(0, +)) / Double(negativeCount),
      trueAcceptRate: Double(positives[...index].reduce(0, +)) / Double(positiveCount))
  }

  /// The last place up to which at most so many negatives are accepted, −1 for none.
  private static func last(_ negatives: [Int], within limit: Double) -> Int {
    var sum = 0
    for i in negatives.indices {
      sum += negatives[i]
      if Double(sum) > limit * (1 + 1e-12) { return i - 1 }
    }
    return negatives.count - 1
  }
}

// MARK: Intervals

extension RankingCurve {
  /// A number of this curve, with the interval of drawing positives and negatives again.
  private func estimate(
    _ value: Double, _ resampling: Resampling, _ statistic: ([Int], [Int]) -> Double
  ) -> Estimate {
    let count = positives.count
    return Estimate(
      value,
      resampling.interval(positives + negatives) { drawn in
        statistic(Array(drawn[..<count]), Array(drawn[count...]))
      })
  }

  public func area(_ resampling: Resampling) -> Estimate {
    estimate(area, resampling, Self.area)
  }

  public func equalErrorRate(_ resampling: Resampling) -> Estimate {
    estimate(equalErrorRate, resampling) { Self.equalError($0, $1).rate }
  }

  /// The true accept rate at a false accept rate, with the threshold chosen anew in each draw; nil where
  /// the negatives are too few to tell.
  public func trueAcceptRate(
    atFalseAcceptRate rate: Double, _ resampling: Resampling
  ) -> Estimate? {
    guard resolves(falseAcceptRate: rate) else { return nil }
    return estimate(point(falseAcceptRate: rate).trueAcceptRate, resampling) {
      positives, negatives in
      let index = Self.last(negatives, within: rate * Double(negatives.reduce(0, +)))
      guard index >= 0 else { return 0 }
      return Double(positives[...index].reduce(0, +)) / Double(positives.reduce(0, +))
    }
  }

  /// The threshold for a false accept rate, with its interval.
  public func threshold(
    forFalseAcceptRate rate: Double, _ resampling: Resampling
  ) -> Estimate {
    estimate(point(falseAcceptRate: rate).threshold, resampling) { _, negatives in
      let index = Self.last(negatives, within: rate * Double(negatives.reduce(0, +)))
      return index >= 0 ? thresholds[index] : .infinity
    }
  }
}
