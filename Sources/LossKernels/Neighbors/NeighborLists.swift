/// The candidates of each query that may be among its nearest: those whose score is not below the k-th
/// best by more than scores can be wrong.
///
/// A score is a product less an offset, ⟨q, x⟩ − h: the larger, the nearer. Products of float32 are wrong
/// by a little; what is kept here contains the true nearest as long as no score is wrong by more than half
/// the query's slack.
public final class NeighborLists {
  /// Columns that are no candidates of a row, and the row's own query none of theirs.
  public struct Exclusion {
    let lower, upper: Int

    public init(_ range: Range<Int>) { (lower, upper) = (range.lowerBound, range.upperBound) }

    @inline(__always)
    func contains(_ index: Int) -> Bool { index >= lower && index < upper }
  }

  private let count, capacity, partCount: Int
  private let scores: UnsafeMutablePointer<Float>
  private let indices: UnsafeMutablePointer<Int32>
  private let lengths: UnsafeMutablePointer<Int32>
  private let slacks: UnsafeMutablePointer<Float>
  /// What a score has to be above. Infinite where there are too many equals to tell apart.
  private let thresholds: UnsafeMutablePointer<Float>
  private let queryCount: Int

  /// - Parameters:
  ///   - slacks: Of each query: twice what a score can be wrong by.
  ///   - queryCount: With filling up to a multiple of 16 that is never a query.
  ///   - count: k.
  public init(slacks: [Float], queryCount: Int, count: Int, partCount: Int) {
    self.count = count
    self.partCount = partCount
    self.queryCount = queryCount
    capacity = max(64, 4 * count)
    scores = .allocate(capacity: queryCount * capacity)
    indices = .allocate(capacity: queryCount * capacity)
    lengths = .allocate(capacity: queryCount)
    lengths.initialize(repeating: 0, count: queryCount)
    self.slacks = .allocate(capacity: queryCount)
    self.slacks.initialize(repeating: 0, count: queryCount)
    thresholds = .allocate(capacity: queryCount)
    thresholds.initialize(repeating: .infinity, count: queryCount)
    for (query, slack) in slacks.enumerated() {
      self.slacks[query] = slack
      thresholds[query] = -.greatestFiniteMagnitude
    }
  }

  deinit {
    scores.deallocate()
    indices.deallocate()
    lengths.deallocate()
    slacks.deallocate()
    thresholds.deallocate()
  }

  /// The candidates of a query, nil where there were too many equals.
  public func candidates(of query: Int) -> UnsafeBufferPointer<Int32>? {
    guard thresholds[query] < .infinity else { return nil }
    return UnsafeBufferPointer(start: indices + query * capacity, count: Int(lengths[query]))
  }

  /// Looks at a tile of products, whose rows are queries and whose columns are candidates.
  ///
  /// - Parameters:
  ///   - tile: [queries.count, candidates.count], whose width is a multiple of 16.
  ///   - offsets: h of each candidate; infinite where there is none.
  ///   - exclusions: Of each query of the tile.
  public func addRows(
    _ tile: UnsafePointer<Float>, queries: Range<Int>, candidates: Range<Int>,
    offsets: UnsafePointer<Float>, exclusions: UnsafePointer<Exclusion>
  ) {
    inParallel(partCount) { part in
      for row in share(part, of: partCount, total: queries.count) {
        let query = queries.lowerBound + row
        let line = tile + row * candidates.count
        let exclusion = exclusions[row]
        var threshold = Lanes(repeating: thresholds[query])
        var column = 0
        while column < candidates.count {
          let end = min(column + 64, candidates.count)
          var isPresent = SIMDMask<SIMD16<Int32>>(repeating: false)
          var block = column
          while block < end {
            let score = load(line + block) - load(offsets + candidates.lowerBound + block)
            isPresent .|= score .> threshold
            block += 16
          }
          if anyLane(isPresent) {
            for place in column..<end {
              let candidate = candidates.lowerBound + place
              let score = line[place] - offsets[candidate]
              if score > thresholds[query], !exclusion.contains(candidate) {
                add(candidate, score, to: query)
              }
            }
            threshold = Lanes(repeating: thresholds[query])
          }
          column = end
        }
      }
    }
  }

  /// Looks at a tile of products, whose rows are candidates and whose columns are queries.
  ///
  /// - Parameters:
  ///   - tile: [candidates.count, queries.count], whose width is a multiple of 16.
  ///   - offsets: h of each candidate.
  ///   - exclusions: Of each row of the tile: queries that it is no candidate of.
  public func addColumns(
    _ tile: UnsafePointer<Float>, queries: Range<Int>, candidates: Range<Int>,
    offsets: UnsafePointer<Float>, exclusions: UnsafePointer<Exclusion>
  ) {
    inParallel(partCount) { part in
      // Runs of columns, so that parts have queries of their own.
      let run = share(part, of: partCount, total: queries.count / 16)
      let (first, last) = (run.lowerBound * 16, run.upperBound * 16)
      for row in 0..<candidates.count {
        let candidate = candidates.lowerBound + row
        let line = tile + row * queries.count
        let exclusion = exclusions[row]
        let offset = Lanes(repeating: offsets[candidate])
        var column = first
        while column < last {
          let end = min(column + 64, last)
          var isPresent = SIMDMask<SIMD16<Int32>>(repeating: false)
          var block = column
          while block < end {
            let score = load(line + block) - offset
            isPresent .|= score .> load(thresholds + queries.lowerBound + block)
            block += 16
          }
          if anyLane(isPresent) {
            for place in column..<end {
              let query = queries.lowerBound + place
              let score = line[place] - offsets[candidate]
              if score > thresholds[query], !exclusion.contains(query) {
                add(candidate, score, to: query)
              }
            }
          }
          column = end
        }
      }
    }
  }

  private func add(_ candidate: Int, _ score: Float, to query: Int) {
    let place = query * capacity + Int(lengths[query])
    scores[place] = score
    indices[place] = Int32(candidate)
    lengths[query] += 1
    if lengths[query] == capacity { shorten(query) }
  }

  /// Drops what is too far below the k-th best.
  private func shorten(_ query: Int) {
    let (scores, indices) = (scores + query * capacity, indices + query * capacity)
    let least = withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { sorted in
      var sorted = sorted
      _ = sorted.initialize(from: UnsafeBufferPointer(start: scores, count: capacity))
      sorted.sort(by: >)
      return sorted[count - 1]
    }
    let threshold = (least - slacks[query]).nextDown
    var kept = 0
    for place in 0..<capacity where scores[place] > threshold {
      (scores[kept], indices[kept]) = (scores[place], indices[place])
      kept += 1
    }
    // Hardly any room left would mean to come here again and again.
    let isFull = kept > capacity - capacity / 4
    lengths[query] = isFull ? 0 : Int32(kept)
    thresholds[query] = isFull ? .infinity : threshold
  }
}
