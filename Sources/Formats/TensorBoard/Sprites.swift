extension TensorBoard {
  /// Small pictures in the squares of a large one, from left to right and from top to bottom.
  public struct Sprites: Sendable {
    public let sheet: Picture
    /// The size of one picture on the sheet, in pixels.
    public let width, height: Int
    public let count: Int

    /// The longest side of a sheet that browsers take as a texture.
    public static let largestSide = 8192

    /// Lays pictures on a sheet of as many rows as columns, made smaller where the sheet would be
    /// too large, by the mean over the area that a pixel covers.
    ///
    /// - Parameters:
    ///   - picture: The picture of an index in `0..<count`; all are of one size and one number of
    ///     channels.
    ///   - largestSide: Of the sheet, in pixels.
    /// - Precondition: `count` is at least 1, and a row of that many pictures has a pixel for each.
    public init(count: Int, largestSide: Int = largestSide, picture: (Int) -> Picture) {
      precondition(count >= 1)
      var columns = Int(Double(count).squareRoot())
      while columns * columns < count { columns += 1 }
      precondition(columns <= largestSide)
      let first = picture(0)
      let tile = largestSide / columns
      let longest = max(first.width, first.height)
      func fitted(_ side: Int) -> Int { longest <= tile ? side : max(1, side * tile / longest) }
      (width, height) = (fitted(first.width), fitted(first.height))
      let channels = first.channels
      let (rowBytes, sheetBytes) = (width * channels, width * columns * channels)
      var pixels = [UInt8](repeating: 0, count: sheetBytes * height * columns)
      for index in 0..<count {
        let small = (index == 0 ? first : picture(index)).shrunk(to: width, height)
        let corner = index / columns * height * sheetBytes + index % columns * rowBytes
        for y in 0..<height {
          let start = corner + y * sheetBytes
          pixels.replaceSubrange(
            start..<start + rowBytes, with: small.pixels[y * rowBytes..<(y + 1) * rowBytes])
        }
      }
      sheet = Picture(
        width: width * columns, height: height * columns, channels: channels, pixels: pixels)
      self.count = count
    }
  }
}

extension Picture {
  /// The picture in a size that is no larger: each pixel is the mean over the area that it covers.
  fileprivate func shrunk(to newWidth: Int, _ newHeight: Int) -> Picture {
    if (newWidth, newHeight) == (width, height) { return self }
    let columns = Self.coverage(width, newWidth)
    let rows = Self.coverage(height, newHeight)
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * channels)
    for row in rows {
      for column in columns {
        for channel in 0..<channels {
          var sum: Float = 0
          for (y, share) in row {
            for (x, otherShare) in column {
              sum += share * otherShare * Float(pixels[(y * width + x) * channels + channel])
            }
          }
          result.append(UInt8(min(255, sum.rounded())))
        }
      }
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }

  /// For each new pixel of a line the old ones that it covers, with their shares of it.
  private static func coverage(_ old: Int, _ new: Int) -> [[(Int, Float)]] {
    (0..<new).map { index in
      // In units of 1 / new of an old pixel all edges are whole numbers.
      let (start, end) = (index * old, (index + 1) * old)
      return (start / new...(end - 1) / new).map { pixel in
        let overlap = min(end, (pixel + 1) * new) - max(start, pixel * new)
        return (pixel, Float(overlap) / Float(old))
      }
    }
  }
}
