import Foundation
import Reports

/// What an evaluation finds of a run, worked out from normal distributions: the same everywhere.
extension SampleRuns {
  /// The share of a normal distribution above `threshold`.
  private static func above(_ threshold: Double, _ mean: Double, _ deviation: Double) -> Double {
    0.5 * erfc((threshold - mean) / deviation / 2.0.squareRoot())
  }

  /// Pairs whose scores are normal; `distance` is between the means of both kinds.
  static func separation(
    distance: Double, positives: Int = 6_000, negatives: Int = 54_000
  ) -> RunSummary.Separation {
    let (low, high) = ((mean: 0.05, deviation: 0.13), (mean: 0.05 + distance, deviation: 0.14))
    func rate(_ threshold: Double, _ side: (mean: Double, deviation: Double), _ count: Int)
      -> Double
    {
      // As counted: whole pairs.
      (above(threshold, side.mean, side.deviation) * Double(count)).rounded() / Double(count)
    }
    let thresholds = Array(stride(from: 1.2, through: -0.6, by: -0.005))
    let points = thresholds.map {
      RunSummary.Point(x: rate($0, low, negatives), y: rate($0, high, positives))
    }
    let equal = points.min { abs($0.x - 1 + $0.y) < abs($1.x - 1 + $1.y) }
    let edges = stride(from: -0.6, through: 1.3, by: 0.025).map { $0 }
    func histogram(_ side: (mean: Double, deviation: Double), _ count: Int) -> RunSummary.Histogram
    {
      let counts = zip(edges, edges.dropFirst()).map {
        let share = above($0, side.mean, side.deviation) - above($1, side.mean, side.deviation)
        return Int((share * Double(count)).rounded())
      }
      return .init(edges: edges, counts: counts)
    }
    let chosen = thresholds.last { rate($0, low, negatives) <= 0.001 } ?? 0.5
    return .init(
      score: "cosine", positives: positives, negatives: negatives, rates: points,
      equalErrorRate: equal.map { ($0.x + 1 - $0.y) / 2 },
      positiveScores: histogram(high, positives), negativeScores: histogram(low, negatives),
      threshold: chosen, thresholdNote: "at a false accept rate of 0.1 %")
  }

  /// Fifteen bins of answers that are right less often than they claim, by `excess`.
  static func reliability(_ title: String, excess: Double, count: Double = 10_000)
    -> RunSummary.Reliability
  {
    let bins = (0..<15).map { index -> RunSummary.Reliability.Bin in
      let (lower, upper) = (Double(index) / 15, Double(index + 1) / 15)
      let middle = index == 14 ? 0.992 : (lower + upper) / 2
      let number = index < 2 ? 0 : Int(count * pow(0.52, Double(14 - index)) / 2)
      let wobble = 0.06 * sin(Double(index) * 2.3) / max(Double(number), 1).squareRoot() * 5
      let accuracy = middle - excess * 4 * middle * (1 - middle) - excess * 0.12 + wobble
      return .init(
        lower: lower, upper: upper, count: number, meanConfidence: middle,
        accuracy: min(max(accuracy, 0), 1))
    }
    return .init(title: title, bins: bins)
  }

  /// Each class is taken for a few that are like it.
  static func confusion(_ names: [String], each: Int = 1_000, errors: Double = 0.04)
    -> RunSummary.Confusion
  {
    let classes = names.count
    var generator = Generator(state: UInt64(classes))
    var counts = [Int](repeating: 0, count: classes * classes)
    for row in 0..<classes {
      var wrong = 0
      for step in 0..<6 where classes > 1 {
        let isNear = Double.random(in: 0..<1, using: &generator) < 0.6
        let shift = isNear ? 1 + step % 3 : Int.random(in: 1..<classes, using: &generator)
        let column = (row + max(shift % classes, 1)) % classes
        guard column != row else { continue }
        let share = errors * Double.random(in: 0...1, using: &generator) / Double(step + 1)
        let count = Int(share * Double(each))
        counts[row * classes + column] += count
        wrong += count
      }
      counts[row * classes + row] += each - wrong
    }
    return .init(classNames: names, counts: counts)
  }

  static func angles(within: Double, between: Double) -> RunSummary.Angles {
    func histogram(_ mean: Double, _ deviation: Double) -> RunSummary.Histogram {
      let edges = (0...90).map { Double($0) * 2 }
      let counts = zip(edges, edges.dropFirst()).map {
        Int((above($0, mean, deviation) - above($1, mean, deviation)) * 50_000)
      }
      return .init(edges: edges, counts: counts)
    }
    return .init(within: histogram(within, within / 3), between: histogram(between, 9))
  }

  /// A run with all that an evaluation finds.
  static func judged(
    _ run: RunSummary, distance: Double, excess: Double, names: [String] = digits
  ) -> RunSummary {
    var run = run
    run.separation = separation(distance: distance)
    run.scores = .init(
      reliability: reliability("as trained", excess: excess),
      calibrated: reliability("temperature 1.62", excess: 0.01),
      confusion: confusion(names, errors: 0.1 - distance / 10))
    run.angles = angles(within: 60 - 55 * distance, between: 84)
    return run
  }

  /// Three losses with three features, pictures, and everything that can be judged.
  static let everything: Report = {
    let pictures = SamplePictures.sprite(count: 10_000, side: 16, columns: 100)
    let runs = [("Softmax", 0.35, 0.5), ("CosFace", 0.16, 0.68), ("ArcFace", 0.14, 0.7)].map {
      title, noise, distance -> RunSummary in
      var run = judged(
        spatial(title, dimension: 3, noise: noise, count: 10_000), distance: distance,
        excess: 0.3 - distance / 4)
      run.features?.pictures = pictures
      // As the comparisons below have it.
      run.metrics[0].value = title == "ArcFace" ? 98.92 : title == "CosFace" ? 98.53 : 98.31
      return run
    }
    func comparison(
      _ a: String, _ b: String, _ difference: Double, _ half: Double, _ p: Double,
      metric: String = "Pairs found at one false accept in 1,000"
    ) -> Comparison {
      Comparison(
        metric: metric, runA: a, runB: b, difference: difference, lower: difference - half,
        upper: difference + half, pValue: p, isCertain: p < 0.05, unit: "%")
    }
    return Report(
      title: "Three losses on handwritten digits", runs: runs, classNames: digits,
      comparisons: [
        comparison("ArcFace", "Softmax", 21.4, 1.2, 1e-5),
        comparison("CosFace", "Softmax", 20.6, 1.2, 1e-5),
        comparison("ArcFace", "CosFace", 0.8, 0.9, 0.09),
        comparison("ArcFace", "Softmax", 0.61, 0.2, 1e-5, metric: "test accuracy"),
        comparison("CosFace", "Softmax", 0.22, 0.2, 0.03, metric: "test accuracy"),
        comparison("ArcFace", "CosFace", 0.39, 0.2, 0.002, metric: "test accuracy"),
      ], facts: facts)
  }()

  static let words = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
}
