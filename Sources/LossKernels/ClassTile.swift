/// Scores of a batch for some of the classes, row by row, worked on in place between matrix products.
///
/// The pointers must stay valid for as long as the tile is used.
public struct ClassTile {
  /// N×T: products ⟨x_i, w_j⟩ at first.
  let elements: UnsafeMutablePointer<Float>
  let rowCount, columnCount: Int
  /// The number of parts that work goes in, and of threads.
  let partCount: Int

  public init(
    _ elements: UnsafeMutablePointer<Float>, rowCount: Int, columnCount: Int, partCount: Int
  ) {
    self.elements = elements
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.partCount = partCount
  }

  /// Replaces products by e = exp(a_j · product + b_j − m_i), adds their sums to those of the rows,
  /// and leaves f_j · e in the tile.
  ///
  /// - Parameters:
  ///   - factors: a_j.
  ///   - biases: b_j; 0 if nil.
  ///   - offsets: m_i.
  ///   - weights: f_j.
  ///   - skipped: A column for each row that counts as e = 0, or one outside of the tile.
  ///   - threshold: e below which nothing counts as present.
  ///   - sums: Σ_j e, of each row, to be added to.
  /// - Returns: How many e are at least `threshold`.
  public func exponentiate(
    factors: UnsafePointer<Float>, biases: UnsafePointer<Float>?, offsets: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, skipped: UnsafePointer<Int>, threshold: Float,
    sums: UnsafeMutablePointer<Float>
  ) -> Int {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: partCount) { counts in
      let counts = counts.baseAddress!
      inParallel(partCount) { part in
        var count = 0
        for row in share(part, of: partCount, total: rowCount) {
          let line = elements + row * columnCount
          let own = skipped[row]
          if own >= 0 && own < columnCount { line[own] = -.greatestFiniteMagnitude / 4 }
          count += exponentiateRow(
            line, factors, biases, offsets[row], weights, threshold, &sums[row])
          if own >= 0 && own < columnCount { line[own] = 0 }
        }
        counts[part] = count
      }
      return (0..<partCount).reduce(0) { $0 + counts[$1] }
    }
  }

  private func exponentiateRow(
    _ line: UnsafeMutablePointer<Float>, _ factors: UnsafePointer<Float>,
    _ biases: UnsafePointer<Float>?, _ offset: Float, _ weights: UnsafePointer<Float>,
    _ threshold: Float, _ sum: inout Float
  ) -> Int {
    var total = Lanes.zero
    var present = SIMD16<Int32>.zero
    let shift = Lanes(repeating: -offset)
    let limit = Lanes(repeating: threshold)
    let one = SIMD16<Int32>(repeating: 1)
    var column = 0
    while column + 16 <= columnCount {
      let product = load(line + column)
      var z = shift.plusProduct(product, load(factors + column))
      if let biases { z += load(biases + column) }
      let e = z.exponential()
      total += e
      present = present.replacing(with: present &+ one, where: e .>= limit)
      store(e * load(weights + column), line + column)
      column += 16
    }
    if column < columnCount {
      // The rest in lanes that hold −∞ where there is no column.
      var z = Lanes(repeating: -1e30)
      for lane in 0..<columnCount - column {
        z[lane] =
          line[column + lane] * factors[column + lane] + (biases?[column + lane] ?? 0) - offset
      }
      let e = z.exponential()
      total += e
      present = present.replacing(with: present &+ one, where: e .>= limit)
      for lane in 0..<columnCount - column {
        line[column + lane] = e[lane] * weights[column + lane]
      }
    }
    sum += total.laneSum()
    return Int(present.wrappedSum())
  }

  /// Raises each row's offset to the largest a_j · product + b_j of the tile, if that is larger.
  ///
  /// - Parameters: As `exponentiate`.
  public func raiseOffsets(
    _ offsets: UnsafeMutablePointer<Float>, factors: UnsafePointer<Float>,
    biases: UnsafePointer<Float>?, skipped: UnsafePointer<Int>
  ) {
    inParallel(partCount) { part in
      for row in share(part, of: partCount, total: rowCount) {
        let line = elements + row * columnCount
        var largest = offsets[row]
        var lanes = Lanes(repeating: largest)
        let own = skipped[row]
        // The skipped column has no say.
        let kept = own >= 0 && own < columnCount ? line[own] : 0
        if own >= 0 && own < columnCount { line[own] = -.greatestFiniteMagnitude / 4 }
        var column = 0
        while column + 16 <= columnCount {
          var z = load(line + column) * load(factors + column)
          if let biases { z += load(biases + column) }
          lanes = lanes.replacing(with: z, where: z .> lanes)
          column += 16
        }
        for lane in 0..<16 { largest = max(largest, lanes[lane]) }
        while column < columnCount {
          largest = max(largest, line[column] * factors[column] + (biases?[column] ?? 0))
          column += 1
        }
        if own >= 0 && own < columnCount { line[own] = kept }
        offsets[row] = largest
      }
    }
  }
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
