extension Picture {
  /// The picture at another size, each axis on its own: where it shrinks, every new pixel is the
  /// mean of the area that it covers; where it grows, it is linear between the two nearest centres.
  ///
  /// - Precondition: The sizes are positive.
  public func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(newWidth > 0 && newHeight > 0)
    if newWidth == width && newHeight == height { return self }
    // Rows first: their values stay unrounded until the columns are done.
    let columns = Self.taps(from: width, to: newWidth)
    var rows = [Float](repeating: 0, count: height * newWidth * channels)
    for y in 0..<height {
      for (x, taps) in columns.enumerated() {
        for c in 0..<channels {
          var sum: Float = 0
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * Float(pixels[(y * width + taps.first + offset) * channels + c])
          }
          rows[(y * newWidth + x) * channels + c] = sum
        }
      }
    }
    let rowSize = newWidth * channels
    var resized = [UInt8](repeating: 0, count: newHeight * rowSize)
    for (y, taps) in Self.taps(from: height, to: newHeight).enumerated() {
      for x in 0..<rowSize {
        var sum: Float = 0
        for (offset, weight) in taps.weights.enumerated() {
          sum += weight * rows[(taps.first + offset) * rowSize + x]
        }
        resized[y * rowSize + x] = UInt8(min(max(sum.rounded(), 0), 255))
      }
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: resized)
  }

  /// For each new pixel of an axis the old ones that it is made of: weights that add up to 1, for
  /// the pixels from `first` on.
  private static func taps(
    from old: Int, to new: Int
  ) -> [(first: Int, weights: [Float])] {
    let ratio = Double(old) / Double(new)
    return (0..<new).map { i in
      if ratio > 1 {
        let (start, end) = (Double(i) * ratio, Double(i + 1) * ratio)
        let first = Int(start)
        let last = min(old - 1, max(first, Int(end.rounded(.up)) - 1))
        let covered = (first...last).map {
          max(0, min(end, Double($0 + 1)) - max(start, Double($0)))
        }
        let sum = covered.reduce(0, +)
        return (first, covered.map { Float($0 / sum) })
      }
      // The centre of the new pixel, in old pixels; beyond the outermost centres nothing changes.
      let center = min(max((Double(i) + 0.5) * ratio - 0.5, 0), Double(old - 1))
      let first = min(Int(center), max(0, old - 2))
      let share = Float(center - Double(first))
      return old == 1 ? (0, [1]) : (first, [1 - share, share])
    }
  }
}
