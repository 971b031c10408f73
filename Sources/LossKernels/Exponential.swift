/// Sixteen numbers at once: the widest registers of today's CPUs, and two or four of narrower ones.
@usableFromInline typealias Lanes = SIMD16<Float>

extension SIMD16<Float> {
  /// a · b + self.
  ///
  /// Without fused multiply-add in the instruction set, `addingProduct` calls a library function for
  /// every lane.
  @inline(__always)
  func plusProduct(_ a: Self, _ b: Self) -> Self {
    #if MARGIN_FMA
      addingProduct(a, b)
    #else
      self + a * b
    #endif
  }

  /// e^x to 1.2 ULP or so, for x up to 88; 0 below −87.
  ///
  /// x = n · ln 2 + r with |r| ≤ ½ ln 2; e^r by a polynomial of degree 6, and 2^n by the exponent's
  /// bits.
  @inline(__always)
  func exponential() -> Self {
    let least: Float = -87
    let isTiny = self .< Self(repeating: least)
    let x = self.replacing(with: Self(repeating: least), where: isTiny)
    // Adding 1.5 · 2²³ rounds to a whole number, which the low bits of the sum then hold.
    let magic: Float = 12_582_912
    let shifted = Self(repeating: magic).plusProduct(x, Self(repeating: 1.442_695_04))
    let n = shifted - Self(repeating: magic)
    // ln 2 in two parts, so that n · ln 2 keeps its low bits.
    let r = x.plusProduct(n, Self(repeating: -0.693_359_375))
      .plusProduct(n, Self(repeating: 2.121_944_4e-4))
    var p = Self(repeating: 1.388_888_9e-3)
    p = Self(repeating: 8.333_333_3e-3).plusProduct(p, r)
    p = Self(repeating: 4.166_666_7e-2).plusProduct(p, r)
    p = Self(repeating: 0.166_666_67).plusProduct(p, r)
    p = Self(repeating: 0.5).plusProduct(p, r)
    p = Self(repeating: 1).plusProduct(p, r)
    p = Self(repeating: 1).plusProduct(p, r)
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let exponent = (bits &- SIMD16<Int32>(repeating: 0x4B40_0000)) &<< SIMD16<Int32>(repeating: 23)
    let scaled = unsafeBitCast(
      unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Self.self)
    return scaled.replacing(with: 0, where: isTiny)
  }

  /// The sum of the lanes, always in the same order.
  @inline(__always)
  func laneSum() -> Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}
