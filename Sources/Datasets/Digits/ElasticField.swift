import RandomNumbers

/// A smooth random displacement of the unit square: a uniform cubic B-spline over a 5 × 5 lattice.
///
/// Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to
/// visual document analysis", ICDAR 2003, deform pictures so; here the pen's way is deformed, which
/// keeps the strokes as wide as they were.
struct ElasticField {
  private let lattice: [SIMD2<Float>]

  private static let side = 5
  /// A cubic spline over five knots in a row has two spans.
  private static let spans: Float = 2

  init(random: inout SplitMix64) {
    lattice = (0..<Self.side * Self.side).map { _ in random.bellPair() * DigitStyle.elasticity }
  }

  /// The displacement at a point; beyond the square it is that of the nearest edge.
  func displacement(at point: SIMD2<Float>) -> SIMD2<Float> {
    let scaled = (point * Self.spans).clamped(
      lowerBound: .zero, upperBound: SIMD2(repeating: Self.spans))
    let cell = pointwiseMin(scaled.rounded(.down), SIMD2(repeating: Self.spans - 1))
    let (column, row) = (Int(cell.x), Int(cell.y))
    let (across, down) = (Self.weights(scaled.x - cell.x), Self.weights(scaled.y - cell.y))
    var sum = SIMD2<Float>.zero
    for r in 0..<4 {
      let first = (row + r) * Self.side + column
      var line = across[0] * lattice[first]
      for c in 1..<4 { line += across[c] * lattice[first + c] }
      sum += down[r] * line
    }
    return sum
  }

  /// The four basis functions of the uniform cubic B-spline at `t` in 0...1.
  private static func weights(_ t: Float) -> SIMD4<Float> {
    let s = 1 - t
    let (t2, s2) = (t * t, s * s)
    return SIMD4(
      s2 * s, 4 - 6 * t2 + 3 * t2 * t, 4 - 6 * s2 + 3 * s2 * s, t2 * t) / 6
  }
}
