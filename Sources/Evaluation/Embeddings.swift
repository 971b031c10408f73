/// Features of samples with their classes, in plain memory.
public struct Embeddings: Sendable {
  /// The number of features, D.
  public let dimension: Int
  /// Row-major, N×D.
  public let values: [Float]
  /// The class of each row, at least 0.
  public let labels: [Int]

  public var count: Int { labels.count }

  /// - Precondition: `values` holds `dimension` numbers for each label, and no label is negative.
  public init(values: [Float], dimension: Int, labels: [Int]) {
    precondition(dimension > 0 && values.count == dimension * labels.count)
    precondition(labels.allSatisfy { $0 >= 0 })
    self.values = values
    self.dimension = dimension
    self.labels = labels
  }

  /// The features of sample `i`.
  func row(_ i: Int) -> ArraySlice<Float> { values[i * dimension..<(i + 1) * dimension] }

  /// The same directions with length 1; a row without a direction (zero, or not finite) becomes 0.
  public func normalized() -> Embeddings {
    var result = values
    for (i, norm) in norms().enumerated() {
      let factor = norm > 0 && norm.isFinite ? 1 / norm : 0
      for k in i * dimension..<(i + 1) * dimension {
        result[k] = factor == 0 ? 0 : Float(Double(result[k]) * factor)
      }
    }
    return Embeddings(values: result, dimension: dimension, labels: labels)
  }

  /// The length of each row.
  public func norms() -> [Double] {
    (0..<count).map { i in row(i).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
  }

}

/// The samples of each class, by label.
func indicesByClass(_ labels: [Int]) -> [[Int]] {
  var indices = [[Int]](repeating: [], count: (labels.max() ?? -1) + 1)
  for (i, label) in labels.enumerated() { indices[label].append(i) }
  return indices
}
