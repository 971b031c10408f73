/// Inner products of some anchors with all candidates, row by row: turned into distances, then into the
/// slopes of the anchors' losses, in place.
///
/// The candidates are in the order of their classes, so that those of one class are a run of columns.
/// The pointers must stay valid for as long as the tile is used.
public struct PairTile {
  /// Rows [count, width].
  public struct Rows {
    let elements: UnsafePointer<Float>
    /// ‖row‖² [count].
    let squares: UnsafePointer<Float>

    public init(_ elements: UnsafePointer<Float>, squares: UnsafePointer<Float>) {
      self.elements = elements
      self.squares = squares
    }
  }

  /// Where the anchor of a row and its class are among the candidates.
  public struct Place {
    let own, lower, upper: Int32

    /// - Parameters:
    ///   - own: The anchor's own column.
    ///   - classColumns: The columns of its class, its own among them.
    public init(own: Int, classColumns: Range<Int>) {
      self.own = Int32(own)
      lower = Int32(classColumns.lowerBound)
      upper = Int32(classColumns.upperBound)
    }
  }

  /// N×W: products at first.
  let elements: UnsafeMutablePointer<Float>
  let rowCount: Int
  /// How many candidates there are, and with filling up to a multiple of 16, how many columns.
  let candidateCount, width: Int
  let anchors, candidates: Rows
  let featureCount: Int
  let places: UnsafePointer<Place>
  /// The number of parts that work goes in, and of threads.
  let partCount: Int

  /// Pairs with less than this of ‖a‖² + ‖b‖² as their squared distance are near: what products of
  /// float32 leave of it is less exact than 1e-5, and it is computed again, from differences.
  static let nearness: Float = 1.0 / 64

  public init(
    _ elements: UnsafeMutablePointer<Float>, rowCount: Int, candidateCount: Int, width: Int,
    anchors: Rows, candidates: Rows, featureCount: Int, places: UnsafePointer<Place>,
    partCount: Int
  ) {
    self.elements = elements
    self.rowCount = rowCount
    self.candidateCount = candidateCount
    self.width = width
    self.anchors = anchors
    self.candidates = candidates
    self.featureCount = featureCount
    self.places = places
    self.partCount = partCount
  }

