/// Slopes c_ij = dL/d‖a_i − b_j‖² of some anchors and all candidates, and the gradients
///
///     dL/da_i = 2 · Σ_j c_ij · (a_i − b_j),   dL/db_j = −2 · Σ_i c_ij · (a_i − b_j)
///
/// of which the matrix products Σ_j c_ij · b_j and Σ_i c_ij · a_i are computed elsewhere. For near pairs
/// that difference of products would lose digits: they are worked on here, from differences, and taken
/// out of the matrix.
public struct PairSlopes {
  let elements: UnsafeMutablePointer<Float>
  let rowCount, width, featureCount, partCount: Int

  /// - Parameter elements: [rowCount, width], width a multiple of 16, as `PairTile` left them.
  public init(
    _ elements: UnsafeMutablePointer<Float>, rowCount: Int, width: Int, featureCount: Int,
    partCount: Int
  ) {
    self.elements = elements
    self.rowCount = rowCount
    self.width = width
    self.featureCount = featureCount
    self.partCount = partCount
  }

  /// Multiplies slopes by the weight of their row, and of pairs of one class by that of their kind.
  ///
  /// - Parameters:
  ///   - rowWeights: [rowCount]; 1 if nil.
  ///   - ratio: What slopes of pairs of one class are multiplied by besides.
  public func weigh(
    _ rowWeights: UnsafePointer<Float>?, sameClass ratio: Float,
    places: UnsafePointer<PairTile.Place>
  ) {
    inParallel(partCount) { part in
      for row in share(part, of: partCount, total: rowCount) {
        let line = elements + row * width
        if ratio != 1 {
          for column in Int(places[row].lower)..<Int(places[row].upper) {
            let slope = line[column]
            line[column] =
              slope.isMarked ? (slope.unmarked() * ratio).marked() : (slope * ratio).unmarked()
          }
        }
        guard let weight = rowWeights?[row], weight != 1 else { continue }
        for column in stride(from: 0, to: width, by: 16) {
          let slopes = load(line + column)
          store(
            (slopes.unmarked() * Lanes(repeating: weight)).marked(as: slopes), line + column)
        }
      }
    }
  }

