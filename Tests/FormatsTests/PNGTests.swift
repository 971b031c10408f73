import Formats
import Foundation
import Testing

@Suite struct PNGTests {
  /// Values that are all different, so that an exchanged pixel shows.
  static func picture(channels: Int, width: Int = 5, height: Int = 3) -> Picture {
    Picture(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { UInt8(truncatingIfNeeded: 17 * $0 + 3) })
  }

  static func encoded(_ picture: Picture) throws -> [UInt8] {
    try PNG.encode(
      pixels: picture.pixels, width: picture.width, height: picture.height,
      channels: picture.channels)
  }

  @Test(arguments: [1, 3]) func writtenPictureComesBack(channels: Int) throws {
    for (width, height) in [(1, 1), (1, 9), (300, 2), (90, 90)] {
      let picture = Self.picture(channels: channels, width: width, height: height)
      let bytes = try Self.encoded(picture)
      #expect(try PNG.decode(bytes, path: "p") == picture)
      #expect(try Self.encoded(picture) == bytes)
    }
  }

  @Test func transparentPixelsLieOnWhite() throws {
    let bytes = try PNG.encode(
      pixels: [10, 20, 30, 255, 10, 20, 30, 0], width: 2, height: 1, channels: 4)
    #expect(try PNG.decode(bytes, path: "p").pixels == [10, 20, 30, 255, 255, 255])
  }

  @Test func pixelsThatDoNotAgreeWithTheSizeAreRefused() {
    for (count, width, height, channels) in [
      (3, 2, 2, 1), (8, 2, 2, 2), (0, 0, 1, 1), (4, -2, -2, 1), (0, 1 << 40, 1 << 40, 3),
      (20, 2, 2, 5),
    ] {
      #expect(throws: FileError.self, "\(count) \(width) \(height) \(channels)") {
        try PNG.encode(
          pixels: [UInt8](repeating: 0, count: count), width: width, height: height,
          channels: channels)
      }
    }
    // More than libpng allows in a row.
    #expect(throws: FileError.self) {
      try PNG.encode(
        pixels: [UInt8](repeating: 0, count: 2_000_000), width: 2_000_000, height: 1, channels: 1)
    }
  }

  @Test func damagedFilesAreReported() throws {
    let bytes = try Self.encoded(Self.picture(channels: 3, width: 40, height: 40))
    var wrongChecksum = bytes
    wrongChecksum[60] ^= 1
    var wrongHeaderChecksum = bytes
    wrongHeaderChecksum[30] ^= 1
    let cases = [
      [], [1, 2, 3], Array(bytes.prefix(20)), Array(bytes.prefix(bytes.count / 2)),
      wrongChecksum, wrongHeaderChecksum,
    ]
    for bytes in cases {
      let error = try fileError("p") { _ = try PNG.decode(bytes, path: "p") }
      #expect(error.kind == .malformed)
      #expect(error.problem.hasPrefix("the PNG picture cannot be read: "))
    }
  }

  @Test func hugeSizeIsRefusedBeforeMemoryIsTaken() throws {
    // A sound header chunk that promises 900,000 × 900,000 pixels, and an empty IDAT.
    let chunk: [UInt8] =
      Array("IHDR".utf8) + [UInt8](bigEndian: 900_000) + [UInt8](bigEndian: 900_000)
      + [8, 0, 0, 0, 0]
    let bytes: [UInt8] =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + chunk
      + [UInt8](bigEndian: crc32(chunk)) + [0, 0, 0, 0] + Array("IDAT".utf8)
      + [UInt8](bigEndian: crc32(Array("IDAT".utf8)))
    let error = try fileError("p") { _ = try PNG.decode(bytes, path: "p") }
    #expect(error.problem.contains("900000 × 900000"))
  }
}

/// The checksum of PNG and zip, a bit at a time.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in
      crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0)
    }
  }
}