  /// Computes the losses of the anchors.
  ///
  /// - Parameters:
  ///   - sums: Of each row.
  ///   - keepsSlopes: Whether to leave dL/d⟨a, b⟩ in the tile for cosines, and dL/d‖a − b‖² for
  ///     distances, marked as `PairSlopes` needs it. Else what is left means nothing.
  public func evaluate(
    _ kernel: any PairKernel, sums: UnsafeMutablePointer<PairSums>, keepsSlopes: Bool
  ) {
    let most = (0..<rowCount).reduce(0) { max($0, Int(places[$1].upper - places[$1].lower)) }
    let positiveWidth = (most + 15) & ~15
    inParallel(partCount) { part in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: width + 2 * positiveWidth) {
        scratch in
        let slopes = scratch.baseAddress!
        let (positives, positiveSlopes) = (slopes + width, slopes + width + positiveWidth)
        for index in share(part, of: partCount, total: rowCount) {
          measure(index, kernel.measure)
          let row = separate(index, kernel.measure, slopes, positives, positiveSlopes)
          sums[index] = kernel.evaluate(row)
          if keepsSlopes { merge(row, index, kernel.measure) }
        }
      }
    }
  }

  // MARK: Distances

  private func measure(_ index: Int, _ measure: PairMeasure) {
    let line = elements + index * width
    switch measure {
    case .cosine: break
    case .cosineDistance:
      for column in stride(from: 0, to: width, by: 16) {
        store(Lanes(repeating: 1) - load(line + column), line + column)
      }
    case .squaredEuclidean: squaredDistances(index, line)
    case .euclidean:
      squaredDistances(index, line)
      for column in stride(from: 0, to: width, by: 16) {
        let square = load(line + column)
        store(square.root().marked(as: square), line + column)
      }
    }
  }

  /// ‖a‖² + ‖b‖² − 2⟨a, b⟩; from differences where that is not exact, with a mark.
  private func squaredDistances(_ index: Int, _ line: UnsafeMutablePointer<Float>) {
    let square = Lanes(repeating: anchors.squares[index])
    let minusTwo = Lanes(repeating: -2)
    var column = 0
    while column < width {
      let end = min(column + 64, width)
      var isNear = SIMDMask<SIMD16<Int32>>(repeating: false)
      var block = column
      while block < end {
        let sum = square + load(candidates.squares + block)
        var distance = sum.plusProduct(load(line + block), minusTwo)
        distance.replace(with: 0, where: distance .< 0)
        isNear .|= distance .< sum * Lanes(repeating: Self.nearness)
        store(distance.unmarked(), line + block)
        block += 16
      }
      if anyLane(isNear) { recompute(column..<min(end, candidateCount), index, line) }
      column = end
    }
  }

  private func recompute(
    _ columns: Range<Int>, _ index: Int, _ line: UnsafeMutablePointer<Float>
  ) {
    let a = anchors.elements + index * featureCount
    for column in columns {
      let sum = anchors.squares[index] + candidates.squares[column]
      guard line[column] <= sum * Self.nearness else { continue }
      let distance = squaredDifference(
        a, candidates.elements + column * featureCount, featureCount)
      line[column] = distance > 0 ? distance.marked() : 0
    }
  }

  // MARK: Rows

  /// Takes the positives out of a row.
  private func separate(
    _ index: Int, _ measure: PairMeasure, _ slopes: UnsafeMutablePointer<Float>,
    _ positives: UnsafeMutablePointer<Float>, _ positiveSlopes: UnsafeMutablePointer<Float>
  ) -> PairRow {
    let line = elements + index * width
    let place = places[index]
    let (own, lower, upper) = (Int(place.own), Int(place.lower), Int(place.upper))
    let count = upper - lower - 1
    for column in lower..<own { positives[column - lower] = line[column] }
    for column in own + 1..<upper { positives[column - lower - 1] = line[column] }
    for position in count..<(count + 15) & ~15 { positives[position] = measure.beyond }
    for column in lower..<upper { line[column] = measure.beyond }
    for column in candidateCount..<width { line[column] = measure.beyond }
    return PairRow(
      values: UnsafePointer(line), width: width,
      negativeCount: candidateCount - count - 1, positives: UnsafePointer(positives),
      positiveCount: count, slopes: slopes, positiveSlopes: positiveSlopes)
  }

  /// Puts slopes in the place of the values that they belong to.
  private func merge(_ row: PairRow, _ index: Int, _ measure: PairMeasure) {
    let line = elements + index * width
    for column in stride(from: 0, to: width, by: 16) {
      store(
        slope(load(row.slopes + column), at: load(line + column), measure), line + column)
    }
    let place = places[index]
    let (own, lower) = (Int(place.own), Int(place.lower))
    for start in stride(from: 0, to: row.positiveWidth, by: 16) {
      let slopes = slope(
        load(row.positiveSlopes + start), at: load(row.positives + start), measure)
      for lane in 0..<min(16, row.positiveCount - start) {
        let column = lower + start + lane
        line[column < own ? column : column + 1] = slopes[lane]
      }
    }
    line[own] = 0
    for column in candidateCount..<width { line[column] = 0 }
  }

  /// dL/d⟨a, b⟩ or dL/d‖a − b‖² from dL/dv, with v's mark.
  @inline(__always)
  private func slope(_ slope: Lanes, at value: Lanes, _ measure: PairMeasure) -> Lanes {
    switch measure {
    case .cosine: return slope
    case .cosineDistance: return -slope
    case .squaredEuclidean: return slope.marked(as: value)
    case .euclidean:
      // The slope of a distance of 0 is 0.
      return (slope * 0.5 / value).replacing(with: 0, where: value .== 0)
        .marked(as: value)
    }
  }
}

/// Σ (a − b)².
func squaredDifference(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ width: Int
) -> Float {
  var (first, second) = (Lanes.zero, Lanes.zero)
  var column = 0
  while column + 32 <= width {
    let (d, e) = (
      load(a + column) - load(b + column), load(a + column + 16) - load(b + column + 16)
    )
    first = first.plusProduct(d, d)
    second = second.plusProduct(e, e)
    column += 32
  }
  var sum = (first + second).laneSum()
  while column < width {
    let d = a[column] - b[column]
    sum += d * d
    column += 1
  }
  return sum
}

// The lowest bit of a number tells near pairs from others, at the price of half a unit in the last
// place: no list of them has to be kept, however many there are.

extension Float {
  func marked() -> Float { Float(bitPattern: bitPattern | 1) }
  func unmarked() -> Float { Float(bitPattern: bitPattern & ~1) }
  var isMarked: Bool { bitPattern & 1 == 1 }
}

extension SIMD16<Float> {
  @inline(__always)
  var bits: SIMD16<UInt32> { unsafeBitCast(self, to: SIMD16<UInt32>.self) }

  @inline(__always)
  func unmarked() -> Self {
    unsafeBitCast(bits & SIMD16<UInt32>(repeating: ~1), to: Self.self)
  }

  /// With the mark of `other`.
  @inline(__always)
  func marked(as other: Self) -> Self {
    unsafeBitCast(
      bits & SIMD16<UInt32>(repeating: ~1) | other.bits & SIMD16<UInt32>(repeating: 1),
      to: Self.self)
  }
}

extension PairTile {
  /// Σ x² of each of `rowCount` rows of `width` numbers.
  public static func squares(
    of rows: UnsafePointer<Float>, rowCount: Int, width: Int, partCount: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { origin in
      origin.update(repeating: 0)
      let origin = UnsafePointer(origin.baseAddress!)
      inParallel(partCount) { part in
        for row in share(part, of: partCount, total: rowCount) {
          result[row] = squaredDifference(rows + row * width, origin, width)
        }
      }
    }
  }
}
