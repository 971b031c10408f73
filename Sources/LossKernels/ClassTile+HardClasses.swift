extension ClassTile {
  /// A change of the scores that are above a bound b_i of the sample:
  /// z' = square · z² + slope · z + offset.
  public struct HardClasses {
    let square, slope, offset: Float
    let bounds: UnsafePointer<Float>

    /// - Parameter bounds: b_i [S].
    public init(square: Float, slope: Float, offset: Float, bounds: UnsafePointer<Float>) {
      (self.square, self.slope, self.offset, self.bounds) = (square, slope, offset, bounds)
    }

    /// For samples from one on.
    public func from(_ sample: Int) -> HardClasses {
      HardClasses(square: square, slope: slope, offset: offset, bounds: bounds + sample)
    }

    /// z' and its slope.
    @inline(__always)
    func callAsFunction(_ z: Lanes, above bound: Lanes) -> (score: Lanes, slope: Lanes) {
      let isHard = z .> bound
      let (a, b) = (Lanes(repeating: square), Lanes(repeating: slope))
      let changed = Lanes(repeating: offset).plusProduct(b.plusProduct(a, z), z)
      return (
        z.replacing(with: changed, where: isHard),
        Lanes(repeating: 1).replacing(with: b.plusProduct(a + a, z), where: isHard)
      )
    }
  }

  /// As `raise(_:scores:)`, of scores with a change.
  public func raise(
    _ peaks: UnsafeMutablePointer<Float>, scores: Scores, _ hardClasses: HardClasses
  ) {
    for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
      let bound = load(hardClasses.bounds + column)
      var largest = load(peaks + column)
      for row in 0..<classCount {
        let z = scores(load(elements + row * stride + column), row, plus: .zero)
        let changed = hardClasses(z, above: bound).score
        largest.replace(with: changed, where: changed .> largest)
      }
      store(largest, peaks + column)
    }
  }

  /// As `exponentiate`, of scores with a change: elements become r_j · z'_ji's slope · e_ji.
  public func exponentiate(
    scores: Scores, _ hardClasses: HardClasses, offsets: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, thresholds: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>
  ) -> Int {
    let one = SIMD16<Int32>(repeating: 1)
    var count = 0
    for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
      let offset = load(offsets + column)
      let threshold = load(thresholds + column)
      let bound = load(hardClasses.bounds + column)
      var present = SIMD16<Int32>.zero
      var total = Lanes.zero
      for row in 0..<classCount {
        let place = elements + row * stride + column
        let (z, slope) = hardClasses(scores(load(place), row, plus: .zero), above: bound)
        let e = (z - offset).exponential()
        total += e
        let product = e * slope
        present.replace(with: present &+ one, where: product.magnitudes .>= threshold)
        store(product * Lanes(repeating: weights[row]), place)
      }
      store(load(sums + column) + total, sums + column)
      count += Int(present.wrappedSum())
    }
    return count
  }
}
