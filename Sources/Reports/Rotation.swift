import Foundation

/// A direction or a point in space: x to the right, y up, z towards the reader.
struct Spatial {
  var x: Double
  var y: Double
  var z: Double

  init(x: Double, y: Double, z: Double) {
    self.x = x
    self.y = y
    self.z = z
  }

  init(_ values: [Double]) {
    self.init(x: values[0], y: values[1], z: values[2])
  }

  static func dot(_ a: Spatial, _ b: Spatial) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

  /// In thousandths, as the page's script takes it.
  var thousandths: String {
    [x, y, z].map { String(Int(($0 * 1000).rounded())) }.joined(separator: " ")
  }
}

/// A view on a sphere: which direction points to the reader, and which up.
struct Rotation {
  let right: Spatial
  let up: Spatial
  let toward: Spatial

  /// The view in which the unit vector `toward` points to the reader and `up`'s side is up.
  init(toward: Spatial) {
    // Any axis that is not nearly parallel serves as "up".
    let pole =
      abs(toward.y) < 0.95 ? Spatial(x: 0, y: 1, z: 0) : Spatial(x: 0, y: 0, z: -1)
    let across = Spatial(
      x: pole.y * toward.z - pole.z * toward.y, y: pole.z * toward.x - pole.x * toward.z,
      z: pole.x * toward.y - pole.y * toward.x)
    let length = sqrt(Spatial.dot(across, across))
    let right = Spatial(x: across.x / length, y: across.y / length, z: across.z / length)
    self.toward = toward
    self.right = right
    up = Spatial(
      x: toward.y * right.z - toward.z * right.y, y: toward.z * right.x - toward.x * right.z,
      z: toward.x * right.y - toward.y * right.x)
  }

  func callAsFunction(_ point: Spatial) -> Spatial {
    Spatial(
      x: Spatial.dot(right, point), y: Spatial.dot(up, point), z: Spatial.dot(toward, point))
  }

  /// The view that keeps the projections of `centers` farthest apart.
  ///
  /// Those on opposite sides of the sphere may stand closer: one of the two is drawn fainter.
  static func best(for centers: [Spatial]) -> Rotation {
    let considered = centers.prefix(40)
    var best = Rotation(toward: Spatial(x: 0.36, y: 0.48, z: 0.8))
    var bestGap = -1.0
    let candidates = 160
    for index in 0..<candidates {
      // Points of a Fibonacci spiral cover the sphere evenly.
      let z = 1 - 2 * (Double(index) + 0.5) / Double(candidates)
      let angle = Double(index) * .pi * (3 - 5.0.squareRoot())
      let radius = (1 - z * z).squareRoot()
      let view = Rotation(toward: Spatial(x: radius * cos(angle), y: z, z: radius * sin(angle)))
      let seen = considered.map { view($0) }
      var gap = 2.0
      for first in seen.indices {
        for second in 0..<first {
          let isSameSide = (seen[first].z >= 0) == (seen[second].z >= 0)
          let distance = hypot(seen[first].x - seen[second].x, seen[first].y - seen[second].y)
          gap = min(gap, isSameSide ? distance : 1.6 * distance)
        }
      }
      if gap > bestGap {
        bestGap = gap
        best = view
      }
    }
    return best
  }
}
