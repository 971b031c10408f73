import Torch

/// The directions in which features vary most: principal components, all exact.
///
/// With the mean μ and the centred features X [N, D], the components v₁, v₂, … are the unit eigenvectors
/// of the covariance C = Xᵀ·X / (N − 1), the largest eigenvalue first, and the eigenvalues are the variances
/// along them. Where there are more features than samples, they are the right singular vectors of X.
///
/// A component is as good as its negative. Here the element of the largest magnitude in each (the first of
/// equal ones) is positive: what scikit-learn's `svd_flip` does on V, since 1.5.
///
/// C is computed in blocks of float32 products that are added up in float64, and taken apart in float64.
///
/// Pearson, "On lines and planes of closest fit to systems of points in space", 1901; Hotelling, 1933.
public struct PCA: Sendable {
  /// D.
  public let dimension: Int
  /// μ [D].
  public let mean: [Float]
  /// Row-major [K, D]: unit vectors at right angles.
  public let components: [Float]
  /// The variance along each component [K], descending, at least 0; 0 for a single sample.
  public let explainedVariance: [Double]
  /// The variance of all features together.
  public let totalVariance: Double

  /// K.
  public var count: Int { explainedVariance.count }

  /// The share of all variance along each component; 0 where nothing varies.
  public var explainedVarianceRatio: [Double] {
    explainedVariance.map { totalVariance > 0 ? $0 / totalVariance : 0 }
  }

  /// - Parameters:
  ///   - features: float32 [N, D] on the CPU.
  ///   - count: K, 1 to min(N, D).
  /// - Throws: `EvaluationError` for another count, and for features that are not finite.
  public init(_ features: Tensor, count: Int) throws {
    let features = try checkedFeatures(features)
    let (n, d) = (features.shape[0], features.shape[1])
    guard (1...min(n, d)).contains(count) else {
      throw EvaluationError(
        .usage,
        "\(n) samples with \(d) features have \(min(n, d)) principal components: ask for 1 to "
          + "\(min(n, d)), not \(count)")
    }
    (dimension, mean, components, explainedVariance, totalVariance) = try withoutGradients {
      // Squares of larger numbers would overflow, of smaller ones vanish.
      let largest = try features.largestMagnitude()
      let factor = largest > 1e12 || (largest > 0 && largest < 1e-12) ? 1 / largest : 1
      let scaled = factor == 1 ? features : try (features.to(.float64) * factor).to(.float32)
      let center = try scaled.mean(axis: 0)
      let freedom = Double(max(n - 1, 1)) * factor * factor
      let (values, vectors, total) =
        n < d
        ? try Self.singular(try (scaled - center).to(.float64))
        : try Self.eigen(of: Self.scatter(scaled, center))
      let kept = try vectors.slice(0..<count).to(.float32).elements(Float.self)
      return (
        d, try (center.to(.float64) * (1 / factor)).to(.float32).elements(),
        Self.oriented(kept, width: d), values.prefix(count).map { max($0, 0) / freedom },
        max(total, 0) / freedom
      )
    }
  }

  /// The coordinates of features along the components: float32 [N, K] of [N, D].
  ///
  /// - Throws: `EvaluationError` for another number of features, and for features that are not finite.
  public func transform(_ features: Tensor) throws -> Tensor {
    let features = try checkedFeatures(features)
    guard features.shape[1] == dimension else {
      throw EvaluationError(
        .data,
        "the components are of \(dimension) features; these samples have "
          + "\(features.shape[1])")
    }
    let center = try Tensor(mean)
    let directions = try Tensor(components, shape: [count, dimension]).transposed()
    return try withoutGradients {
      let result = try Tensor.uninitialized([features.shape[0], count])
      try Self.forEachBlock(of: features, minus: center) { rows, centered in
        try centered.multiply(directions, into: result.slice(rows))
      }
      return result
    }
  }

  /// Calls `body` with blocks of the features less the centre, in memory that is used again.
  private static func forEachBlock(
    of features: Tensor, minus center: Tensor, _ body: (Range<Int>, Tensor) throws -> Void
  ) throws {
    let (n, d) = (features.shape[0], features.shape[1])
    let height = min(n, 2048)
    let buffer = try Tensor.uninitialized([height, d])
    for start in stride(from: 0, to: n, by: height) {
      let rows = start..<min(start + height, n)
      let centered = try buffer.slice(0..<rows.count)
      try centered.copy(from: features.slice(rows))
      try centered.add(center, scale: -1)
      try body(rows, centered)
    }
  }

  /// Σ (x − μ)(x − μ)ᵀ in float64 [D, D].
  private static func scatter(_ features: Tensor, _ center: Tensor) throws -> Tensor {
    let (n, d) = (features.shape[0], features.shape[1])
    let total = try Tensor.zeros([d, d], dtype: .float64)
    let rest = try Tensor.zeros([1, d], dtype: .float64)
    // Of the symmetric matrix only the blocks on and right of the diagonal.
    let width = max(64, (d + 3) / 4)
    let bands = stride(from: 0, to: d, by: width).map { $0..<min($0 + width, d) }
    try forEachBlock(of: features, minus: center) { _, centered in
      for band in bands {
        let right = band.lowerBound..<d
        let product = try centered.slice(band, axis: 1).transposed()
          .matmul(centered.slice(right, axis: 1))
        try total.slice(band).slice(right, axis: 1).add(product)
      }
      try rest.add(centered.sum(axis: 0, keepingAxis: true))
    }
    for band in bands where band.upperBound < d {
      let below = band.upperBound..<d
      try total.slice(below).slice(band, axis: 1)
        .copy(from: total.slice(band).slice(below, axis: 1).transposed())
    }
    // The mean was rounded to float32; what is left of it is taken out here.
    return try total - rest.transposed().matmul(rest) * (1 / Double(n))
  }

  /// The eigenvalues, descending, the eigenvectors as rows, and the sum of the eigenvalues.
  private static func eigen(of scatter: Tensor) throws -> ([Double], Tensor, Double) {
    let (values, vectors) = try scatter.symmetricEigenvectors()
    let ascending = try values.elements(Double.self)
    let order = try Tensor((0..<Int64(ascending.count)).reversed())
    return (
      ascending.reversed(), try vectors.transposed().select(order), ascending.reduce(0, +)
    )
  }

  private static func singular(_ centered: Tensor) throws -> ([Double], Tensor, Double) {
    let result = try centered.singularValues()
    let squares = try result.values.elements(Double.self).map { $0 * $0 }
    return (squares, result.right, squares.reduce(0, +))
  }

  private static func oriented(_ rows: [Float], width: Int) -> [Float] {
    var result = rows
    for start in stride(from: 0, to: rows.count, by: width) {
      var largest = start
      for place in start..<start + width where abs(rows[place]) > abs(rows[largest]) {
        largest = place
      }
      guard rows[largest] < 0 else { continue }
      for place in start..<start + width { result[place] = -rows[place] }
    }
    return result
  }
}
