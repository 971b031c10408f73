import Torch

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

  /// The sums of two sets of features of the same samples, each brought to unit length before: what the
  /// flip test takes of a picture and its mirror image.
  ///
  /// - Precondition: As many of one as of the other, of the same dimension.
  public func adding(mirrored: Embeddings) -> Embeddings {
    precondition(mirrored.values.count == values.count)
    let (a, b) = (normalized(), mirrored.normalized())
    return Embeddings(
      values: zip(a.values, b.values).map { $0 + $1 }, dimension: dimension, labels: labels)
  }

  /// The samples at some places.
  public func select(_ indices: [Int]) -> Embeddings {
    Embeddings(
      values: indices.flatMap { row($0) }, dimension: dimension, labels: indices.map { labels[$0] })
  }

  /// The first `n` samples, or all if there are no more.
  public func prefix(_ n: Int) -> Embeddings { n >= count ? self : select(Array(0..<n)) }

  /// The features as a tensor, float32 [N, D].
  public func tensor() throws -> Tensor { try Tensor(values, shape: [count, dimension]) }

  /// - Throws: `EvaluationError` that names the first row with a number that is not finite.
  public func requireFinite() throws {
    guard let place = values.firstIndex(where: { !$0.isFinite }) else { return }
    throw EvaluationError(
      .data,
      "feature \(place % dimension) of row \(place / dimension) (both counted from 0) is "
        + "\(values[place]), not a finite number"
    )
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
