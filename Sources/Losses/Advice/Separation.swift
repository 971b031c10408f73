import Foundation
import Torch

/// How far apart directions can be.
public struct Separation: Sendable, Equatable {
  /// The smallest angle between two of them, in radians.
  public let angle: Double
  /// Whether an arrangement has it; else it is known only that none has more.
  public let isReached: Bool
  /// The arrangement, or who proved the bound.
  public let source: String
}

extension ClassGeometry {
  /// The largest that the smallest angle between C directions in D dimensions can be, as far as it is
  /// known: the least of the upper bounds that hold.
  ///
  /// - C ≤ D + 1: arccos(−1 / (C − 1)), reached by a simplex; C ≤ 2D: π / 2, reached by the axes
  ///   (Rankin, 1955).
  /// - D = 2: 2π / C, reached by a regular polygon.
  /// - D = 3: Fejes Tóth, 1943; reached for 12.
  /// - Otherwise Levenshtein's bound of the third degree, 1979, or that of caps of half the angle, which
  ///   must find room beside each other: neither is reached in general.
  public var bestSeparation: Separation {
    let (c, d) = (Double(classCount), Double(featureCount))
    if classCount <= featureCount + 1 {
      return Separation(angle: acos(-1 / (c - 1)), isReached: true, source: "a regular simplex")
    }
    if featureCount == 1 {
      return Separation(
        angle: 0, isReached: true, source: "one feature has only two directions")
    }
    if featureCount == 2 {
      return Separation(angle: 2 * .pi / c, isReached: true, source: "a regular polygon")
    }
    if classCount <= 2 * featureCount {
      return Separation(angle: .pi / 2, isReached: true, source: "the axes, both ways")
    }
    if featureCount == 3 {
      let cosecant = 1 / sin(.pi * c / (6 * (c - 2)))
      return Separation(
        angle: 2 * asin((4 - cosecant * cosecant).squareRoot() / 2), isReached: classCount == 12,
        source: classCount == 12 ? "an icosahedron" : "Fejes Tóth's bound")
    }
    return [
      Separation(
        angle: acos(Self.levenshteinCosine(count: c, dimension: d)), isReached: false,
        source: "Levenshtein's bound"),
      Separation(
        angle: capAngle(), isReached: false, source: "the bound of caps beside each other"),
    ].min { $0.angle < $1.angle }!
  }

  /// The smallest angle of the proxies that a cosine head starts with: an arrangement that there is,
  /// if not the best. nil where spreading them would take long.
  public func measuredSeparation() throws -> Separation? {
    guard featureCount > 1, classCount <= 300, classCount * classCount * featureCount <= 200_000
    else { return nil }
    let directions = try spreadDirections(
      count: classCount, dimension: featureCount, using: RandomGenerator(seed: 0)
    ).to(.float64)
    let cosines = try directions.matmul(directions.transposed()).elements(Double.self)
    let largest = cosines.indices.filter { $0 % (classCount + 1) != 0 }.map { cosines[$0] }.max()!
    return Separation(
      angle: acos(min(1, max(-1, largest))), isReached: true, source: "proxies spread at random")
  }

  /// The s ≥ 0 at which no more than `count` directions can have cosines of at most s to each other:
  ///
  ///     D · (1 − s) · (2 + (D + 1) · s) / (1 − D · s²) = C,   s ≤ (√(D + 3) − 1) / (D + 2)
  ///
  /// Where C is beyond the bound's range its end is still true, if weak.
  private static func levenshteinCosine(count: Double, dimension d: Double) -> Double {
    bisect(0...(((d + 3).squareRoot() - 1) / (d + 2))) { s in
      d * (1 - s) * (2 + (d + 1) * s) / (1 - d * s * s) < count
    }
  }

  /// The angle at which C caps of half of it fill the sphere.
  private func capAngle() -> Double {
    // The area of a cap grows as the integral of sin^(D−2): Simpson's rule.
    func area(_ angle: Double) -> Double {
      let steps = 400
      let width = angle / Double(steps)
      let sum = (0...steps).reduce(0.0) { sum, i in
        let weight: Double = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2
        return sum + weight * pow(sin(Double(i) * width), Double(featureCount - 2))
      }
      return sum * width / 3
    }
    let share = area(.pi) / Double(classCount)
    return 2 * Self.bisect(0...(.pi / 2)) { area($0) < share }
  }

  /// The end of the first part of a range, in which `isBefore` holds.
  private static func bisect(
    _ range: ClosedRange<Double>, _ isBefore: (Double) -> Bool
  ) -> Double {
    var (low, high) = (range.lowerBound, range.upperBound)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle } else { high = middle }
    }
    return high
  }
}
