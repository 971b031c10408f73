/// PGM and PPM pictures in their binary form, "P5" and "P6" of Netpbm.
///
/// https://netpbm.sourceforge.net/doc/pgm.html
public enum PNM {
  /// The picture that a file holds, brought to 0...255 where its largest value is another.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: the file that the bytes came from, for messages.
  /// - Throws: `FileError` of kind `.malformed` where the header is no such header, values take two
  ///   bytes or are above the largest, the bytes are too few or too many, or the header promises
  ///   more than `Picture.largestPixelCount` pixels.
  public static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Picture {
    var header = Header(bytes: bytes, path: path)
    let channels = try header.channels()
    let width = try header.number("the width")
    let height = try header.number("the height")
    let largest = try header.number("the largest value")
    try Picture.check(width: width, height: height, path: path)
    guard (1...255).contains(largest) else {
      throw header.malformed(
        "found the largest value \(largest), expected 1 to 255", "Convert it to 8 bits.")
    }
    try header.endOfHeader()

    let found = bytes.count - header.position
    let expected = width * height * channels
    guard found == expected else {
      throw header.malformed(
        "the file is \(found < expected ? "truncated" : "oversized"): found \(found) bytes behind "
          + "the header, expected \(expected) for \(width) × \(height) pixels")
    }
    var pixels = Array(bytes[header.position...])
    if largest != 255 {
      for i in pixels.indices {
        guard pixels[i] <= largest else {
          header.position += i
          throw header.malformed("found the value \(pixels[i]), expected at most \(largest)")
        }
        pixels[i] = UInt8((Int(pixels[i]) * 255 + largest / 2) / largest)
      }
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Whether the bytes start as those of a Netpbm picture of any kind.
  static func isPNM(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == UInt8(ascii: "P")
      && (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(bytes[1])
  }

  private struct Header {
    let bytes: [UInt8]
    let path: String
    var position = 0

    init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

    mutating func channels() throws(FileError) -> Int {
      guard isPNM(bytes), bytes[1] == UInt8(ascii: "5") || bytes[1] == UInt8(ascii: "6") else {
        throw malformed(
          "found \(quoted(String(decoding: bytes.prefix(2), as: UTF8.self))), "
            + "expected 'P5' (PGM) or 'P6' (PPM), the binary kinds",
          "Check that this is such a picture, or convert it.")
      }
      position = 2
      return bytes[1] == UInt8(ascii: "5") ? 1 : 3
    }

    /// The next number, behind white space and comments.
    mutating func number(_ what: String) throws(FileError) -> Int {
      let start = position
      while let byte = current, isSpace(byte) || byte == UInt8(ascii: "#") {
        if byte == UInt8(ascii: "#") {
          while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
        } else {
          position += 1
        }
      }
      let first = position
      var value = 0
      while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
        position += 1
        guard value <= Int32.max else {
          throw malformed("found a number above \(Int32.max), expected \(what)")
        }
      }
      guard first > start, position > first else {
        throw malformed("found no number, expected \(what) of the picture")
      }
      return value
    }

    /// A single white space stands between the header and the pixels.
    mutating func endOfHeader() throws(FileError) {
      guard let byte = current, isSpace(byte) else {
        throw malformed("expected white space behind the largest value")
      }
      position += 1
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    func malformed(
      _ problem: String, _ remedy: String = "Fetch or make the file again."
    ) -> FileError {
      FileError(
        .malformed, path: path, place: "byte \(position)", problem: problem, remedy: remedy)
    }
  }
}
