/// Points of a plane on a grid, by cubic B-splines: each point belongs to the 4 × 4 nodes around it.
public struct SplineGrid {
  /// The nodes that a point reaches beyond the one below it: one before, two after.
  public static let margin = 3

  let x0, y0, inverseStep: Float

  /// - Parameters:
  ///   - x: The least first coordinate of a point.
  ///   - y: The least second one.
  ///   - step: Between nodes.
  public init(x: Float, y: Float, step: Float) {
    (x0, y0, inverseStep) = (x, y, 1 / step)
  }

  /// Adds every point of `rows` to the nodes around it, 1 in all.
  ///
  /// - Parameter nodes: Rows of `width` nodes; the row is the first coordinate.
  public func spread(
    _ rows: Range<Int>, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    onto nodes: UnsafeMutablePointer<Float>, width: Int
  ) {
    for row in rows {
      let (i, across) = place(x[row], x0)
      let (j, along) = place(y[row], y0)
      var line = UnsafeMutableRawPointer(nodes + i * width + j)
      for k in 0..<4 {
        let sum = line.loadUnaligned(as: SIMD4<Float>.self) + along * across[k]
        line.storeBytes(of: sum, as: SIMD4<Float>.self)
        line += 4 * width
      }
    }
  }

  /// Writes for every point of `rows` the sums of two fields over the nodes around it.
  ///
  /// - Parameters:
  ///   - first: Rows of `width` nodes.
  ///   - second: The same of the other field.
  public func collect(
    _ rows: Range<Int>, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    first: UnsafePointer<Float>, second: UnsafePointer<Float>, width: Int,
    into a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let (i, across) = place(x[row], x0)
      let (j, along) = place(y[row], y0)
      var offset = 4 * (i * width + j)
      var (sumA, sumB) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
      for k in 0..<4 {
        sumA +=
          UnsafeRawPointer(first).loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
          * across[k]
        sumB +=
          UnsafeRawPointer(second).loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
          * across[k]
        offset += 4 * width
      }
      a[row] = (sumA * along).sum()
      b[row] = (sumB * along).sum()
    }
  }

  /// The first of the four nodes of a coordinate, and what of the point belongs to each.
  @inline(__always)
  private func place(_ coordinate: Float, _ start: Float) -> (Int, SIMD4<Float>) {
    let u = (coordinate - start) * inverseStep
    let node = Int(u)
    let t = u - Float(node)
    let (t2, t3, rest) = (t * t, t * t * t, 1 - t)
    let weights = SIMD4<Float>(
      rest * rest * rest, 3 * t3 - 6 * t2 + 4, 3 * (t + t2 - t3) + 1, t3)
    return (node, weights * (1 / 6))
  }

  /// Multiplies half of a real field's transform by a real and by two imaginary responses.
  ///
  /// - Parameters:
  ///   - lines: Of each of the arrays, `width` numbers or pairs each.
  ///   - field: Pairs of real and imaginary parts.
  ///   - power: Of the real response.
  ///   - slopes: Imaginary parts of the first response, and of the second.
  ///   - results: Products with the first and with the second, pairs.
  /// - Returns: Σ power · |field|².
  public static func respond(
    lines: Range<Int>, width: Int, field: UnsafePointer<Float>, power: UnsafePointer<Float>,
    slopes: (UnsafePointer<Float>, UnsafePointer<Float>),
    results: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
  ) -> Double {
    var total = 0.0
    let end = lines.upperBound * width
    var place = lines.lowerBound * width
    while place < end {
      let stop = min(place + width, end)
      var sum: Float = 0
      var lanes = SIMD8<Float>.zero
      while place + 8 <= stop {
        let pairs = load(field + 2 * place)
        let (real, imaginary) = (pairs.evenHalf, pairs.oddHalf)
        lanes += eight(power + place) * (real * real + imaginary * imaginary)
        turn(real, imaginary, eight(slopes.0 + place), results.0 + 2 * place)
        turn(real, imaginary, eight(slopes.1 + place), results.1 + 2 * place)
        place += 8
      }
      while place < stop {
        let (real, imaginary) = (field[2 * place], field[2 * place + 1])
        sum += power[place] * (real * real + imaginary * imaginary)
        for (slope, result) in [(slopes.0, results.0), (slopes.1, results.1)] {
          result[2 * place] = -slope[place] * imaginary
          result[2 * place + 1] = slope[place] * real
        }
        place += 1
      }
      total += Double(sum + lanes.sum())
    }
    return total
  }

  @inline(__always)
  private static func eight(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
    UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }

  /// (real + i · imaginary) · i · slope, stored as pairs.
  @inline(__always)
  private static func turn(
    _ real: SIMD8<Float>, _ imaginary: SIMD8<Float>, _ slope: SIMD8<Float>,
    _ result: UnsafeMutablePointer<Float>
  ) {
    var pairs = Lanes()
    pairs.evenHalf = -(imaginary * slope)
    pairs.oddHalf = real * slope
    store(pairs, result)
  }
}
