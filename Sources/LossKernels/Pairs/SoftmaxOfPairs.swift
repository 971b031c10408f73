#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// e^{factor · (v − offset)} of a run of cosines, and their sum.
struct PairExponentials {
  /// The largest of factor · v, 0 if there is none.
  let largest: Float
  /// Σ e^{factor · v − largest}.
  let sum: Float

  /// Leaves the exponentials in `results`: 0 for values beyond what a cosine can be, and for those
  /// with factor · v ≤ factor · bound.
  init(
    _ values: UnsafePointer<Float>, factor: Float, above bound: Float? = nil,
    into results: UnsafeMutablePointer<Float>, width: Int
  ) {
    let lower = Lanes(repeating: factor > 0 ? bound ?? -1e29 : -1e29)
    let upper = Lanes(repeating: factor > 0 ? 1e29 : bound ?? 1e29)
    let none = Lanes(repeating: -1e30)
    let factors = Lanes(repeating: factor)
    var top = none
    var column = 0
    while column < width {
      let v = load(values + column)
      let z = none.replacing(with: v * factors, where: (v .> lower) .& (v .< upper))
      top.replace(with: z, where: z .> top)
      store(z, results + column)
      column += 16
    }
    let largest = -(-top).leastLane()
    guard largest > -1e29 else {
      results.update(repeating: 0, count: width)
      self.largest = 0
      sum = 0
      return
    }
    self.largest = largest
    let offset = Lanes(repeating: largest)
    var total = Lanes.zero
    column = 0
    while column < width {
      let e = (load(results + column) - offset).exponential()
      total += e
      store(e, results + column)
      column += 16
    }
    sum = total.laneSum()
  }

  var isEmpty: Bool { sum == 0 }
  /// log Σ e^{factor · v}.
  var logarithm: Double { Double(largest) + log(Double(sum)) }
}

private func multiply(_ numbers: UnsafeMutablePointer<Float>, by factor: Float, width: Int) {
  let factors = Lanes(repeating: factor)
  for column in stride(from: 0, to: width, by: 16) {
    store(load(numbers + column) * factors, numbers + column)
  }
}

/// A softmax of each positive's cosine against those of all negatives.
public struct NTXentKernel: PairKernel {
  public let measure = PairMeasure.cosine
  let factor: Float

  /// - Parameter factor: 1/τ.
  public init(factor: Float) { self.factor = factor }

  public func evaluate(_ row: PairRow) -> PairSums {
    let count = Double(row.positiveCount)
    guard row.positiveCount > 0, row.negativeCount > 0 else {
      row.clear()
      return PairSums(loss: 0, count: count)
    }
    let negatives = PairExponentials(
      row.values, factor: factor, into: row.slopes, width: row.width)
    let logarithm = negatives.logarithm
    var (loss, weights) = (0.0, 0.0)
    for index in 0..<row.positiveCount {
      // log(1 + e^x), and its slope.
      let x = logarithm - Double(row.positives[index] * factor)
      let e = exp(-abs(x))
      loss += max(x, 0) + log1p(e)
      let weight = (x > 0 ? 1 : e) / (1 + e)
      weights += weight
      row.positiveSlopes[index] = Float(-weight) * factor
    }
    multiply(row.slopes, by: Float(weights) * factor / negatives.sum, width: row.width)
    return PairSums(loss: loss, count: count)
  }
}

/// A softmax over all candidates, averaged over the positives of the anchor.
public struct SupConKernel: PairKernel {
  public let measure = PairMeasure.cosine
  let factor: Float
  let isInside: Bool

  /// - Parameters:
  ///   - factor: 1/τ.
  ///   - isInside: Whether the mean over positives is inside of the logarithm.
  public init(factor: Float, isInside: Bool) {
    self.factor = factor
    self.isInside = isInside
  }

