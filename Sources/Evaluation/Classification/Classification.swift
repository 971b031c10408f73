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
  public let confusion: ConfusionMatrix
  /// One class against the rest, by its probability: for two classes of the second only. Of classes with
  /// samples inside and outside.
  public let curves: [(label: Int, curve: RankingCurve)]
  /// The mean of the areas under those curves.
  public let macroArea: Double

  /// - Parameters:
  ///   - predictions: Of the samples to judge by.
  ///   - top: The k of top-k accuracies; those above C − 1 are left out.
  ///   - resampling: For the interval of the balanced accuracy.
  public init(
    _ predictions: Predictions, top: [Int] = [5], resampling: Resampling = Resampling()
  ) throws {
    let (labels, classCount) = (predictions.labels, predictions.classCount)
    let isRight = predictions.isRight
    accuracy = .share(isRight.count { $0 }, of: labels.count)
    zeroOneLoss = .share(isRight.count { !$0 }, of: labels.count)
    confusion = ConfusionMatrix(
      labels: labels, predicted: predictions.predicted, classCount: classCount)
    // Of equal probabilities the lower class comes first.
    let ranks = labels.indices.map { sample in
      let row = predictions.row(sample)
      let own = row[row.startIndex + labels[sample]]
      return row.enumerated().count { $1 > own || ($1 == own && $0 < labels[sample]) }
    }
    topAccuracies = top.filter { (1..<classCount).contains($0) }.map { k in
      (k, .share(ranks.count { $0 < k }, of: ranks.count))
    }
    let scores = confusion.classScores
    let recalls = scores.filter { $0.count > 0 }.map(\.recall)
    let f1s = scores.map(\.f1).filter { !$0.isNaN }
    macroF1 = f1s.reduce(0, +) / Double(f1s.count)
    balancedAccuracy = Estimate(
      recalls.reduce(0, +) / Double(recalls.count),
      resampling.interval(Self.rightAndWrong(confusion)) { counts in
        let shares = stride(from: 0, to: counts.count, by: 2).compactMap { i -> Double? in
          let total = counts[i] + counts[i + 1]
          return total == 0 ? nil : Double(counts[i]) / Double(total)
        }
        return shares.reduce(0, +) / Double(shares.count)
      })
    negativeLogLikelihood = .mean(
      labels.indices.map { -Double(predictions.row($0)[$0 * classCount + labels[$0]]) })
    curves = try (classCount == 2 ? [1] : Array(0..<classCount)).compactMap { label in
      guard (1..<labels.count).contains(scores[label].count) else { return nil }
      return (
        label,
        try RankingCurve(
          scores: labels.indices.map { Double(predictions.row($0)[$0 * classCount + label]) },
          isPositive: labels.map { $0 == label })
      )
    }
    macroArea = curves.reduce(0) { $0 + $1.curve.area } / Double(curves.count)
  }

  /// Right and wrong predictions of each class that has samples.
  private static func rightAndWrong(_ confusion: ConfusionMatrix) -> [Int] {
    confusion.classScores.filter { $0.count > 0 }.flatMap { score in
      let right = confusion[score.label, score.label]
      return [right, score.count - right]
    }
  }
}
