import Foundation
import Torch

/// How the features of classes lie: how tight each class is, how far apart they are, and how many
/// directions they use.
public struct Geometry: Sendable {
  /// The mean angle between a feature and the centre of its class, in degrees. The interval takes
  /// the samples as independent.
  public let angleWithinClasses: Estimate
  /// The angle of each feature to the centre of its class, and to the nearest other centre; samples
  /// without a direction are left out.
  public let anglesToOwnCenter, anglesToNearestOther: [Double]
  /// The smallest angle between the centres of two classes, in degrees; NaN with one class.
  public let smallestAngleBetweenCenters: Double
  /// The angle of each class's centre to the nearest other centre.
  public let anglesBetweenCenters: [Double]
  /// The pairs of classes whose centres are nearest, the nearest first: 10 at most.
  public let nearestPairs: [(first: Int, second: Int, angle: Double)]
  /// The two classes whose centres are nearest.
  public var nearestClasses: (Int, Int)? { nearestPairs.first.map { ($0.first, $0.second) } }
  /// The mean length of a feature, and the standard deviation.
  public let meanNorm, normDeviation: Double
  /// Between the classes over within the classes, of directions: Σ_c n_c·‖μ_c − μ‖² / Σ_i ‖x_i − μ_{y_i}‖².
  /// Fisher, "The use of multiple measurements in taxonomic problems", 1936.
  public let fisherRatio: Double
  /// (Σλ)² / Σλ² of the covariance's eigenvalues λ, in 1...D: how many directions the features use. Of
  /// features as they are.
  public let effectiveDimension: Double
  /// The angle between each class's proxy and its centre, in degrees, where there are proxies.
  public let anglesToProxies: [Double]?
  /// Samples without a direction (zero or not finite), left out of the angles.
  public let directionlessCount: Int

  /// The centre of a class is the mean direction of its features.
  ///
  /// - Parameters:
  ///   - embeddings: Features with their classes.
  ///   - proxies: [C, D], a row for each class, or K rows next to each other of which the nearest to the
  ///     centre counts.
  public init(_ embeddings: Embeddings, proxies: [Float]? = nil) throws {
    let norms = embeddings.norms()
    let n = Double(norms.count)
    let mean = norms.reduce(0, +) / n
    meanNorm = mean
    normDeviation = (norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
    let directed = norms.indices.filter { norms[$0] > 0 && norms[$0].isFinite }
    directionlessCount = norms.count - directed.count
    let unit = embeddings.select(directed).normalized()
    effectiveDimension = try withoutGradients { try Self.effectiveDimension(embeddings, directed) }

    let centers = Centers(unit)
    fisherRatio = unit.fisherRatio()
    let toCenters = try withoutGradients { try centers.angles(unit) }
    anglesToOwnCenter = toCenters.own
    anglesToNearestOther = toCenters.nearestOther
    angleWithinClasses = toCenters.own.isEmpty ? Estimate(.nan) : .mean(toCenters.own)
    let between = try withoutGradients { try centers.anglesBetween(count: 10) }
    anglesBetweenCenters = between.nearest
    nearestPairs = between.pairs
    smallestAngleBetweenCenters = between.pairs.first?.angle ?? .nan
    anglesToProxies = proxies.map { centers.angles(toProxies: $0) }
  }

  private static func effectiveDimension(
    _ embeddings: Embeddings, _ rows: [Int]
  ) throws -> Double {
    guard rows.count > 1 else { return .nan }
    let x = try embeddings.select(rows).tensor().to(.float64)
    let mean = try x.mean(axis: 0, keepingAxis: true)
    let covariance = try (x - mean).transposed().matmul(x - mean)
    // Σλ is the trace, Σλ² the sum of squares.
    let squares = try (covariance * covariance).sum().item()
    let trace = try ((x - mean) * (x - mean)).sum().item()
    return squares > 0 ? trace * trace / squares : .nan
  }
}

/// The mean directions of classes.
private struct Centers {
  /// The classes that have one, and the place of each.
  let labels: [Int]
  private let places: [Int: Int]
  /// Unit vectors [C, D].
  private let directions: [Double]
  private let dimension: Int

  init(_ unit: Embeddings) {
    var (labels, directions) = ([Int](), [Double]())
    for (label, members) in indicesByClass(unit.labels).enumerated() where !members.isEmpty {
      var center = [Double](repeating: 0, count: unit.dimension)
      for i in members {
        for (k, value) in unit.row(i).enumerated() { center[k] += Double(value) }
      }
      let length = center.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { continue }
      labels.append(label)
      directions += center.map { $0 / length }
    }
    (self.labels, self.directions, dimension) = (labels, directions, unit.dimension)
    places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
  }

