/// Scores of some classes for some samples, worked on in place between products: a row for each class,
/// a column for each sample.
///
/// Columns come in sixteens: what is behind the last sample is worked on as well, and not used. The
/// pointers must stay valid for as long as the tile is used.
public struct ClassTile {
  /// T rows of `stride` numbers: products ⟨w_j, x_i⟩ at first.
  public let elements: UnsafeMutablePointer<Float>
  public let classCount: Int
  /// S, a multiple of 16.
  public let sampleCount: Int
  let stride: Int

  public init(
    _ elements: UnsafeMutablePointer<Float>, classCount: Int, sampleCount: Int, stride: Int
  ) {
    precondition(sampleCount % 16 == 0)
    self.elements = elements
    self.classCount = classCount
    self.sampleCount = sampleCount
    self.stride = stride
  }

  /// From products to scores z_ji = a_j · product + b_j.
  public struct Scores {
    let factors: UnsafePointer<Float>
    let biases: UnsafePointer<Float>?

    /// - Parameters:
    ///   - factors: a_j, above 0.
    ///   - biases: b_j; 0 if nil.
    public init(factors: UnsafePointer<Float>, biases: UnsafePointer<Float>?) {
      self.factors = factors
      self.biases = biases
    }

    @inline(__always)
    func callAsFunction(_ products: Lanes, _ row: Int, plus shift: Lanes) -> Lanes {
      let z = shift.plusProduct(products, Lanes(repeating: factors[row]))
      guard let biases else { return z }
      return z + Lanes(repeating: biases[row])
    }
  }

  /// Makes an element one that counts for nothing: e = 0.
  public func remove(class row: Int, sample column: Int) {
    elements[row * stride + column] = -.greatestFiniteMagnitude
  }

  /// Of each `count` classes next to each other, leaves the one with the largest score of each sample,
  /// and removes the others.
  public func keepNearest(ofEach count: Int, scores: Scores) {
    for first in Swift.stride(from: 0, to: classCount, by: count) {
      for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
        var largest = Lanes(repeating: -.infinity)
        for row in first..<first + count {
          let z = scores(load(elements + row * stride + column), row, plus: .zero)
          largest.replace(with: z, where: z .> largest)
        }
        // Of equal ones the first; NaN stays, so that it is seen.
        var isFound = SIMDMask<SIMD16<Int32>>(repeating: false)
        for row in first..<first + count {
          let place = elements + row * stride + column
          let products = load(place)
          let z = scores(products, row, plus: .zero)
          store(
            products.replacing(
              with: -.greatestFiniteMagnitude, where: isFound .| (z .< largest)), place)
          isFound .|= z .== largest
        }
      }
    }
  }

  /// The largest score of each sample, or `peaks` if that is larger.
  public func raise(_ peaks: UnsafeMutablePointer<Float>, scores: Scores) {
    for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
      var largest = load(peaks + column)
      for row in 0..<classCount {
        let z = scores(load(elements + row * stride + column), row, plus: .zero)
        largest.replace(with: z, where: z .> largest)
      }
      store(largest, peaks + column)
    }
  }

  /// Replaces products by r_j · e_ji, e_ji = exp(z_ji − m_i), and adds Σ_j e_ji to the sums.
  ///
  /// - Parameters:
  ///   - offsets: m_i [S].
  ///   - weights: r_j [T].
  ///   - thresholds: t_i [S].
  ///   - sums: [S].
  /// - Returns: How many e_ji are at least t_i.
  public func exponentiate(
    scores: Scores, offsets: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    thresholds: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>
  ) -> Int {
    var present = SIMD16<Int32>.zero
    let one = SIMD16<Int32>(repeating: 1)
    var count = 0
    for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
      let shift = -load(offsets + column)
      let threshold = load(thresholds + column)
      var total = Lanes.zero
      for row in 0..<classCount {
        let place = elements + row * stride + column
        let e = scores(load(place), row, plus: shift).exponential()
        total += e
        present.replace(with: present &+ one, where: e .>= threshold)
        store(e * Lanes(repeating: weights[row]), place)
      }
      store(load(sums + column) + total, sums + column)
      count += Int(present.wrappedSum())
      present = .zero
    }
    return count
  }

  /// Calls `body` with every element whose magnitude is at least r_j · t_i, class by class.
  public func forEachElement(
    weights: UnsafePointer<Float>, thresholds: UnsafePointer<Float>,
    _ body: (_ row: Int, _ column: Int, _ element: Float) -> Void
  ) {
    for row in 0..<classCount {
      let weight = Lanes(repeating: weights[row])
      for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
        let line = load(elements + row * stride + column)
        let isPresent = line.magnitudes .>= load(thresholds + column) * weight
        guard any(isPresent) else { continue }
        for lane in 0..<16 where isPresent[lane] { body(row, column + lane, line[lane]) }
      }
    }
  }

  /// Writes the tile with a row for each sample [S, `width`], where `width` is a multiple of 16; what
  /// is behind the last class is 0.
  public func transpose(into result: UnsafeMutablePointer<Float>, width: Int) {
    forEachBlock(width: width) { block, row, column in
      block.forEachRow { store($1, result + (column + $0) * width + row) }
    }
  }

  /// As `transpose(into:width:)`, in bfloat16.
  public func transpose(into result: UnsafeMutablePointer<UInt16>, width: Int) {
    forEachBlock(width: width) { block, row, column in
      block.forEachRow { BFloat16.store($1, result + (column + $0) * width + row) }
    }
  }

  /// Writes the tile as it is in bfloat16 [T, `stride`].
  public func round(into result: UnsafeMutablePointer<UInt16>) {
    for row in 0..<classCount {
      for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
        let place = row * stride + column
        BFloat16.store(load(elements + place), result + place)
      }
    }
  }

  @inline(__always)
  private func forEachBlock(width: Int, _ body: (Block, _ row: Int, _ column: Int) -> Void) {
    precondition(width % 16 == 0 && width >= classCount)
    for row in Swift.stride(from: 0, to: width, by: 16) {
      for column in Swift.stride(from: 0, to: sampleCount, by: 16) {
        let corner = elements + row * stride + column
        let block = Block { k in
          row + k < classCount ? load(corner + k * stride) : .zero
        }
        body(block.transposed(), row, column)
      }
    }
  }
}

