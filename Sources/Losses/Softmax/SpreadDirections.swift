import Torch

/// Unit vectors [`count`, `dimension`] that keep away from each other.
///
/// With few features, random proxies are a poor start: of ten random directions in the plane some
/// are all but equal, and a cosine head needs long to part them. Here random directions repel each
/// other, by the inverse cube of their distance, until they are spread. With many features random
/// directions are nearly orthogonal as they are, and with many classes spreading them would take
/// long: beyond `count² · dimension` = 10⁶ they stay random.
///
/// - Parameters:
///   - count: At least 1.
///   - dimension: At least 1.
///   - generator: Draws where they start.
func spreadDirections(
  count: Int, dimension: Int, using generator: RandomGenerator
) throws -> Tensor {
  let random = try Tensor.randomNormal([count, dimension], using: generator).unitRows()
  guard dimension > 1, count <= 1000, count * count * dimension <= 1_000_000 else { return random }
  let elements = try random.elements(Float.self).map(Double.init)
  var points = (0..<count).map { Array(elements[$0 * dimension..<($0 + 1) * dimension]) }
  let rounds = 300
  for round in 0..<rounds {
    // The steps shrink, so that the points come to rest.
    let step = 0.3 / Double(count) * (1 - Double(round) / Double(rounds))
    let forces = points.map { point in
      points.reduce(into: [Double](repeating: 0, count: dimension)) { force, other in
        let difference = zip(point, other).map(-)
        let square = difference.reduce(0) { $0 + $1 * $1 }
        guard square > 0 else { return }
        let strength = 1 / (square * square)
        for k in 0..<dimension { force[k] += strength * difference[k] }
      }
    }
    for (i, force) in forces.enumerated() {
      // Only the part along the sphere moves a point.
      let radial = zip(force, points[i]).reduce(0) { $0 + $1.0 * $1.1 }
      let tangent = zip(force, points[i]).map { $0 - radial * $1 }
      let length = tangent.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { continue }
      let distance = min(step, step * length / Double(count))
      points[i] = normalized(zip(points[i], tangent).map { $0 + distance * $1 / length })
    }
  }
  return try Tensor(points.flatMap { $0.map { Float($0) } }, shape: [count, dimension])
}

private func normalized(_ vector: [Double]) -> [Double] {
  let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  // The zero vector has no direction: take the first axis.
  guard length > 0 else { return vector.indices.map { $0 == 0 ? 1 : 0 } }
  return vector.map { $0 / length }
}
