extension SIMD16<Float> {
  /// e^x to 1.2 ULP or so, for x up to 88; 0 below −87; NaN for NaN.
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
    let exponent =
      (bits &- SIMD16<Int32>(repeating: 0x4B40_0000 - 127)) &<< SIMD16<Int32>(repeating: 23)
    // By a product, so that NaN stays NaN.
    return (p * unsafeBitCast(exponent, to: Self.self)).replacing(with: 0, where: isTiny)
  }
}
