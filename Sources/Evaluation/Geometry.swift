import Foundation

/// How the features of classes lie: how tight each class is, and how far apart they are.
public struct Geometry: Sendable {
  /// The mean angle between a feature and the centre of its class, in degrees. The interval takes
  /// the samples as independent.
  public let angleWithinClasses: Estimate
  /// The smallest angle between the centres of two classes, in degrees; NaN with one class.
  public let smallestAngleBetweenCenters: Double
  /// The two classes whose centres are nearest.
  public let nearestClasses: (Int, Int)?
  /// The mean length of a feature, and the standard deviation.
  public let meanNorm, normDeviation: Double
  /// Samples without a direction (zero or not finite), left out of the angles.
  public let directionlessCount: Int

  /// The centre of a class is the mean direction of its features.
  public init(_ embeddings: Embeddings) {
    let unit = embeddings.normalized()
    let dimension = embeddings.dimension
    let norms = embeddings.norms()
    let hasDirection = norms.map { $0 > 0 && $0.isFinite }

    var centers: [(label: Int, direction: [Double])] = []
    var within: [Double] = []
    for (label, indices) in indicesByClass(embeddings.labels).enumerated() {
      let members = indices.filter { hasDirection[$0] }
      guard !members.isEmpty else { continue }
      var center = [Double](repeating: 0, count: dimension)
      for i in members {
        for (k, value) in unit.row(i).enumerated() { center[k] += Double(value) }
      }
      let length = center.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { continue }
      center = center.map { $0 / length }
      centers.append((label, center))
      for i in members { within.append(angle(unit.row(i).map(Double.init), center)) }
    }

    var smallest = Double.nan
    var nearest: (Int, Int)?
    for (i, a) in centers.enumerated() {
      for b in centers[(i + 1)...] {
        let angle = angle(a.direction, b.direction)
        if !(angle >= smallest) { (smallest, nearest) = (angle, (a.label, b.label)) }
      }
    }
    angleWithinClasses = within.isEmpty ? Estimate(.nan) : .mean(within)
    smallestAngleBetweenCenters = smallest
    nearestClasses = nearest
    let n = Double(norms.count)
    let mean = norms.reduce(0, +) / n
    meanNorm = mean
    normDeviation = (norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
    directionlessCount = hasDirection.count { !$0 }
  }
}

/// The angle between two unit vectors, in degrees: 2 · atan2(‖a − b‖, ‖a + b‖), which is exact
/// for small angles too, where the arc cosine is not.
private func angle(_ a: [Double], _ b: [Double]) -> Double {
  var (difference, sum) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (x - y) * (x - y)
    sum += (x + y) * (x + y)
  }
  return 2 * atan2(difference.squareRoot(), sum.squareRoot()) * 180 / .pi
}
