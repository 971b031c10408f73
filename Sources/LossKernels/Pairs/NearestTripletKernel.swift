/// max(0, D(a,p) − D(a,n) + m) for each positive of an anchor and the nearest negative that is farther.
public struct NearestTripletKernel: PairKernel {
  public let measure: PairMeasure
  let margin: Float
  let orFarthest: Bool
  let countsNonZero: Bool

  /// - Parameters:
  ///   - orFarthest: Whether the farthest negative is taken where none is farther than the positive;
  ///     else there is no triplet.
  ///   - countsNonZero: Whether only triplets whose loss is not 0 count.
  public init(measure: PairMeasure, margin: Float, orFarthest: Bool, countsNonZero: Bool) {
    self.measure = measure
    self.margin = margin
    self.orFarthest = orFarthest
    self.countsNonZero = countsNonZero
  }

  public func evaluate(_ row: PairRow) -> PairSums {
    row.clear()
    guard row.positiveCount > 0, row.negativeCount > 0 else { return .zero }
    var sums = PairSums.zero
    let farthest = orFarthest ? self.farthest(row) : 0
    func use(_ positive: Int, _ nearest: Float, column: () -> Int) {
      let isMissing = nearest >= PairRow.farBeyond
      guard orFarthest || !isMissing else { return }
      let distance = isMissing ? farthest : nearest
      let hinge = row.positives[positive] + margin - distance
      sums.counts[0] += countsNonZero && hinge <= 0 ? 0 : 1
      guard hinge > 0 else { return }
      sums.losses[0] += Double(hinge)
      row.positiveSlopes[positive] = 1
      row.slopes[isMissing ? self.column(of: farthest, row) : column()] -= 1
    }
    if row.positiveCount <= 64 {
      for first in stride(from: 0, to: row.positiveCount, by: 4) {
        let nearest = self.nearest(row, positives: first)
        for lane in 0..<min(4, row.positiveCount - first) {
          use(first + lane, nearest[lane]) { self.column(of: nearest[lane], row) }
        }
      }
    } else {
      let sorted = SortedPositives(row)
      let nearest = ranked(row, sorted)
      for (position, positive) in sorted.order.enumerated() {
        use(positive, nearest[position].distance) { nearest[position].column }
      }
    }
    return sums
  }

  /// The nearest negative beyond each of four positives.
  private func nearest(_ row: PairRow, positives first: Int) -> SIMD4<Float> {
    let far = Lanes(repeating: PairRow.farBeyond)
    // Filling is beyond all distances: nothing is beyond that.
    func bound(_ offset: Int) -> Lanes { Lanes(repeating: row.positives[first + offset]) }
    let (p0, p1, p2, p3) = (bound(0), bound(1), bound(2), bound(3))
    var (m0, m1, m2, m3) = (far, far, far, far)
    var column = 0
    while column < row.width {
      let d = load(row.values + column)
      m0.replace(with: d, where: (d .> p0) .& (d .< m0))
      m1.replace(with: d, where: (d .> p1) .& (d .< m1))
      m2.replace(with: d, where: (d .> p2) .& (d .< m2))
      m3.replace(with: d, where: (d .> p3) .& (d .< m3))
      column += 16
    }
    return SIMD4(m0.leastLane(), m1.leastLane(), m2.leastLane(), m3.leastLane())
  }

  /// O(M·log K) for K positives: each negative is beyond the sorted positives before its rank.
  private func ranked(
    _ row: PairRow, _ sorted: SortedPositives
  ) -> [(distance: Float, column: Int)] {
    var nearest = [(distance: Float, column: Int)](
      repeating: (PairRow.farBeyond, -1), count: row.positiveCount + 1)
    sorted.distances.withUnsafeBufferPointer { distances in
      for column in 0..<row.width where row.values[column] < PairRow.farBeyond {
        let rank = rank(of: row.values[column], in: distances, orEqual: false)
        if row.values[column] < nearest[rank].distance {
          nearest[rank] = (row.values[column], column)
        }
      }
    }
    var best = nearest[row.positiveCount]
    for position in stride(from: row.positiveCount - 1, through: 0, by: -1) {
      let own = nearest[position]
      nearest[position] = best
      if own.distance < best.distance { best = own }
    }
    return nearest
  }

  private func farthest(_ row: PairRow) -> Float {
    var largest = Lanes(repeating: -.infinity)
    var column = 0
    while column < row.width {
      let d = load(row.values + column)
      largest.replace(
        with: d, where: (d .> largest) .& (d .< Lanes(repeating: PairRow.farBeyond)))
      column += 16
    }
    return -(-largest).leastLane()
  }

  private func column(of value: Float, _ row: PairRow) -> Int {
    var column = 0
    while column < row.width {
      if anyLane(load(row.values + column) .== Lanes(repeating: value)) {
        for lane in 0..<16 where row.values[column + lane] == value { return column + lane }
      }
      column += 16
    }
    preconditionFailure("a distance of the row is in the row")
  }
}

/// max(0, D(a,p) − D(a,n) + m) for the farthest (or nearest) positive and the nearest negative of an
/// anchor. Where several are equally far they share the slope.
public struct HardTripletKernel: PairKernel {
  public let measure: PairMeasure
  let margin: Float
  let takesNearestPositive: Bool
  let countsNonZero: Bool

  /// - Parameter countsNonZero: Whether only triplets whose loss is not 0 count.
  public init(
    measure: PairMeasure, margin: Float, takesNearestPositive: Bool, countsNonZero: Bool
  ) {
    self.measure = measure
    self.margin = margin
    self.takesNearestPositive = takesNearestPositive
    self.countsNonZero = countsNonZero
  }

  public func evaluate(_ row: PairRow) -> PairSums {
    row.clear()
    guard row.positiveCount > 0, row.negativeCount > 0 else { return .zero }
    let positives = UnsafeBufferPointer(start: row.positives, count: row.positiveCount)
    let positive = takesNearestPositive ? positives.min()! : positives.max()!
    var least = Lanes(repeating: PairRow.farBeyond)
    var column = 0
    while column < row.width {
      let d = load(row.values + column)
      least.replace(with: d, where: d .< least)
      column += 16
    }
    let negative = least.leastLane()
    let hinge = positive + margin - negative
    guard hinge > 0 else { return PairSums(loss: 0, count: countsNonZero ? 0 : 1) }
    share(1, row.positives, row.positiveSlopes, equalTo: positive, width: row.positiveWidth)
    share(-1, row.values, row.slopes, equalTo: negative, width: row.width)
    return PairSums(loss: Double(hinge), count: 1)
  }

  /// Deals `slope` out to all that have a value.
  private func share(
    _ slope: Float, _ values: UnsafePointer<Float>, _ slopes: UnsafeMutablePointer<Float>,
    equalTo value: Float, width: Int
  ) {
    let (zero, one) = (Lanes.zero, Lanes(repeating: 1))
    var count = zero
    for column in stride(from: 0, to: width, by: 16) {
      count += zero.replacing(
        with: one, where: load(values + column) .== Lanes(repeating: value))
    }
    let share = Lanes(repeating: slope / count.laneSum())
    for column in stride(from: 0, to: width, by: 16) {
      store(
        zero.replacing(with: share, where: load(values + column) .== Lanes(repeating: value)),
        slopes + column)
    }
  }
}
