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
    guard let least = thresholds.last else { return }
    let bound = Lanes(repeating: least)
    var index = 0
    func place(_ score: Float) {
      // The first threshold that the score is above; it is above all that follow as well.
      var (low, high) = (0, thresholds.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if score > thresholds[middle] { high = middle } else { low = middle + 1 }
      }
      above[low] += 1
    }
    // Most scores are below all thresholds.
    while index + 16 <= count {
      let lanes = load(scores + index)
      let isAbove = lanes .> bound
      if anyLane(isAbove) {
        for lane in 0..<16 where isAbove[lane] { place(lanes[lane]) }
      }
      index += 16
    }
    while index < count {
      if scores[index] > least { place(scores[index]) }
      index += 1
    }
  }
}
