import Foundation
import LossKernels
import RandomNumbers
import Torch

/// How well clusters that know nothing of the classes are the classes.
public struct Clustering: Sendable {
  /// The cluster of each sample.
  public let clusters: [Int]
  /// 2 · I(classes; clusters) / (H(classes) + H(clusters)), in 0...1; 1 where both are one.
  public let normalizedMutualInformation: Double

  /// Lloyd's k-means of unit vectors, as many clusters as classes: the best of three k-means++ starts, each
  /// until no sample moves, 100 steps at most. For more than 10⁷ pairs of samples and clusters there is one
  /// start, until fewer than one sample in 1,000 moves; for more than 10⁸ it is from random samples, and takes
  /// 20 steps at most.
  ///
  /// Arthur, Vassilvitskii, "k-means++: The advantages of careful seeding", 2007.
  ///
  /// - Throws: `EvaluationError` for features that are not finite.
  public init(_ embeddings: Embeddings, seed: UInt64 = 1) throws {
    try embeddings.requireFinite()
    let k = Set(embeddings.labels).count
    let pairCount = embeddings.count * k
    let isLarge = pairCount > 100_000_000
    let (starts, iterations) = (pairCount > 10_000_000 ? 1 : 3, isLarge ? 20 : 100)
    let tolerance = pairCount > 10_000_000 ? embeddings.count / 1000 : 0
    let unit = embeddings.normalized()
    let x = try unit.tensor()
    var best: (clusters: [Int], loss: Double)?
    for start in 0..<starts {
      var random = SplitMix64(seed, UInt64(start))
      let chosen =
        isLarge
        ? Array((0..<unit.count).shuffled(using: &random).prefix(k))
        : try withoutGradients { try Self.seeding(x, k, using: &random) }
      let found = try Self.lloyd(x, chosen, iterations, tolerance)
      if found.loss < best?.loss ?? .infinity { best = found }
    }
    clusters = best!.clusters
    normalizedMutualInformation = Self.mutualInformation(embeddings.labels, clusters)
  }

  /// Samples far from each other: each next with a probability in proportion to its squared distance to the
  /// nearest that is chosen.
  private static func seeding(
    _ x: Tensor, _ k: Int, using random: inout SplitMix64
  ) throws -> [Int] {
    let n = x.shape[0]
    let squares = try (x * x).sum(axis: 1)
    var chosen = [Int.random(in: 0..<n, using: &random)]
    var distances = [Double](repeating: .infinity, count: n)
    while chosen.count < k {
      let center = try x.slice(chosen.last!..<chosen.last! + 1)
      let now = try (squares + 1 - x.matmul(center.transposed()).reshaped([-1]) * 2)
        .clamped(min: 0).elements(Float.self)
      for i in 0..<n { distances[i] = min(distances[i], Double(now[i])) }
      let total = distances.reduce(0, +)
      var rest = Double.random(in: 0..<1, using: &random) * total
      let next = distances.firstIndex {
        rest -= $0
        return rest < 0
      }
      chosen.append(next ?? Int.random(in: 0..<n, using: &random))
    }
    return chosen
  }

  private static func lloyd(
    _ x: Tensor, _ chosen: [Int], _ iterations: Int, _ tolerance: Int
  ) throws -> (clusters: [Int], loss: Double) {
    try withoutGradients {
      let (n, k) = (x.shape[0], chosen.count)
      let squares = try (x * x).sum(axis: 1)
      var centers = try x.select(Tensor(chosen.map(Int64.init)))
      var clusters: [Int64] = []
      var loss = Double.infinity
      let ones = try Tensor.full(1, shape: [n, 1])
      for _ in 0..<iterations {
        let (assigned, distance) = try nearest(x, centers)
        let newLoss = distance + Double(try squares.sum().item())
        let isSettled =
          !clusters.isEmpty && zip(assigned, clusters).count { $0 != $1 } <= tolerance
        (clusters, loss) = (assigned, newLoss)
        if isSettled { break }
        let index = try Tensor(clusters)
        let sums = try Tensor.zeros([k, x.shape[1]])
        try sums.addRows(x, at: index)
        let counts = try Tensor.zeros([k, 1])
        try counts.addRows(ones, at: index)
        // An empty cluster stays where it is.
        let isEmpty = try counts.isLess(than: 0.5)
        centers = try (sums / counts.clamped(min: 1)).replacing(with: centers, where: isEmpty)
      }
      return (clusters.map(Int.init), loss)
    }
  }

  /// The nearest centre of each sample, and Σ (‖c‖² − 2⟨x, c⟩), in blocks.
  private static func nearest(_ x: Tensor, _ centers: Tensor) throws -> ([Int64], Double) {
    // The least of ‖c‖² − 2⟨x, c⟩ is the largest of ⟨x, c⟩ − ‖c‖² / 2.
    let offsets = try ((centers * centers).sum(axis: 1) * 0.5).elements(Float.self)
    let products = try ProductBlocks(x, centers)
    var clusters = [Int64](repeating: 0, count: x.shape[0])
    var sums = [Double](repeating: 0, count: products.partCount)
    try clusters.withUnsafeMutableBufferPointer { clusters in
      try sums.withUnsafeMutableBufferPointer { sums in
        try offsets.withUnsafeBufferPointer { offsets in
          // Each thread writes what belongs to its samples.
          nonisolated(unsafe) let (clusters, sums, offsets) = (clusters, sums, offsets)
          try products.forEachRow(0..<x.shape[0]) { part, row, line, _ in
            let best = RowMaximum.find(line, minus: offsets.baseAddress!, count: offsets.count)
            clusters[row] = Int64(best.place)
            sums[part] -= 2 * Double(best.value)
          }
        }
      }
    }
    return (clusters, sums.reduce(0, +))
  }

  /// 2 · I / (H + H) of two ways to divide the same items.
  ///
  /// Vinh, Epps, Bailey, "Information theoretic measures for clusterings comparison", 2010.
  public static func mutualInformation(_ a: [Int], _ b: [Int]) -> Double {
    precondition(a.count == b.count && !a.isEmpty)
    struct Cell: Hashable { let a, b: Int }
    var (joint, ofA, ofB) = ([Cell: Int](), [Int: Int](), [Int: Int]())
    for (x, y) in zip(a, b) {
      joint[Cell(a: x, b: y), default: 0] += 1
      ofA[x, default: 0] += 1
      ofB[y, default: 0] += 1
    }
    let n = Double(a.count)
    func entropy(_ counts: some Sequence<Int>) -> Double {
      counts.map { Double($0) / n }.sorted().reduce(0) { $0 - $1 * log($1) }
    }
    let (first, second) = (entropy(ofA.values), entropy(ofB.values))
    if first + second == 0 { return 1 }
    let information = first + second - entropy(joint.values)
    return max(0, min(1, 2 * information / (first + second)))
  }
}
