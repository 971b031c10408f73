/// The SplitMix64 generator: small, quick, and the same on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64 {
  private var state: UInt64

  /// A generator of its own for every combination of words: the same words give the same numbers.
  init(_ words: UInt64...) {
    state = words.reduce(0) { Self.mix($0 &+ $1 &+ Self.increment) }
  }

  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

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
