import Foundation
import LossKernels
import Losses
import Torch

/// How alike samples are to t-SNE: for each sample a probability over its neighbours, and these made
/// symmetric.
///
/// p(j|i) = exp(−βᵢ·‖xᵢ − xⱼ‖²) / Σ over the ⌊3·perplexity⌋ nearest neighbours of i, with βᵢ such that
/// the entropy is log perplexity; p = (p(j|i) + p(i|j)) / 2N, which sums to 1.
struct Affinities {
  /// Where the partners of each sample start, multiples of 16; one more for the end.
  let starts: [Int]
  /// Filled up with the sample itself.
  let partners: [Int32]
  /// p; 0 for filling.
  let weights: [Float]

  var count: Int { starts.count - 1 }

  init(_ features: Tensor, perplexity: Double) throws {
    let count = features.shape[0]
    let width = min(Int(3 * perplexity), count - 1)
    let found = try NearestNeighbors(count: width)(features)
    let distances = try found.distances.elements(Float.self)
    let neighbors = try found.indices.elements(Int64.self)

    // Each row in the order of the indices, so that rows and columns can be merged.
    var indices = [Int32](repeating: 0, count: count * width)
    var shares = [Float](repeating: 0, count: count * width)
    let parts = max(Runtime.threadCount, 1)
    try indices.withUnsafeMutableBufferPointer { indices in
      nonisolated(unsafe) let indices = indices
      try shares.withUnsafeMutableBufferPointer { shares in
        nonisolated(unsafe) let shares = shares
        try Runtime.concurrently(parts) { part in
          for row in count * part / parts..<count * (part + 1) / parts {
            let range = row * width..<(row + 1) * width
            let probabilities = Self.probabilities(distances[range], perplexity: perplexity)
            let order = (0..<width).sorted {
              neighbors[range.lowerBound + $0]
                < neighbors[range.lowerBound + $1]
            }
            for (place, source) in order.enumerated() {
              indices[range.lowerBound + place] = Int32(neighbors[range.lowerBound + source])
              shares[range.lowerBound + place] = Float(probabilities[source])
            }
          }
        }
      }
    }
    self.init(indices: indices, shares: shares, count: count, width: width)
  }

  /// p(j|i) of one sample from its squared distances, ascending.
  static func probabilities(_ distances: ArraySlice<Float>, perplexity: Double) -> [Double] {
    let nearest = Double(distances.first!)
    // A distance common to all changes nothing, but the exponentials would vanish.
    let excess = distances.map { Double($0) - nearest }
    let mean = excess.reduce(0, +) / Double(excess.count)
    // All are equally near.
    guard mean > 0 else {
      return [Double](repeating: 1 / Double(excess.count), count: excess.count)
    }
    let target = log(perplexity)
    var probabilities = excess
    var (logBeta, lower, upper) = (-log(mean), -Double.infinity, Double.infinity)
    for _ in 0..<100 {
      let beta = exp(logBeta)
      var (sum, first, second) = (0.0, 0.0, 0.0)
      for (place, distance) in excess.enumerated() {
        let p = exp(-beta * distance)
        probabilities[place] = p
        sum += p
        first += p * distance
        second += p * distance * distance
      }
      first /= sum
      second /= sum
      let entropy = log(sum) + beta * first
      for place in probabilities.indices { probabilities[place] /= sum }
      let difference = entropy - target
      if abs(difference) < 1e-9 { break }
      // The entropy falls as β grows.
      if difference > 0 { lower = logBeta } else { upper = logBeta }
      // Newton's step by log β, whose derivative is −β²·Var; halving where it leads astray.
      let slope = beta * beta * (second - first * first)
      var next = logBeta + difference / slope
      if !(next > lower && next < upper) || abs(next - logBeta) > 3 {
        next =
          lower.isFinite && upper.isFinite
          ? (lower + upper) / 2 : logBeta + (difference > 0 ? 1 : -1)
      }
      // More equally near ones than the perplexity: the entropy cannot fall that far.
      if next == logBeta || abs(next) > 600 { break }
      logBeta = next
    }
    return probabilities
  }

  /// Rows of conditional probabilities with what they are by column, [count, width].
  private init(indices: [Int32], shares: [Float], count: Int, width: Int) {
    // The transpose, whose rows come in order as well.
    var columnStarts = [Int](repeating: 0, count: count + 1)
    for index in indices { columnStarts[Int(index) + 1] += 1 }
    for row in 0..<count { columnStarts[row + 1] += columnStarts[row] }
    var free = columnStarts
    var sources = [Int32](repeating: 0, count: indices.count)
    var values = [Float](repeating: 0, count: indices.count)
    for row in 0..<count {
      for place in row * width..<(row + 1) * width {
        let column = Int(indices[place])
        sources[free[column]] = Int32(row)
        values[free[column]] = shares[place]
        free[column] += 1
      }
    }

    var starts = [0]
    var partners: [Int32] = []
    var weights: [Float] = []
    starts.reserveCapacity(count + 1)
    partners.reserveCapacity(2 * indices.count)
    weights.reserveCapacity(2 * indices.count)
    let factor = 1 / (2 * Float(count))
    for row in 0..<count {
      var (a, b) = (row * width, columnStarts[row])
      let (endA, endB) = ((row + 1) * width, columnStarts[row + 1])
      while a < endA || b < endB {
        let indexA = a < endA ? indices[a] : .max
        let indexB = b < endB ? sources[b] : .max
        var weight: Float = 0
        if indexA <= indexB {
          weight += shares[a]
          a += 1
        }
        if indexB <= indexA {
          weight += values[b]
          b += 1
        }
        partners.append(min(indexA, indexB))
        weights.append(weight * factor)
      }
      while partners.count % 16 != 0 {
        partners.append(Int32(row))
        weights.append(0)
      }
      starts.append(partners.count)
    }
    (self.starts, self.partners, self.weights) = (starts, partners, weights)
  }
}
