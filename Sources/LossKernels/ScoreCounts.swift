/// Counts of scores in equal bins.
public enum ScoreCounts {
  /// Adds 1 to the bin of each score: ⌊(score − lowest) · binsPerUnit⌋, held within the bins there are.
  /// NaN counts in the first.
  ///
  /// - Parameter bins: At most 2²² of them.
  public static func add(
    _ scores: UnsafePointer<Float>, count: Int, lowest: Float, binsPerUnit: Float,
    to bins: UnsafeMutableBufferPointer<UInt32>
  ) {
    let counts = bins.baseAddress!
    let last = Float(bins.count - 1)
    let (low, scale) = (Lanes(repeating: lowest), Lanes(repeating: binsPerUnit))
    // Adding 2²³ leaves the whole part in the low bits; half less, since it rounds to the nearest.
    let magic = Lanes(repeating: 0x1p23)
    let half = Lanes(repeating: 0.5)
    var index = 0
    while index + 16 <= count {
      var place = (load(scores + index) - low) * scale - half
      place.replace(with: Lanes(repeating: 0), where: .!(place .> Lanes(repeating: 0)))
      place.replace(with: Lanes(repeating: last), where: place .> Lanes(repeating: last))
      let whole = unsafeBitCast(place + magic, to: SIMD16<UInt32>.self)
      for lane in 0..<16 { counts[Int(whole[lane] & 0x3f_ffff)] &+= 1 }
      index += 16
    }
    while index < count {
      let place = (scores[index] - lowest) * binsPerUnit
      counts[place > 0 ? Int(Swift.min(place, last)) : 0] &+= 1
      index += 1
    }
  }
}
