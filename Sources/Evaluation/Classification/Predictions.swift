import Foundation

/// Scores of all classes for samples whose classes are known.
public struct Predictions: Sendable {
  public let classCount: Int
  /// log p [N·C], row-major.
  public let logProbabilities: [Float]
  /// The logits as they were given, or log p of probabilities.
  public let logits: [Float]
  public let labels: [Int]

  public var count: Int { labels.count }

  public enum Kind: String, Sendable {
    /// Any finite numbers: p is their softmax.
    case logits
    /// Not negative, and 1 in sum.
    case probabilities
  }

  /// What the probabilities of a sample may be off 1 in sum.
  public static let sumTolerance = 1e-3

  /// - Parameters:
  ///   - kind: What the values are.
  ///   - values: [N·C], row-major.
  ///   - classCount: C, at least 2.
  ///   - labels: [N], each in 0..<C.
  ///   - firstRow: What errors call the first row, where these are a block of more.
  /// - Throws: `EvaluationError` that names the first row that is not as it must be.
  public init(
    _ kind: Kind, _ values: [Float], classCount: Int, labels: [Int], firstRow: Int = 0
  ) throws {
    guard classCount >= 2 else {
      throw EvaluationError(.data, "there is \(classCount) class; a classifier has 2 or more")
    }
    guard !labels.isEmpty, values.count == labels.count * classCount else {
      throw EvaluationError(
        .data,
        "\(values.count / classCount) rows of \(kind.rawValue) and \(labels.count) labels do not fit"
      )
    }
    for (row, label) in labels.enumerated() where !(0..<classCount).contains(label) {
      throw EvaluationError(
        .data, "the label \(label) of row \(firstRow + row) is not one of the \(classCount) classes"
      )
    }
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw EvaluationError(
        .data,
        "row \(firstRow + place / classCount), class \(place % classCount): \(values[place]) is not a finite "
          + "number")
    }
    var result = values
    for row in labels.indices {
      let range = row * classCount..<(row + 1) * classCount
      switch kind {
      case .logits:
        let largest = Double(values[range].max()!)
        let sum = values[range].reduce(0.0) { $0 + exp(Double($1) - largest) }
        let offset = largest + log(sum)
        for i in range { result[i] = Float(Double(values[i]) - offset) }
      case .probabilities:
        if let i = range.first(where: { values[$0] < 0 }) {
          throw EvaluationError(
            .data,
            "row \(firstRow + row), class \(i % classCount): the probability \(values[i]) is negative"
          )
        }
        let sum = values[range].reduce(0.0) { $0 + Double($1) }
        guard abs(sum - 1) <= Self.sumTolerance else {
          throw EvaluationError(
            .data,
            "the probabilities of row \(firstRow + row) sum to \(sum), not to 1; give numbers that are no "
              + "probabilities as logits")
        }
        // The least positive number stands for 0, so that the loss of a surprise stays finite.
        for i in range {
          result[i] = Float(log(max(Double(values[i]) / sum, Double(Float.leastNonzeroMagnitude))))
        }
      }
    }
    (logProbabilities, self.classCount, self.labels) = (result, classCount, labels)
    logits = kind == .logits ? values : result
  }

  private init(_ whole: Predictions, _ indices: some Collection<Int>) {
    func rows(_ values: [Float]) -> [Float] {
      indices.flatMap { values[$0 * whole.classCount..<($0 + 1) * whole.classCount] }
    }
    classCount = whole.classCount
    (logProbabilities, logits) = (rows(whole.logProbabilities), rows(whole.logits))
    labels = indices.map { whole.labels[$0] }
  }

  /// log p of a sample's classes.
  public func row(_ sample: Int) -> ArraySlice<Float> {
    logProbabilities[sample * classCount..<(sample + 1) * classCount]
  }

  /// The probability of a class for each sample, in 0...1.
  public func probabilities(of label: Int) -> [Float] {
    labels.indices.map { min(1, exp(logProbabilities[$0 * classCount + label])) }
  }

  /// The samples at some places.
  public func select(_ indices: some Collection<Int>) -> Predictions { Predictions(self, indices) }

  /// The most probable class of each sample; of equal ones the first.
  public var predicted: [Int] {
    labels.indices.map { sample in
      let row = row(sample)
      return row.indices.max { (row[$0], $1) < (row[$1], $0) }! - row.startIndex
    }
  }

  /// The probability of the most probable class of each sample.
  public var confidences: [Double] {
    labels.indices.map { exp(Double(row($0).max()!)) }
  }

  /// Whether the most probable class of each sample is its own.
  public var isRight: [Bool] { zip(predicted, labels).map { $0 == $1 } }
}
