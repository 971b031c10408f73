/// How often a class is taken for another.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
  public let classCount: Int
  /// [C·C], row-major: the class down, the prediction across.
  public let counts: [Int]

  /// - Precondition: As many labels as predictions, each in 0..<`classCount`.
  public init(labels: [Int], predicted: [Int], classCount: Int) {
    precondition(labels.count == predicted.count)
    var counts = [Int](repeating: 0, count: classCount * classCount)
    for (label, prediction) in zip(labels, predicted) {
      counts[label * classCount + prediction] += 1
    }
    (self.classCount, self.counts) = (classCount, counts)
  }

  public subscript(label: Int, prediction: Int) -> Int { counts[label * classCount + prediction] }

  /// A class by what is predicted for it.
  public struct ClassScore: Sendable, Codable, Equatable {
    public let label: Int
    /// Samples of the class.
    public let count: Int
    /// The share of the predictions of the class that are right; NaN if there are none.
    public let precision: Double
    /// The share of the class's samples that are predicted; NaN if there are none.
    public let recall: Double
    /// Their harmonic mean, 2·TP / (2·TP + FP + FN); 0 where nothing is right.
    public let f1: Double

    init(label: Int, count: Int, predicted: Int, right: Int) {
      (self.label, self.count) = (label, count)
      precision = Double(right) / Double(predicted)
      recall = Double(right) / Double(count)
      f1 = count + predicted == 0 ? .nan : 2 * Double(right) / Double(count + predicted)
    }
  }

  public var classScores: [ClassScore] {
    (0..<classCount).map { label in
      ClassScore(
        label: label, count: (0..<classCount).reduce(0) { $0 + self[label, $1] },
        predicted: (0..<classCount).reduce(0) { $0 + self[$1, label] }, right: self[label, label])
    }
  }

  /// The pairs of classes that are confused most, `count` at most.
  public func largestConfusions(_ count: Int) -> [(label: Int, prediction: Int, count: Int)] {
    counts.indices
      .filter { counts[$0] > 0 && $0 / classCount != $0 % classCount }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }
      .prefix(count)
      .map { ($0 / classCount, $0 % classCount, counts[$0]) }
  }
}
