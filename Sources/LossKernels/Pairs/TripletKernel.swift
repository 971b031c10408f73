/// Σ max(0, D(a,p) − D(a,n) + m) over all positives and negatives of an anchor, or over those negatives
/// that are farther than the positive.
public struct TripletKernel: PairKernel {
  public let measure: PairMeasure
  let margin: Float
  let isBand: Bool
  let countsNonZero: Bool

  /// - Parameters:
  ///   - isBand: Whether only D(a,p) < D(a,n) < D(a,p) + m is used.
  ///   - countsNonZero: Whether only triplets whose loss is not 0 count.
  public init(measure: PairMeasure, margin: Float, isBand: Bool, countsNonZero: Bool) {
    self.measure = measure
    self.margin = margin
    self.isBand = isBand
    self.countsNonZero = countsNonZero
  }

  /// Up to here a pass over the row for every four positives is faster than ranking the negatives.
  static let mostPasses = 64

  public func evaluate(_ row: PairRow) -> PairSums {
    guard row.positiveCount > 0, row.negativeCount > 0 else {
      row.clear()
      return .zero
    }
    let (loss, active) = row.positiveCount <= Self.mostPasses ? passes(row) : ranked(row)
    let all = Double(row.positiveCount) * Double(row.negativeCount)
    return PairSums(loss: loss, count: isBand || countsNonZero ? active : all)
  }

  /// O(K·M) for K positives, sixteen negatives at a time.
  private func passes(_ row: PairRow) -> (loss: Double, active: Double) {
    row.slopes.update(repeating: 0, count: row.width)
    var (loss, active) = (0.0, 0.0)
    var first = 0
    while first < row.positiveCount {
      let (sums, counts) = pass(row, positives: first)
      loss += Double(sums)
      for lane in 0..<4 {
        row.positiveSlopes[first + lane] = counts[lane]
        active += Double(counts[lane])
      }
      first += 4
    }
    return (loss, active)
  }

  /// The sum over four positives, and how many negatives each is used with.
  private func pass(_ row: PairRow, positives first: Int) -> (Float, SIMD4<Float>) {
    func bounds(_ offset: Int) -> (lower: Lanes, upper: Lanes) {
      // A positive that does not exist has no negatives.
      guard first + offset < row.positiveCount else {
        return (Lanes(repeating: .infinity), Lanes(repeating: -.infinity))
      }
      let distance = row.positives[first + offset]
      return (
        Lanes(repeating: isBand ? distance : -.infinity), Lanes(repeating: distance + margin)
      )
    }
    let ((l0, u0), (l1, u1), (l2, u2), (l3, u3)) = (bounds(0), bounds(1), bounds(2), bounds(3))
    let (zero, one) = (Lanes.zero, Lanes(repeating: 1))
    var (sum0, sum1) = (zero, zero)
    var (c0, c1, c2, c3) = (zero, zero, zero, zero)
    var column = 0
    while column < row.width {
      let d = load(row.values + column)
      let (t0, t1, t2, t3) = (u0 - d, u1 - d, u2 - d, u3 - d)
      let (in0, in1) = ((t0 .> zero) .& (d .> l0), (t1 .> zero) .& (d .> l1))
      let (in2, in3) = ((t2 .> zero) .& (d .> l2), (t3 .> zero) .& (d .> l3))
      sum0 += zero.replacing(with: t0, where: in0)
      sum1 += zero.replacing(with: t1, where: in1)
      sum0 += zero.replacing(with: t2, where: in2)
      sum1 += zero.replacing(with: t3, where: in3)
      let (n0, n1) = (zero.replacing(with: one, where: in0), zero.replacing(with: one, where: in1))
      let (n2, n3) = (zero.replacing(with: one, where: in2), zero.replacing(with: one, where: in3))
      (c0, c1, c2, c3) = (c0 + n0, c1 + n1, c2 + n2, c3 + n3)
      store(load(row.slopes + column) - ((n0 + n1) + (n2 + n3)), row.slopes + column)
      column += 16
    }
    return (
      (sum0 + sum1).laneSum(),
      SIMD4(c0.laneSum(), c1.laneSum(), c2.laneSum(), c3.laneSum())
    )
  }

  /// O(M·log K): each negative is used with a run of the sorted positives, whose ends are found by
  /// bisection. What a positive is used with follows from how many runs begin and end before it.
  private func ranked(_ row: PairRow) -> (loss: Double, active: Double) {
    let count = row.positiveCount
    let sorted = SortedPositives(row)
    let limits = sorted.distances.map { $0 + margin }
    var begun = [Double](repeating: 0, count: count + 1)
    var sums = begun
    limits.withUnsafeBufferPointer { limits in
      sorted.distances.withUnsafeBufferPointer { distances in
        for column in 0..<row.width {
          let distance = row.values[column]
          guard distance < limits[count - 1] else {
            row.slopes[column] = 0
            continue
          }
          let begin = rank(of: distance, in: limits, orEqual: true)
          let end = isBand ? rank(of: distance, in: distances, orEqual: false) : count
          guard begin < end else {
            row.slopes[column] = 0
            continue
          }
          row.slopes[column] = -Float(end - begin)
          begun[begin] += 1
          begun[end] -= 1
          sums[begin] += Double(distance)
          sums[end] -= Double(distance)
        }
      }
    }
    var (loss, active, used, sum) = (0.0, 0.0, 0.0, 0.0)
    for (position, index) in sorted.order.enumerated() {
      used += begun[position]
      sum += sums[position]
      loss += used * Double(limits[position]) - sum
      active += used
      row.positiveSlopes[index] = Float(used)
    }
    return (loss, active)
  }
}

/// The distances of an anchor's positives, ascending.
struct SortedPositives {
  let order: [Int]
  let distances: [Float]

  init(_ row: PairRow) {
    let positives = row.positives
    order = (0..<row.positiveCount).sorted {
      (positives[$0], $0) < (positives[$1], $1)
    }
    distances = order.map { positives[$0] }
  }
}

/// How many of ascending numbers are less than `value`, or (with `orEqual`) not more.
@inline(__always)
func rank(
  of value: Float, in sorted: UnsafeBufferPointer<Float>, orEqual: Bool
) -> Int {
  var (first, length) = (0, sorted.count)
  while length > 0 {
    let half = length / 2
    let middle = sorted[first + half]
    let isBefore = orEqual ? middle <= value : middle < value
    first = isBefore ? first + half + 1 : first
    length = isBefore ? length - half - 1 : half
  }
  return first
}