/// Sixteen rows of sixteen numbers.
private struct Block {
  var r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15: Lanes

  @inline(__always)
  init(_ row: (Int) -> Lanes) {
    (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3))
    (r4, r5, r6, r7) = (row(4), row(5), row(6), row(7))
    (r8, r9, r10, r11) = (row(8), row(9), row(10), row(11))
    (r12, r13, r14, r15) = (row(12), row(13), row(14), row(15))
  }

  @inline(__always)
  func forEachRow(_ body: (Int, Lanes) -> Void) {
    body(0, r0)
    body(1, r1)
    body(2, r2)
    body(3, r3)
    body(4, r4)
    body(5, r5)
    body(6, r6)
    body(7, r7)
    body(8, r8)
    body(9, r9)
    body(10, r10)
    body(11, r11)
    body(12, r12)
    body(13, r13)
    body(14, r14)
    body(15, r15)
  }

  /// Four perfect shuffles of all 256 numbers make rows of columns.
  @inline(__always)
  func transposed() -> Block { shuffled().shuffled().shuffled().shuffled() }

  @inline(__always)
  private func shuffled() -> Block {
    @inline(__always) func low(_ a: Lanes, _ b: Lanes) -> Lanes {
      var result = Lanes.zero
      result.evenHalf = a.lowHalf
      result.oddHalf = b.lowHalf
      return result
    }
    @inline(__always) func high(_ a: Lanes, _ b: Lanes) -> Lanes {
      var result = Lanes.zero
      result.evenHalf = a.highHalf
      result.oddHalf = b.highHalf
      return result
    }
    var block = self
    (block.r0, block.r1) = (low(r0, r8), high(r0, r8))
    (block.r2, block.r3) = (low(r1, r9), high(r1, r9))
    (block.r4, block.r5) = (low(r2, r10), high(r2, r10))
    (block.r6, block.r7) = (low(r3, r11), high(r3, r11))
    (block.r8, block.r9) = (low(r4, r12), high(r4, r12))
    (block.r10, block.r11) = (low(r5, r13), high(r5, r13))
    (block.r12, block.r13) = (low(r6, r14), high(r6, r14))
    (block.r14, block.r15) = (low(r7, r15), high(r7, r15))
    return block
  }
}
