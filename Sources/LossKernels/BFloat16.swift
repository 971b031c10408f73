/// The upper halves of float32 numbers, rounded to nearest, ties to even: 8 bits of precision.
public enum BFloat16 {
  /// Rounds rows of `width` numbers, one after another with a stride of their own.
  public static func round(
    _ rows: UnsafePointer<Float>, rowCount: Int, width: Int,
    into result: UnsafeMutablePointer<UInt16>, stride: Int
  ) {
    for row in 0..<rowCount {
      let line = rows + row * width
      let target = result + row * stride
      var column = 0
      while column + 16 <= width {
        store(load(line + column), target + column)
        column += 16
      }
      while column < width {
        target[column] = UInt16(truncatingIfNeeded: bits(Lanes(repeating: line[column]))[0])
        column += 1
      }
      for padding in width..<max(width, stride) { target[padding] = 0 }
    }
  }

  /// Rounds rows, and puts two of them together: [rowCount / 2, width, 2], with zeros for what an odd
  /// count lacks.
  public static func roundPairs(
    _ rows: UnsafePointer<Float>, rowCount: Int, width: Int, stride: Int,
    into result: UnsafeMutablePointer<UInt16>
  ) {
    let words = UnsafeMutableRawPointer(result)
    for pair in 0..<(rowCount + 1) / 2 {
      let upper = rows + 2 * pair * stride
      let lower = 2 * pair + 1 < rowCount ? upper + stride : nil
      let target = words + pair * width * 4
      var column = 0
      while column + 16 <= width {
        let second = lower.map { bits(load($0 + column)) } ?? .zero
        let word = bits(load(upper + column)) | (second &<< SIMD16<UInt32>(repeating: 16))
        target.storeBytes(of: word, toByteOffset: column * 4, as: SIMD16<UInt32>.self)
        column += 16
      }
      while column < width {
        let first = bits(Lanes(repeating: upper[column]))[0]
        let second = lower.map { bits(Lanes(repeating: $0[column]))[0] } ?? 0
        target.storeBytes(of: first | second << 16, toByteOffset: column * 4, as: UInt32.self)
        column += 1
      }
    }
  }

  /// Σ a · b of `width` numbers, a multiple of 16.
  public static func dot(
    _ a: UnsafePointer<UInt16>, _ b: UnsafePointer<Float>, _ width: Int
  ) -> Float {
    var sum = Lanes.zero
    for column in Swift.stride(from: 0, to: width, by: 16) {
      let halves = UnsafeRawPointer(a + column).loadUnaligned(as: SIMD16<UInt16>.self)
      let bits =
        SIMD16<UInt32>(truncatingIfNeeded: halves) &<< SIMD16<UInt32>(repeating: 16)
      sum = sum.plusProduct(unsafeBitCast(bits, to: Lanes.self), load(b + column))
    }
    return sum.laneSum()
  }

  @inline(__always)
  static func store(_ lanes: Lanes, _ target: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(target).storeBytes(
      of: SIMD16<UInt16>(truncatingIfNeeded: bits(lanes)), as: SIMD16<UInt16>.self)
  }

  @inline(__always)
  private static func bits(_ lanes: Lanes) -> SIMD16<UInt32> {
    let bits = unsafeBitCast(lanes, to: SIMD16<UInt32>.self)
    let shift = SIMD16<UInt32>(repeating: 16)
    let isOdd = (bits &>> shift) & SIMD16<UInt32>(repeating: 1)
    let rounded = (bits &+ SIMD16<UInt32>(repeating: 0x7FFF) &+ isOdd) &>> shift
    // Rounding may carry a NaN over to 0.
    return rounded.replacing(with: 0x7FC0, where: lanes .!= lanes)
  }
}
