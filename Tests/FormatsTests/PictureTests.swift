import Formats
import Foundation
import Testing

@Suite struct PictureTests {
  func error(_ bytes: [UInt8]) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.jpg", bytes)
      let error = try fileError(path) { _ = try Picture(contentsOf: path) }
      #expect(error.kind == .malformed)
      found = error
    }
    return try #require(found)
  }

  @Test("Every kind of picture is read as Pillow reads it, whatever its name, and so is its grey")
  func golden() throws {
    let golden = try Golden.read("pictures", as: Golden.Pictures.self)
    #expect(golden.pictures.count == 9)
    try withTemporaryFolder { folder in
      for expected in golden.pictures {
        let picture = try Picture(contentsOf: folder.file("x", Array(expected.file)))
        #expect(
          (picture.width, picture.height, picture.channels)
            == (expected.width, expected.height, expected.channels), "\(expected.name)")
        // Decoders of JPEG may differ by one in rounding.
        let tolerance = expected.name.hasPrefix("jpeg") ? 1 : 0
        func distance(_ a: [UInt8], _ b: Data) -> Int {
          a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max()! : 256
        }
        #expect(distance(picture.pixels, expected.pixels) <= tolerance, "\(expected.name)")
        #expect(distance(picture.grey().pixels, expected.grey) <= tolerance, "\(expected.name)")
      }
    }
  }

  @Test("Inks, plain text, other formats and empty files are refused with the reason")
  func refused() throws {
    let inks = try Golden.read("pictures", as: Golden.Pictures.self).inks
    let cases: [([UInt8], String)] = [
      (Array(inks), "CMYK"), ([], "empty"), (Array("GIF89a".utf8), "no JPEG, PNG, PGM or PPM"),
      (Array("P2\n1 1\n255\n7\n".utf8), "'P2'"), (Array("P4\n1 1\n".utf8), "'P4'"),
    ]
    for (bytes, message) in cases {
      #expect(try error(bytes).problem.contains(message))
    }
  }

  @Test("Cut off at any place, a picture is refused")
  func truncated() throws {
    for picture in try Golden.read("pictures", as: Golden.Pictures.self).pictures {
      // The last bytes of a PNG and a JPEG say only that this is the end.
      for length in stride(from: 0, to: picture.file.count - 20, by: 31) {
        _ = try error(Array(picture.file.prefix(length)))
      }
    }
  }

  @Test("A JPEG header that promises a huge picture is refused before memory is taken")
  func hugeJPEG() throws {
    let golden = try Golden.read("pictures", as: Golden.Pictures.self).pictures
    var bytes = Array(try #require(golden.first { $0.name == "jpeg, grey" }).file)
    let frame = try #require(
      bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0, 0xFF, 0])
    #expect(try error(bytes).problem.contains("65280 × 65280"))
  }

  @Test("Headers of Netpbm: comments, any white space, any largest value up to 255")
  func netpbm() throws {
    func decode(_ header: String, _ pixels: [UInt8]) throws -> Picture {
      try PNM.decode(Array(header.utf8) + pixels, path: "p")
    }
    #expect(
      try decode("P5 #by hand\n# 9 9\n2\t1\r\n255\n", [10, 35])
        == Picture(width: 2, height: 1, channels: 1, pixels: [10, 35]))
    #expect(try decode("P6 1 2 15 ", [0, 1, 7, 8, 14, 15]).pixels == [0, 17, 119, 136, 238, 255])
    #expect(try decode("P5 2 1 1 ", [0, 1]).pixels == [0, 255])
    for (header, pixels, message) in [
      ("P5 2 1 255\n", [1], "truncated: found 1 bytes behind the header, expected 2"),
      ("P5 2 1 255\n", [1, 2, 3], "oversized"), ("P5 2 1 15\n", [1, 16], "found the value 16"),
      ("P5 2 1 65535\n", [1, 2, 3, 4], "largest value 65535"), ("P5 2 1 0 ", [0, 0], "value 0"),
      ("P5 0 1 255 ", [], "0 × 1"), ("P5 99999 99999 255 ", [], "99999 × 99999"),
      ("P5 2", [], "no number, expected the height"), ("P5 2 1 255", [], "white space"),
      ("P52 1 255 ", [0, 0], "expected the width"), ("P5 -2 1 255 ", [], "expected the width"),
      ("P5 99999999999999999999 1 255 ", [], "above"), ("P5 # endless", [], "no number"),
    ] as [(String, [UInt8], String)] {
      let error = try fileError("p") { _ = try decode(header, pixels) }
      #expect(error.problem.contains(message), "\(error)")
    }
  }

  @Test("Grey is ITU-R BT.601 luma, rounded")
  func grey() {
    let picture = Picture(
      width: 3, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
    #expect(picture.grey().pixels == [76, 150, 29])
    #expect(picture.grey().grey() == picture.grey())
    #expect(picture.grey().color().grey() == picture.grey())
    let white = Picture(width: 1, height: 1, channels: 3, pixels: [255, 255, 255])
    #expect(white.grey().pixels == [255])
  }

  @Test("Channels first, and mirrored")
  func order() {
    let picture = Picture(width: 2, height: 2, channels: 3, pixels: Array(1...12))
    #expect(picture.channelFirst() == [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12])
    #expect(picture.mirrored().pixels == [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9])
    #expect(picture.mirrored().mirrored() == picture)
  }

  @Test("Shrinking takes the mean of areas, growing is linear, and the mean stays")
  func resizing() {
    func row(_ pixels: [UInt8], to width: Int) -> [UInt8] {
      Picture(width: pixels.count, height: 1, channels: 1, pixels: pixels)
        .resized(width: width, height: 1).pixels
    }
    #expect(row([10, 20, 30, 40], to: 2) == [15, 35])
    // 1.5 pixels in each: 10 and half of 40; half of 40 and 70.
    #expect(row([10, 40, 70], to: 2) == [20, 60])
    #expect(row([0, 100], to: 4) == [0, 25, 75, 100])
    #expect(row([7], to: 3) == [7, 7, 7])
    #expect(row([1, 2, 4], to: 1) == [2])
    let picture = PNGTests.picture(channels: 3, width: 11, height: 7)
    #expect(picture.resized(width: 11, height: 7) == picture)
    for (width, height) in [(1, 1), (5, 3), (23, 40), (4, 14)] {
      let resized = picture.resized(width: width, height: height)
      #expect((resized.width, resized.height, resized.channels) == (width, height, 3))
      let flat = Picture(
        width: 11, height: 7, channels: 1, pixels: [UInt8](repeating: 200, count: 77))
      #expect(flat.resized(width: width, height: height).pixels.allSatisfy { $0 == 200 })
    }
    // Transposed, axes are treated alike.
    let column = Picture(width: 1, height: 4, channels: 1, pixels: [10, 20, 30, 40])
    #expect(column.resized(width: 1, height: 2).pixels == [15, 35])
  }

  @Test("Damaged pictures are refused or read, and never crash")
  func damage() throws {
    var random = SplitMix(state: 9)
    for picture in try Golden.read("pictures", as: Golden.Pictures.self).pictures {
      for _ in 0..<200 {
        let bytes = Array(picture.file).damaged(&random)
        do throws(FileError) {
          if bytes.starts(with: [0xFF, 0xD8]) {
            _ = try JPEG.decode(bytes, path: "p")
          } else if bytes.starts(with: [0x89]) {
            _ = try PNG.decode(bytes, path: "p")
          } else {
            _ = try PNM.decode(bytes, path: "p")
          }
        } catch {
          #expect(error.kind == .malformed)
        }
      }
    }
  }
}