  public func evaluate(_ row: PairRow) -> PairSums {
    let count = row.positiveCount
    guard count > 0 else {
      row.clear()
      return .zero
    }
    let negatives = PairExponentials(
      row.values, factor: factor, into: row.slopes, width: row.width)
    let positives = PairExponentials(
      row.positives, factor: factor, into: row.positiveSlopes, width: row.positiveWidth)
    // Both sums by the larger offset.
    let largest =
      negatives.isEmpty ? positives.largest : max(negatives.largest, positives.largest)
    let (a, b) = (exp(negatives.largest - largest), exp(positives.largest - largest))
    let sum = (negatives.isEmpty ? 0 : negatives.sum * a) + positives.sum * b
    multiply(
      row.slopes, by: negatives.isEmpty ? 0 : factor * a / sum, width: row.width)
    let all = Double(largest) + log(Double(sum))
    if isInside {
      multiply(
        row.positiveSlopes, by: factor * (b / sum - 1 / positives.sum), width: row.positiveWidth)
      return PairSums(loss: all - positives.logarithm + log(Double(count)), count: 1)
    }
    var own = 0.0
    for index in 0..<count {
      own += Double(row.positives[index])
      row.positiveSlopes[index] =
        row.positiveSlopes[index] * (factor * b / sum) - factor / Float(count)
    }
    return PairSums(loss: all - own * Double(factor) / Double(count), count: 1)
  }
}

/// log(1 + Σ_p e^{−α(S − λ)})/α + log(1 + Σ_n e^{β(S − λ)})/β, over all pairs of an anchor or over those
/// that a margin of ε lets through.
public struct MultiSimilarityKernel: PairKernel {
  public let measure = PairMeasure.cosine
  let alpha, beta, base: Float
  let epsilon: Float?

  /// - Parameter epsilon: ε; all pairs if nil.
  public init(alpha: Float, beta: Float, base: Float, epsilon: Float?) {
    self.alpha = alpha
    self.beta = beta
    self.base = base
    self.epsilon = epsilon
  }

  public func evaluate(_ row: PairRow) -> PairSums {
    var (leastPositive, largestNegative): (Float?, Float?)
    if let epsilon {
      guard row.positiveCount > 0, row.negativeCount > 0 else {
        row.clear()
        return PairSums(loss: 0, count: 1)
      }
      let positives = UnsafeBufferPointer(start: row.positives, count: row.positiveCount)
      leastPositive = positives.min()! - epsilon
      largestNegative = row.largestCosine() + epsilon
    }
    let negatives = PairExponentials(
      row.values, factor: beta, above: leastPositive, into: row.slopes, width: row.width)
    let positives = PairExponentials(
      row.positives, factor: -alpha, above: largestNegative, into: row.positiveSlopes,
      width: row.positiveWidth)
    let pushes = finish(negatives, shift: -beta * base, row.slopes, 1, width: row.width)
    let pulls = finish(
      positives, shift: alpha * base, row.positiveSlopes, -1, width: row.positiveWidth)
    return PairSums(
      loss: pulls / Double(alpha) + pushes / Double(beta), count: 1)
  }

  /// log(1 + Σ e^{z + shift}) from Σ e^z, and ± e^z's share in it.
  private func finish(
    _ exponentials: PairExponentials, shift: Float, _ slopes: UnsafeMutablePointer<Float>,
    _ sign: Float, width: Int
  ) -> Double {
    guard !exponentials.isEmpty else { return 0 }
    let x = exponentials.logarithm + Double(shift)
    let e = exp(-abs(x))
    let share = (x > 0 ? 1 : e) / (1 + e)
    multiply(slopes, by: sign * Float(share) / exponentials.sum, width: width)
    return max(x, 0) + log1p(e)
  }
}

extension PairRow {
  /// The largest cosine of a negative.
  fileprivate func largestCosine() -> Float {
    var top = Lanes(repeating: PairRow.lowBeyond)
    for column in stride(from: 0, to: width, by: 16) {
      let v = load(values + column)
      top.replace(with: v, where: v .> top)
    }
    return -(-top).leastLane()
  }
}
