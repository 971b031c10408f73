/// Work on the rows of a matrix: their lengths, the gradient of bringing them to length 1, and what both
/// are made of.
public enum Rows {
  /// ε under the root, so that the zero vector has a gradient.
  static let epsilon: Float = 1e-12

  /// 1 / √(Σ w² + ε) for each of `rowCount` rows of `width` numbers.
  public static func reciprocalLengths(
    of rows: UnsafePointer<Float>, rowCount: Int, width: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rowCount {
      let w = rows + row * width
      let square = dot(w, w, width)
      result[row] =
        square.isFinite
        ? 1 / (square + epsilon).squareRoot()
        : Float(1 / (0..<width).reduce(0.0) { $0 + Double(w[$1]) * Double(w[$1]) }.squareRoot())
    }
  }

  /// Turns gradients h_j, by ŵ_j and times 1/‖w_j‖, into those by w_j:
  ///
  ///     dw = h − w · ⟨w, h⟩ / ‖w‖²
  ///
  /// - Parameters:
  ///   - gradients: h, replaced by dw.
  ///   - rows: w.
  ///   - reciprocals: 1 / ‖w‖, as `reciprocalLengths` gave them.
  public static func project(
    _ gradients: UnsafeMutablePointer<Float>, rows: UnsafePointer<Float>,
    reciprocals: UnsafePointer<Float>, rowCount: Int, width: Int
  ) {
    for row in 0..<rowCount {
      let w = rows + row * width
      let h = gradients + row * width
      add(w, times: -dot(w, h, width) * reciprocals[row] * reciprocals[row], to: h, width)
    }
  }

  /// y += a · x for `width` numbers.
  public static func add(
    _ x: UnsafePointer<Float>, times a: Float, to y: UnsafeMutablePointer<Float>, _ width: Int
  ) {
    let factor = Lanes(repeating: a)
    var column = 0
    while column + 16 <= width {
      store(load(y + column).plusProduct(load(x + column), factor), y + column)
      column += 16
    }
    while column < width {
      y[column] += x[column] * a
      column += 1
    }
  }

  /// Σ a · b of `width` numbers.
  public static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ width: Int
  ) -> Float {
    var first = Lanes.zero
    var second = Lanes.zero
    var column = 0
    while column + 32 <= width {
      first = first.plusProduct(load(a + column), load(b + column))
      second = second.plusProduct(load(a + column + 16), load(b + column + 16))
      column += 32
    }
    var sum = (first + second).laneSum()
    while column < width {
      sum += a[column] * b[column]
      column += 1
    }
    return sum
  }
}
