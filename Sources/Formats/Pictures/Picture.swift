/// A picture in memory: grey or red, green, blue, a byte each.
public struct Picture: Sendable, Equatable {
  public let width, height: Int
  /// 1: grey; 3: red, green, blue.
  public let channels: Int
  /// 0 (black) to 255, row-major, the channels of a pixel together: height × width × channels.
  public let pixels: [UInt8]

  /// The most pixels (width × height) that a file may promise: headers lie.
  public static let largestPixelCount = 1 << 26

  /// - Precondition: `channels` is 1 or 3, the sizes are positive, and `pixels` holds
  ///   `width × height × channels` bytes.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3)
        && pixels.count == width * height * channels)
    (self.width, self.height, self.channels) = (width, height, channels)
    self.pixels = pixels
  }

  /// Refuses a size out of a header before memory is taken for it.
  static func check(width: Int, height: Int, path: String) throws(FileError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, count <= largestPixelCount else {
      throw FileError(
        .malformed, path: path, place: "header",
        problem: "found a picture of \(width) × \(height) pixels (width × height), "
          + "expected 1 to \(largestPixelCount) pixels",
        remedy: "Check that this is the right file, or make it smaller.")
    }
  }
}

extension Picture {
  /// The bytes of a PNG file.
  ///
  /// - Throws: `FileError` for more pixels than PNG can hold.
  public func png() throws(FileError) -> [UInt8] {
    try PNG.encode(pixels: pixels, width: width, height: height, channels: channels)
  }

  /// One channel: the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded.
  public func grey() -> Picture {
    if channels == 1 { return self }
    let grey = [UInt8](unsafeUninitializedCapacity: width * height) { out, count in
      count = width * height
      pixels.withUnsafeBufferPointer { pixels in
        for i in 0..<count {
          // In 16 binary digits; the three weights add up to 1.
          let luma =
            19_595 * Int(pixels[3 * i]) + 38_470 * Int(pixels[3 * i + 1])
            + 7_471 * Int(pixels[3 * i + 2])
          out[i] = UInt8((luma + 0x8000) >> 16)
        }
      }
    }
    return Picture(width: width, height: height, channels: 1, pixels: grey)
  }

  /// Three channels; a grey picture has the same value in each.
  public func color() -> Picture {
    if channels == 3 { return self }
    return Picture(
      width: width, height: height, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
  }

  /// The part whose top left corner is at (`x`, `y`), counted from the picture's.
  ///
  /// - Precondition: The sizes are positive, and the part lies in the picture.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(x >= 0 && y >= 0 && x + newWidth <= width && y + newHeight <= height)
    var part: [UInt8] = []
    part.reserveCapacity(newWidth * newHeight * channels)
    for row in y..<y + newHeight {
      let start = (row * width + x) * channels
      part += pixels[start..<start + newWidth * channels]
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: part)
  }

  /// Left and right exchanged.
  public func mirrored() -> Picture {
    var mirrored = pixels
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<channels {
          mirrored[(y * width + x) * channels + c] =
            pixels[(y * width + width - 1 - x) * channels + c]
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, pixels: mirrored)
  }

  /// The pixels channel by channel: channels × height × width, as data sets and networks have them.
  public func channelFirst() -> [UInt8] {
    if channels == 1 { return pixels }
    var planes = [UInt8](repeating: 0, count: pixels.count)
    let size = width * height
    for i in 0..<size {
      for c in 0..<channels { planes[c * size + i] = pixels[channels * i + c] }
    }
    return planes
  }
}
