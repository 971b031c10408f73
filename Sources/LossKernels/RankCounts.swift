/// The ranks of some scores among many.
public enum RankCounts {
  /// Adds to each of a few thresholds, which fall, how many of the scores are above it.
  ///
  /// - Parameters:
  ///   - scores: Any of them; NaN is above nothing.
  ///   - thresholds: Falling.
  ///   - above: For each threshold.
  public static func add(
    _ scores: UnsafePointer<Float>, count: Int, thresholds: UnsafeBufferPointer<Float>,
    to above: UnsafeMutableBufferPointer<Int>
  ) {
    guard let least = thresholds.last, let first = thresholds.baseAddress else { return }
    let bound = Lanes(repeating: least)
    func place(_ lanes: Lanes) {
      let isAbove = lanes .> bound
      // Most scores are below all thresholds.
      guard anyLane(isAbove) else { return }
      // The first threshold that a score is above; it is above all that follow as well. All lanes are
      // halved together: which half it is cannot be foreseen, and one search alone would wait for memory.
      var low = SIMD16<Int32>()
      var left = thresholds.count
      while left > 1 {
        let half = left >> 1
        var pivots = Lanes()
        for lane in 0..<16 { pivots[lane] = first[Int(low[lane]) &+ half &- 1] }
        low.replace(with: low &+ Int32(truncatingIfNeeded: half), where: lanes .<= pivots)
        left &-= half
      }
      for lane in 0..<16 where isAbove[lane] { above[Int(low[lane])] += 1 }
    }
    var index = 0
    while index + 16 <= count {
      place(load(scores + index))
      index += 16
    }
    guard index < count else { return }
    var rest = Lanes(repeating: -.infinity)
    for lane in 0..<count - index { rest[lane] = scores[index + lane] }
    place(rest)
  }
}
