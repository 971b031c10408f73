import Foundation
import LossKernels
import Torch

/// The points of a t-SNE on their way down.
final class Descent {
  let points: Planes
  private let affinities: Affinities
  private let attraction, repulsion, update, gains: Planes
  /// Σ p·log p.
  private let negativeEntropy: Double

  /// - Parameter points: Row-major [N, dimensions].
  init(_ affinities: Affinities, points start: [Float], dimensions: Int) {
    func planes() -> Planes { Planes(count: affinities.count, axes: dimensions) }
    self.affinities = affinities
    (points, attraction, repulsion, update, gains) = (
      planes(), planes(), planes(), planes(), planes()
    )
    points.rows = start
    for axis in 0..<dimensions {
      for filling in points.count..<points.stride { points[axis][filling] = PointForces.filling }
      gains[axis].update(repeating: 1, count: gains.stride)
    }
    negativeEntropy = affinities.weights.reduce(0) {
      $1 > 0 ? $0 + Double($1) * log(Double($1)) : $0
    }
  }

  var isFinite: Bool {
    (0..<points.axes).allSatisfy { points[$0][0].isFinite && abs(points[$0][0]) < 1e9 }
  }

  /// One step against the gradient, of which it gives Z.
  func step(
    _ repel: any Repulsion, exaggeration: Double, momentum: Double, rate: Double
  ) throws -> Double {
    let total = try forces(repel)
    let (pull, push) = (Float(exaggeration), Float(1 / total))
    let (momentum, rate) = (Float(momentum), Float(rate))
    var means: [Double] = []
    for axis in 0..<points.axes {
      let (attraction, repulsion) = (attraction[axis], repulsion[axis])
      let (update, gains) = (update[axis], gains[axis])
      for point in 0..<points.count {
        let slope = pull * attraction[point] - push * repulsion[point]
        let old = update[point]
        // The last step went down this slope as well.
        let isSteady = (old > 0 && slope > 0) || (old < 0 && slope < 0) || (old == 0 && slope == 0)
        let gain = isSteady ? gains[point] * 0.8 + 0.01 : gains[point] + 0.2
        gains[point] = gain
        update[point] = momentum * old - rate * gain * slope
      }
    }
    shorten()
    for axis in 0..<points.axes {
      let (coordinates, update) = (points[axis], update[axis])
      var sum = 0.0
      for point in 0..<points.count {
        coordinates[point] += update[point]
        sum += Double(coordinates[point])
      }
      means.append(sum / Double(points.count))
    }
    for (axis, mean) in means.enumerated() {
      let (coordinates, mean) = (points[axis], Float(mean))
      for point in 0..<points.count { coordinates[point] -= mean }
    }
    return total
  }

  /// Steps longer than 5 become that long.
  private func shorten() {
    for point in 0..<points.count {
      var square: Float = 0
      for axis in 0..<points.axes { square += update[axis][point] * update[axis][point] }
      guard square > 25 else { continue }
      let factor = 5 / square.squareRoot()
      for axis in 0..<points.axes { update[axis][point] *= factor }
    }
  }

  /// Computes attraction and repulsion, and gives Z.
  private func forces(_ repel: any Repulsion) throws -> Double {
    let kernel = PointForces(
      coordinates: points.elements, forces: attraction.elements, stride: points.stride,
      dimensions: points.axes)
    try affinities.starts.withUnsafeBufferPointer { starts in
      try affinities.partners.withUnsafeBufferPointer { partners in
        try affinities.weights.withUnsafeBufferPointer { weights in
          nonisolated(unsafe) let pointers = (
            starts.baseAddress!, partners.baseAddress!, weights.baseAddress!
          )
          _ = try summed(points.count) { _, rows in
            kernel.attract(
              rows, starts: pointers.0, partners: pointers.1, weights: pointers.2)
            return 0
          }
        }
      }
    }
    return try repel(points, forces: repulsion)
  }

  /// Z of the points as they are.
  func total(_ repel: any Repulsion) throws -> Double { try repel(points, forces: repulsion) }

  /// The gradient by the points, row-major [N, dimensions]: a quarter of the paper's.
  func gradient(_ repel: any Repulsion) throws -> [Float] {
    let total = try forces(repel)
    let result = Planes(count: points.count, axes: points.axes)
    for axis in 0..<points.axes {
      for point in 0..<points.count {
        result[axis][point] = attraction[axis][point] - repulsion[axis][point] / Float(total)
      }
    }
    return result.rows
  }

  /// KL(p ‖ q) = Σ p·log p + Σ p·log(1 + ‖a − b‖²) + log Z.
  func divergence(total: Double) throws -> Double {
    let (points, affinities) = (points, affinities)
    let distant = try summed(points.count) { _, rows in
      var sum = 0.0
      for row in rows {
        for place in affinities.starts[row]..<affinities.starts[row + 1] {
          let partner = Int(affinities.partners[place])
          var square = 1.0
          for axis in 0..<points.axes {
            let difference = Double(points[axis][row]) - Double(points[axis][partner])
            square += difference * difference
          }
          sum += Double(affinities.weights[place]) * log(square)
        }
      }
      return sum
    }
    return negativeEntropy + distant + log(total)
  }
}
