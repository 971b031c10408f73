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
    ///   - count: How many pictures.
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
        let small = (index == 0 ? first : picture(index)).resized(width: width, height: height)
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