  private func direction(_ place: Int) -> ArraySlice<Double> {
    directions[place * dimension..<(place + 1) * dimension]
  }

  private func tensor() throws -> Tensor {
    try Tensor(directions, shape: [labels.count, dimension])
  }

  /// The angles of features to the centre of their class, and to the nearest other.
  func angles(_ unit: Embeddings) throws -> (own: [Double], nearestOther: [Double]) {
    guard !labels.isEmpty else { return ([], []) }
    let rows = (0..<unit.count).filter { places[unit.labels[$0]] != nil }
    var (own, other) = ([Double](), [Double]())
    let centers = try tensor().to(.float32).transposed()
    let height = max(16, min(4096, (8 << 20) / labels.count))
    for start in stride(from: 0, to: rows.count, by: height) {
      let block = Array(rows[start..<min(start + height, rows.count)])
      let x = try unit.select(block).tensor()
      let ownPlaces = try Tensor(block.map { Int64(places[unit.labels[$0]]!) })
        .reshaped([-1, 1])
      if labels.count > 1 {
        let nearest = try x.matmul(centers).replacingElements(
          at: ownPlaces, with: Tensor.full(-2, shape: [block.count, 1]), axis: 1
        ).argmax(axis: 1).elements(Int64.self)
        for (i, place) in zip(block, nearest) {
          other.append(angle(unit.row(i).map(Double.init), direction(Int(place))))
        }
      }
      for i in block {
        own.append(angle(unit.row(i).map(Double.init), direction(places[unit.labels[i]]!)))
      }
    }
    return (own, other)
  }

  /// The angle of each centre to the nearest other, and the nearest pairs.
  func anglesBetween(
    count: Int
  ) throws -> (nearest: [Double], pairs: [(first: Int, second: Int, angle: Double)]) {
    guard labels.count > 1 else { return ([], []) }
    let centers = try tensor()
    var nearest: [Double] = []
    var pairs: [(first: Int, second: Int, angle: Double)] = []
    let height = max(16, min(1024, (4 << 20) / labels.count))
    for start in stride(from: 0, to: labels.count, by: height) {
      let rows = start..<min(start + height, labels.count)
      let cosines = try centers.slice(rows).matmul(centers.transposed()).elements(Double.self)
      for row in rows {
        let line = cosines[(row - start) * labels.count..<(row - start + 1) * labels.count]
        var best: (place: Int, cosine: Double)?
        // Of each pair once; the cosine decides who is looked at.
        var near: [(place: Int, cosine: Double)] = []
        for (place, cosine) in line.enumerated() where place != row {
          if best.map({ cosine > $0.cosine }) ?? true { best = (place, cosine) }
          guard place > row, near.count < count || cosine > near.last?.cosine ?? .infinity else {
            continue
          }
          if near.count == count { near.removeLast() }
          near.insert((place, cosine), at: near.firstIndex { $0.cosine < cosine } ?? near.count)
        }
        nearest.append(angle(direction(row), direction(best!.place)))
        for (place, _) in near {
          pairs.append((labels[row], labels[place], angle(direction(row), direction(place))))
        }
      }
      pairs.sort { $0.angle < $1.angle }
      pairs.removeLast(max(0, pairs.count - count))
    }
    return (nearest, pairs)
  }

  func angles(toProxies proxies: [Float]) -> [Double] {
    let rows = proxies.count / dimension
    // K proxies for each class; of classes without a sample there may be proxies as well.
    let classCount = max(1, (labels.last ?? 0) + 1)
    let each = rows % classCount == 0 ? max(1, rows / classCount) : 1
    return labels.enumerated().compactMap { place, label in
      (label * each..<(label + 1) * each).compactMap { row -> Double? in
        guard row < rows else { return nil }
        let proxy = proxies[row * dimension..<(row + 1) * dimension].map(Double.init)
        let length = proxy.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? angle(proxy.map { $0 / length }, direction(place)) : nil
      }.min()
    }
  }
}

/// The angle between two unit vectors, in degrees: 2 · atan2(‖a − b‖, ‖a + b‖), which is exact
/// for small angles too, where the arc cosine is not.
func angle(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  var (difference, sum) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (x - y) * (x - y)
    sum += (x + y) * (x + y)
  }
  return 2 * atan2(difference.squareRoot(), sum.squareRoot()) * 180 / .pi
}
