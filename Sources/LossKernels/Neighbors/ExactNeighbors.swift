/// How far candidates are from a query in float64, and the nearest of them.
public struct ExactNeighbors {
  public enum Measure: Sendable { case squaredDistance, cosine, product }

  let measure: Measure
  let takesFarthest: Bool
  let queries, candidates: UnsafePointer<Float>
  let width, count: Int

  /// - Parameters:
  ///   - queries: Rows of `width` numbers.
  ///   - candidates: Rows of `width` numbers.
  ///   - takesFarthest: Whether the farthest are looked for, in the place of the nearest.
  ///   - count: k.
  public init(
    _ measure: Measure, takesFarthest: Bool, queries: UnsafePointer<Float>,
    candidates: UnsafePointer<Float>, width: Int, count: Int
  ) {
    self.measure = measure
    self.takesFarthest = takesFarthest
    self.queries = queries
    self.candidates = candidates
    self.width = width
    self.count = count
  }

  /// Writes the `count` nearest of each query's candidates in `lists`, in order; or of all, where there
  /// is no list. Of those that are equally near the first by name comes first. Where there are fewer, −1
  /// and an infinite key.
  ///
  /// - Parameters:
  ///   - names: What each candidate is called in the results.
  ///   - exclusions: Of each query.
  ///   - indices: Names [queryCount, count].
  ///   - keys: [queryCount, count]: squared distances, or cosines or products times −1; of farthest ones
  ///     times −1.
  public func find(
    _ lists: NeighborLists?, queryCount: Int, candidateCount: Int, names: UnsafePointer<Int64>,
    exclusions: UnsafePointer<NeighborLists.Exclusion>, indices: UnsafeMutablePointer<Int64>,
    keys: UnsafeMutablePointer<Double>, partCount: Int
  ) {
    inParallel(partCount) { part in
      for query in share(part, of: partCount, total: queryCount) {
        var best = Best(indices + query * count, keys + query * count, count: count)
        func add(_ candidate: Int) {
          let key = key(query, candidate)
          best.add(names[candidate], takesFarthest ? -key : key)
        }
        if let list = lists?.candidates(of: query) {
          for candidate in list { add(Int(candidate)) }
        } else {
          for candidate in 0..<candidateCount where !exclusions[query].contains(candidate) {
            add(candidate)
          }
        }
      }
    }
  }

  /// The nearest so far, in order.
  private struct Best {
    let indices: UnsafeMutablePointer<Int64>
    let keys: UnsafeMutablePointer<Double>
    let count: Int

    init(_ indices: UnsafeMutablePointer<Int64>, _ keys: UnsafeMutablePointer<Double>, count: Int) {
      (self.indices, self.keys, self.count) = (indices, keys, count)
      indices.update(repeating: -1, count: count)
      keys.update(repeating: .infinity, count: count)
    }

    mutating func add(_ index: Int64, _ key: Double) {
      func isBefore(_ place: Int) -> Bool {
        indices[place] < 0 || (key, index) < (keys[place], indices[place])
      }
      guard isBefore(count - 1) else { return }
      var place = count - 1
      while place > 0, isBefore(place - 1) {
        (keys[place], indices[place]) = (keys[place - 1], indices[place - 1])
        place -= 1
      }
      (keys[place], indices[place]) = (key, index)
    }
  }

  /// The smaller, the nearer.
  private func key(_ query: Int, _ candidate: Int) -> Double {
    let (a, b) = (queries + query * width, candidates + candidate * width)
    switch measure {
    case .squaredDistance:
      return sum(a, b) {
        let d = $0 - $1
        return d * d
      }
    case .product: return -sum(a, b) { $0 * $1 }
    case .cosine:
      let squares = (sum(a, a) { $0 * $1 } + 1e-12) * (sum(b, b) { $0 * $1 } + 1e-12)
      return -sum(a, b) { $0 * $1 } / squares.squareRoot()
    }
  }

  @inline(__always)
  private func sum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ term: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
  ) -> Double {
    var total = SIMD8<Double>.zero
    var column = 0
    while column + 8 <= width {
      let x = UnsafeRawPointer(a + column).loadUnaligned(as: SIMD8<Float>.self)
      let y = UnsafeRawPointer(b + column).loadUnaligned(as: SIMD8<Float>.self)
      total += term(SIMD8<Double>(x), SIMD8<Double>(y))
      column += 8
    }
    if column < width {
      var (x, y) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
      for lane in 0..<width - column {
        x[lane] = Double(a[column + lane])
        y[lane] = Double(b[column + lane])
      }
      total += term(x, y)
    }
    return total.sum()
  }
}
