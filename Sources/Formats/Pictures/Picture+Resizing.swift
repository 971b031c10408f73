extension Picture {
  /// The picture at another size, each axis on its own: where it shrinks, every new pixel is the
  /// mean of the area that it covers; where it grows, it is linear between the two nearest centres.
  ///
  /// - Precondition: The sizes are positive.
  public func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(newWidth > 0 && newHeight > 0)
    if newWidth == width && newHeight == height { return self }
    let columns = Taps(from: width, to: newWidth)
    let lines = Taps(from: height, to: newHeight)
    let (rowSize, channels) = (newWidth * channels, channels)
    // Rows first: their values stay unrounded until the columns are done.
    let rows = [Float](unsafeUninitializedCapacity: height * rowSize) { rows, count in
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          for x in 0..<newWidth {
            let first = (y * width + columns.first[x]) * channels
            for c in 0..<channels {
              var sum: Float = 0
              for tap in 0..<columns.count {
                sum +=
                  columns.weights[x * columns.count + tap]
                  * Float(pixels[first + tap * channels + c])
              }
              rows[y * rowSize + x * channels + c] = sum
            }
          }
        }
      }
      count = height * rowSize
    }
    let resized = [UInt8](unsafeUninitializedCapacity: newHeight * rowSize) { resized, count in
      rows.withUnsafeBufferPointer { rows in
        for y in 0..<newHeight {
          for x in 0..<rowSize {
            var sum: Float = 0
            for tap in 0..<lines.count {
              sum +=
                lines.weights[y * lines.count + tap]
                * rows[(lines.first[y] + tap) * rowSize + x]
            }
            resized[y * rowSize + x] = UInt8(min(max(sum.rounded(), 0), 255))
          }
        }
      }
      count = newHeight * rowSize
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: resized)
  }

  /// For each new pixel of an axis the old ones that it is made of: as many for each, the last ones
  /// with the weight 0 where fewer are needed.
  private struct Taps {
    let count: Int
    /// The first old pixel of each new one.
    var first: [Int] = []
    /// `count` for each new pixel, which add up to 1.
    var weights: [Float] = []

    init(from old: Int, to new: Int) {
      let taps = (0..<new).map { Self.taps(of: $0, from: old, to: new) }
      count = taps.reduce(1) { max($0, $1.weights.count) }
      for var (first, weights) in taps {
        // At the end of the axis the zeros come first instead.
        let missing = count - weights.count
        let ahead = max(0, first + count - old)
        first -= ahead
        weights =
          [Float](repeating: 0, count: ahead) + weights
          + [Float](repeating: 0, count: missing - ahead)
        self.first.append(first)
        self.weights += weights
      }
    }

    /// The weights of the old pixels from `first` on.
    private static func taps(
      of i: Int, from old: Int, to new: Int
    ) -> (first: Int, weights: [Float]) {
      let ratio = Double(old) / Double(new)
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
