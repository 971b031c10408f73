import Foundation

/// How well classes are predicted.
public struct Classification: Sendable {
  /// The share of samples whose class is the most probable, and the share for which it is not: the 0-1
  /// loss.
  public let accuracy, zeroOneLoss: Estimate
  /// The share of samples whose class is among the k most probable, for each k asked for.
  public let topAccuracies: [(k: Int, share: Estimate)]
  /// The mean recall of the classes that have samples.
  public let balancedAccuracy: Estimate
  /// The mean F1 of the classes that have samples or predictions.
  public let macroF1: Double
  /// −log p of the samples' classes, the mean.
  public let negativeLogLikelihood: Estimate
  /// Each class by what is predicted for it.
  public let classScores: [ConfusionMatrix.ClassScore]
  /// nil for more than `largestConfusion` classes.
  public let confusion: ConfusionMatrix?
  /// The area under the ROC of one class against the rest, by its probability: for two classes of the second
  /// only. Of classes with samples inside and outside; empty without the scores of all classes.
  public let areas: [(label: Int, area: Double)]
  /// The mean of those areas.
  public let macroArea: Double

  /// So many classes have a confusion matrix, of as many numbers squared.
  public static let largestConfusion = 1_000

  /// - Parameters:
  ///   - predictions: Of the samples to judge by.
  ///   - top: The k of top-k accuracies; those above C − 1 are left out.
  ///   - resampling: For the interval of the balanced accuracy.
  public init(
    _ predictions: Predictions, top: [Int] = [5], resampling: Resampling = Resampling()
  ) throws {
    try self.init(SampleScores(predictions), predictions, top: top, resampling: resampling)
  }

  /// Without areas, which need the scores of all classes for all samples.
  public init(
    _ scores: SampleScores, top: [Int] = [5], resampling: Resampling = Resampling()
  ) throws {
    try self.init(scores, nil, top: top, resampling: resampling)
  }

  private init(
    _ scores: SampleScores, _ predictions: Predictions?, top: [Int], resampling: Resampling
  ) throws {
    guard scores.count > 0 else { throw EvaluationError(.data, "there are no samples") }
    let (labels, classCount, isRight) = (scores.labels, scores.classCount, scores.isRight)
    accuracy = .share(isRight.count { $0 }, of: labels.count)
    zeroOneLoss = .share(isRight.count { !$0 }, of: labels.count)
    topAccuracies = top.filter { (1..<classCount).contains($0) }.map { k in
      (k, .share(scores.ranks.count { $0 < k }, of: labels.count))
    }
    var counts = [(all: Int, predicted: Int, right: Int)](repeating: (0, 0, 0), count: classCount)
    for (label, prediction) in zip(labels, scores.predicted) {
      counts[label].all += 1
      counts[prediction].predicted += 1
      if label == prediction { counts[label].right += 1 }
    }
    classScores = counts.enumerated().map { label, count in
      ConfusionMatrix.ClassScore(
        label: label, count: count.all, predicted: count.predicted, right: count.right)
    }
    confusion =
      classCount <= Self.largestConfusion
      ? ConfusionMatrix(labels: labels, predicted: scores.predicted, classCount: classCount) : nil
    let recalls = classScores.filter { $0.count > 0 }.map(\.recall)
    let f1s = classScores.map(\.f1).filter { !$0.isNaN }
    macroF1 = f1s.reduce(0, +) / Double(f1s.count)
    let rightAndWrong = counts.filter { $0.all > 0 }.flatMap { [$0.right, $0.all - $0.right] }
    balancedAccuracy = Estimate(
      recalls.reduce(0, +) / Double(recalls.count),
      resampling.interval(rightAndWrong) { counts in
        let shares = stride(from: 0, to: counts.count, by: 2).compactMap { i -> Double? in
          let total = counts[i] + counts[i + 1]
          return total == 0 ? nil : Double(counts[i]) / Double(total)
        }
        return shares.reduce(0, +) / Double(shares.count)
      })
    negativeLogLikelihood = .mean(scores.negativeLogLikelihoods)
    let judged = classCount == 2 ? 1..<2 : 0..<classCount
    areas = try judged.filter { (1..<labels.count).contains(counts[$0].all) }.compactMap { label in
      try predictions.map { predictions in
        (
          label,
          try RankingCurve(
            scores: labels.indices.map { Double(predictions.row($0)[$0 * classCount + label]) },
            isPositive: labels.map { $0 == label }
          ).area
        )
      }
    }
    macroArea = areas.reduce(0) { $0 + $1.area } / Double(areas.count)
  }
}
