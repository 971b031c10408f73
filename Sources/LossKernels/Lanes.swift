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

  /// The sum of the lanes, always in the same order.
  @inline(__always)
  func laneSum() -> Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// The lanes without their signs.
  @inline(__always)
  var magnitudes: Self {
    unsafeBitCast(
      unsafeBitCast(self, to: SIMD16<UInt32>.self) & SIMD16<UInt32>(repeating: 0x7fff_ffff),
      to: Self.self)
  }

  /// The smallest lane.
  @inline(__always)
  func leastLane() -> Float {
    let eight = lowHalf.replacing(with: highHalf, where: highHalf .< lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .< eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .< four.lowHalf)
    return Swift.min(two.x, two.y)
  }
}

/// Whether a comparison holds in any lane.
@inline(__always)
func anyLane(_ mask: SIMDMask<SIMD16<Int32>>) -> Bool {
  let lanes = SIMD16<Int32>.zero.replacing(with: -1, where: mask)
  let eight = lanes.lowHalf | lanes.highHalf
  let four = eight.lowHalf | eight.highHalf
  let two = four.lowHalf | four.highHalf
  return two.x | two.y != 0
}

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Lanes {
  UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func load(_ pointer: UnsafeMutablePointer<Float>) -> Lanes { load(UnsafePointer(pointer)) }

@inline(__always)
func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
}
