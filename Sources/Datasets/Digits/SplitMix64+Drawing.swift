import RandomNumbers

// What drawing digits needs of the generator.
extension SplitMix64 {
  /// Uniform in `range`.
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    let unit = Float(next() >> 40) * 0x1p-24
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }

  /// Uniform in `0..<bound`; the bias is below `bound` / 2³².
  mutating func index(below bound: Int) -> Int {
    Int((next() >> 32) &* UInt64(bound) >> 32)
  }

  /// Bell-shaped with mean 0 and standard deviation 1, never beyond ±2√3: the sum of four uniforms.
  ///
  /// Only sums and products, so that every platform draws the same pictures; and bounded, so that
  /// no rare draw makes a digit illegible.
  mutating func bell() -> Float {
    let word = next()
    let sum =
      (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + word >> 48
    return (Float(sum) * 0x1p-16 - 2) * 1.7320508
  }

  /// Two independent draws of `bell`.
  mutating func bellPair() -> SIMD2<Float> { SIMD2(bell(), bell()) }
}
