import Foundation

/// What the scores of each sample come to: enough for accuracies and for whether confidences can be believed,
/// in a memory that does not grow with the number of classes.
public struct SampleScores: Sendable {
  public let classCount: Int
  public private(set) var labels: [Int] = []
  /// The most probable class; of equal ones the first.
  public private(set) var predicted: [Int] = []
  /// How many classes come before the sample's own by their probability; of equal ones the lower class does.
  public private(set) var ranks: [Int] = []
  /// The probability of the predicted class.
  public private(set) var confidences: [Double] = []
  /// −log p of the sample's class.
  public private(set) var negativeLogLikelihoods: [Double] = []
  /// Σ_j (p_j − y_j)².
  public private(set) var brierScores: [Double] = []

  public var count: Int { labels.count }
  /// Whether the predicted class is the sample's own.
  public var isRight: [Bool] { zip(predicted, labels).map { $0 == $1 } }

  /// No samples yet.
  public init(classCount: Int) { self.classCount = classCount }

  public init(_ predictions: Predictions) {
    self.init(classCount: predictions.classCount)
    append(predictions)
  }

  /// Adds samples behind those that are there, so that the scores of very many classes need not be in memory
  /// all at once.
  ///
  /// - Precondition: They have scores of as many classes.
  public mutating func append(_ predictions: Predictions) {
    precondition(predictions.classCount == classCount)
    labels += predictions.labels
    predictions.logProbabilities.withUnsafeBufferPointer { values in
      for (sample, label) in predictions.labels.enumerated() {
        let row = UnsafeBufferPointer(
          rebasing: values[sample * classCount..<(sample + 1) * classCount])
        let own = row[label]
        var (best, before, squares) = (0, 0, 0.0)
        for (other, value) in row.enumerated() {
          if value > row[best] { best = other }
          if value > own || (value == own && other < label) { before += 1 }
          let difference = exp(Double(value)) - (other == label ? 1 : 0)
          squares += difference * difference
        }
        predicted.append(best)
        ranks.append(before)
        confidences.append(exp(Double(row[best])))
        negativeLogLikelihoods.append(-Double(own))
        brierScores.append(squares)
      }
    }
  }
}
