import Foundation
import Reports

/// Sprites of made-up pictures, as PNG files that any browser reads.
enum SamplePictures {
  /// `count` tiles of `side × side` grey pixels; tile `i` shows bars, as many as its class has.
  static func sprite(count: Int, side: Int, columns: Int, classes: Int = 10) -> RunSummary.Pictures
  {
    let rows = (count + columns - 1) / columns
    let (width, height) = (columns * side, rows * side)
    var pixels = [UInt8](repeating: 0, count: width * height)
    for index in 0..<count {
      let (left, top) = (index % columns * side, index / columns * side)
      let bars = index % classes + 1
      for y in 1..<side - 1 {
        for x in 1..<side - 1 where y * 2 * bars / side % 2 == 0 {
          pixels[(top + y) * width + left + x] = UInt8(120 + (x * 97 + index * 31) % 136)
        }
      }
    }
    return .init(
      sprite: png(pixels, width: width, height: height), tileWidth: side, tileHeight: side,
      columns: columns)
  }

  /// A PNG file of grey pixels, stored without compression.
  private static func png(_ pixels: [UInt8], width: Int, height: Int) -> Data {
    var raw: [UInt8] = []
    for row in 0..<height { raw += [0] + pixels[row * width..<(row + 1) * width] }
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: raw.count, by: 65_535) {
      let block = raw[start..<min(start + 65_535, raw.count)]
      let size = UInt16(block.count)
      stream.append(start + block.count == raw.count ? 1 : 0)
      for number in [size, ~size] { stream += [UInt8(number & 0xFF), UInt8(number >> 8)] }
      stream += block
    }
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in raw {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    stream += bytes(b << 16 | a)
    let header = bytes(UInt32(width)) + bytes(UInt32(height)) + [8, 0, 0, 0, 0]
    return Data(
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
        + chunk("IDAT", stream) + chunk("IEND", []))
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    let crc = body.reduce(UInt32.max) { crc, byte in
      table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8
    }
    return bytes(UInt32(content.count)) + body + bytes(~crc)
  }
}
