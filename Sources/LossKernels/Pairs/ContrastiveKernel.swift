/// D^p/p of positives, max(0, m − D)^p/p of negatives.
public struct ContrastiveKernel: PairKernel {
  public let measure: PairMeasure
  public let separatesClasses: Bool
  let margin: Float
  let isSquared: Bool
  let countsNonZero: Bool

  /// - Parameters:
  ///   - isSquared: Whether p = 2, else p = 1.
  ///   - countsNonZero: Whether only pairs whose loss is not 0 count.
  public init(
    measure: PairMeasure, margin: Float, isSquared: Bool, separatesClasses: Bool,
    countsNonZero: Bool
  ) {
    self.measure = measure
    self.margin = margin
    self.isSquared = isSquared
    self.separatesClasses = separatesClasses
    self.countsNonZero = countsNonZero
  }

  public func evaluate(_ row: PairRow) -> PairSums {
    let (pushes, pushed) = push(row)
    let (pulls, pulled) = pull(row)
    let counts: SIMD2<Double> =
      countsNonZero
      ? [pulled, pushed] : [Double(row.positiveCount), Double(row.negativeCount)]
    if separatesClasses { return PairSums(losses: [pulls, pushes], counts: counts) }
    return PairSums(loss: pulls + pushes, count: counts.sum())
  }

  private func push(_ row: PairRow) -> (loss: Double, active: Double) {
    let (zero, one) = (Lanes.zero, Lanes(repeating: 1))
    let margin = Lanes(repeating: margin)
    var (sum, active) = (zero, zero)
    var column = 0
    while column < row.width {
      let room = margin - load(row.values + column)
      let isActive = room .> zero
      let hinge = zero.replacing(with: room, where: isActive)
      let ones = zero.replacing(with: one, where: isActive)
      active += ones
      if isSquared {
        sum = sum.plusProduct(hinge, hinge)
        store(-hinge, row.slopes + column)
      } else {
        sum += hinge
        store(-ones, row.slopes + column)
      }
      column += 16
    }
    return (Double(sum.laneSum()) * (isSquared ? 0.5 : 1), Double(active.laneSum()))
  }

  private func pull(_ row: PairRow) -> (loss: Double, active: Double) {
    var (sum, active) = (0.0, 0.0)
    for index in 0..<row.positiveCount {
      let distance = row.positives[index]
      let loss = isSquared ? 0.5 * distance * distance : distance
      sum += Double(loss)
      active += loss > 0 ? 1 : 0
      row.positiveSlopes[index] = isSquared ? distance : 1
    }
    return (sum, active)
  }
}
