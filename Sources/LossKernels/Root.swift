extension SIMD16<Float> {
  /// √x to 1 ULP or so, for x of at least 0; 0 below the least normal number. `squareRoot` goes lane by
  /// lane.
  ///
  /// 1/√x from halving the exponent, made exact by Newton's method.
  @inline(__always)
  func root() -> Self {
    let bits = unsafeBitCast(self, to: SIMD16<Int32>.self)
    let guess = SIMD16<Int32>(repeating: 0x5F37_59DF) &- (bits &>> SIMD16<Int32>(repeating: 1))
    var y = unsafeBitCast(guess, to: Self.self)
    let half = self * -0.5
    for _ in 0..<3 {
      y *= Self(repeating: 1.5).plusProduct(half * y, y)
    }
    let root = self * y
    // One step more, for the root itself.
    let rest = self.plusProduct(-root, root)
    return root.plusProduct(rest * 0.5, y)
      .replacing(with: 0, where: self .< Self(repeating: .leastNormalMagnitude))
  }
}
