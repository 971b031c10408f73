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
    let rest = 1 - Double(round) / Double(rounds)
    let step = 0.2 * rest * rest
    let forces = points.map { point in
      points.reduce(into: [Double](repeating: 0, count: dimension)) { force, other in
        let difference = zip(point, other).map(-)
        let square = difference.reduce(0) { $0 + $1 * $1 }
        guard square > 0 else { return }
        let strength = 1 / (square * square)
        for k in 0..<dimension { force[k] += strength * difference[k] }
      }
    }
    // Only the part along the sphere moves a point.
    let tangents = zip(forces, points).map { force, point in
      let radial = zip(force, point).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(force, point).map { $0 - radial * $1 }
    }
    let largest = tangents.map { $0.reduce(0) { $0 + $1 * $1 } }.max()!.squareRoot()
    guard largest > 0 else { break }
    for (i, tangent) in tangents.enumerated() {
      points[i] = normalized(zip(points[i], tangent).map { $0 + $1 * step / largest })
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