  /// Adds to each element the one across the diagonal of a square matrix.
  public func symmetrize() {
    // Groups of 64 × 64, so that of each row some neighbouring cache lines are worked on together; they
    // are dealt out in turn, since the later rows of groups have less to do.
    let groups = (rowCount + 63) / 64
    inParallel(partCount) { part in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 48) { scratch in
        let scratch = scratch.baseAddress!
        var group = part
        while group < groups {
          for other in group..<groups {
            for top in stride(from: group * 64, to: min(group * 64 + 64, rowCount), by: 16) {
              let left = max(other * 64, top)
              for left in stride(from: left, to: min(other * 64 + 64, rowCount), by: 16) {
                symmetrize(top, left, scratch)
              }
            }
          }
          group += partCount
        }
      }
    }
  }

  /// Two blocks of 16 × 16 across the diagonal from each other.
  private func symmetrize(_ top: Int, _ left: Int, _ scratch: UnsafeMutablePointer<Lanes>) {
    let (across, sums) = (scratch, scratch + 16)
    let (height, acrossHeight) = (min(16, rowCount - top), min(16, rowCount - left))
    for row in 0..<16 {
      across[row] = row < acrossHeight ? load(elements + (left + row) * width + top) : .zero
    }
    transpose(across, scratch + 32)
    for row in 0..<height {
      let line = elements + (top + row) * width + left
      let (a, b) = (load(line), across[row])
      let sum = a.unmarked() + b.unmarked()
      sums[row] = sum.marked(
        as: unsafeBitCast(a.bits | b.bits, to: Lanes.self))
      store(sums[row], line)
    }
    guard top != left else { return }
    for row in height..<16 { sums[row] = .zero }
    transpose(sums, scratch + 32)
    for row in 0..<acrossHeight { store(sums[row], elements + (left + row) * width + top) }
  }

  /// Transposes 16 × 16 numbers: four times, lines of the first half are interleaved with lines of the
  /// second.
  @inline(__always)
  private func transpose(
    _ lines: UnsafeMutablePointer<Lanes>, _ scratch: UnsafeMutablePointer<Lanes>
  ) {
    interleave(lines, scratch)
    interleave(scratch, lines)
    interleave(lines, scratch)
    interleave(scratch, lines)
  }

  @inline(__always)
  private func interleave(
    _ lines: UnsafeMutablePointer<Lanes>, _ results: UnsafeMutablePointer<Lanes>
  ) {
    for line in 0..<8 {
      let (a, b) = (lines[line], lines[line + 8])
      var (low, high) = (Lanes.zero, Lanes.zero)
      (low.evenHalf, low.oddHalf) = (a.lowHalf, b.lowHalf)
      (high.evenHalf, high.oddHalf) = (a.highHalf, b.highHalf)
      (results[2 * line], results[2 * line + 1]) = (low, high)
    }
  }

  /// For each row the sum Σ_j c_ij of pairs that are not near, and Σ_j c_ij · (a_i − b_j) of those that
  /// are.
  ///
  /// - Parameters:
  ///   - sums: [rowCount].
  ///   - gradients: [rowCount, D], to be added to.
  ///   - removing: Whether near pairs are made 0.
  public func gatherRows(
    anchors: UnsafePointer<Float>, candidates: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>, removing: Bool
  ) {
    inParallel(partCount) { part in
      for row in share(part, of: partCount, total: rowCount) {
        let line = elements + row * width
        let anchor = anchors + row * featureCount
        var total = Lanes.zero
        for column in stride(from: 0, to: width, by: 16) {
          let slopes = load(line + column)
          guard hasMark(slopes) else {
            total += slopes
            continue
          }
          for lane in 0..<16 {
            let slope = slopes[lane]
            guard slope.isMarked else {
              total[lane] += slope
              continue
            }
            if removing { line[column + lane] = 0 }
            addDifference(
              anchor, candidates + (column + lane) * featureCount, slope.unmarked(),
              to: gradients + row * featureCount)
          }
        }
        sums[row] = total.laneSum()
      }
    }
  }

  /// For each column the sum Σ_i c_ij of pairs that are not near, and −Σ_i c_ij · (a_i − b_j) of those
  /// that are, which are made 0. Both are added.
  public func gatherColumns(
    anchors: UnsafePointer<Float>, candidates: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    inParallel(partCount) { part in
      // Runs of columns, so that parts add to places of their own.
      let run = share(part, of: partCount, total: width / 16)
      for row in 0..<rowCount {
        let line = elements + row * width
        let anchor = anchors + row * featureCount
        for block in run {
          let column = block * 16
          let slopes = load(line + column)
          if hasMark(slopes) {
            for lane in 0..<16 where slopes[lane].isMarked {
              line[column + lane] = 0
              let candidate = (column + lane) * featureCount
              addDifference(
                candidates + candidate, anchor, slopes[lane].unmarked(),
                to: gradients + candidate)
            }
          }
          store(load(sums + column) + load(line + column), sums + column)
        }
      }
    }
  }

  @inline(__always)
  private func hasMark(_ slopes: Lanes) -> Bool {
    anyLane(
      (unsafeBitCast(slopes, to: SIMD16<Int32>.self) & SIMD16<Int32>(repeating: 1))
        .!= SIMD16<Int32>.zero)
  }

  /// result += slope · (a − b).
  private func addDifference(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ slope: Float,
    to result: UnsafeMutablePointer<Float>
  ) {
    guard slope != 0 else { return }
    let factor = Lanes(repeating: slope)
    var column = 0
    while column + 16 <= featureCount {
      let difference = load(a + column) - load(b + column)
      store(load(result + column).plusProduct(difference, factor), result + column)
      column += 16
    }
    while column < featureCount {
      result[column] += (a[column] - b[column]) * slope
      column += 1
    }
  }
}
