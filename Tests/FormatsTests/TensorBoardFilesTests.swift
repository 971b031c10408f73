import Foundation
import Testing

@testable import Formats

@Suite("Event files and the projector's files, byte by byte and at the edges")
struct TensorBoardFilesTests {
  @Test("CRC-32C of RFC 3720, appendix B.4")
  func checksum() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }

  @Test("fields as the encoding's documentation has them")
  func protobuf() {
    func bytes(_ make: (inout ProtobufMessage) -> Void) -> [UInt8] {
      var message = ProtobufMessage()
      make(&message)
      return message.bytes
    }
    #expect(bytes { $0.add(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.add(1, -2) } == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [0x01])
    #expect(bytes { $0.add(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.add(3) { $0.add(1, 150) } } == [0x1A, 0x03, 0x08, 0x96, 0x01])
    #expect(bytes { $0.add(16, true) } == [0x80, 0x01, 0x01])
    #expect(bytes { $0.add(1, 1.0) } == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes { $0.add(1, Float(1)) } == [0x0D, 0, 0, 0x80, 0x3F])
  }

  @Test("a file is named so that it comes after those that are there")
  func names() throws {
    try withTemporaryFolder { folder in
      let later = Int(Date.now.timeIntervalSince1970) + 100
      _ = try folder.file("events.out.tfevents.\(later).elsewhere", [])
      _ = try folder.file("events.out.tfevents.results", [])
      for expected in 1...3 {
        _ = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: 0)
        let names = try folder.names()
        #expect(names.count == 2 + expected)
        #expect(names.last == "events.out.tfevents.results")
        #expect(names[expected].hasPrefix("events.out.tfevents.\(later + expected)."))
      }
    }
  }

  @Test("a folder that is not there is an error that names the file")
  func missingFolder() throws {
    try withTemporaryFolder { folder in
      let error = try #require(throws: FileError.self) {
        try TensorBoard.EventFileWriter(folder: folder.path("no"), firstStep: 0)
      }
      #expect(error.kind == .inputOutput)
      #expect(error.path.hasPrefix(folder.path("no") + "/events.out.tfevents."))
    }
  }

  @Test("all values are counted once, the largest in the last bin")
  func histogram() {
    let histogram = TensorBoard.Histogram([1, 2, 3, 4, 5, 5], binCount: 4)
    #expect(histogram.bins.map(\.count) == [1, 1, 1, 3])
    #expect(histogram.bins.map(\.left) == [1, 2, 3, 4])
    #expect(histogram.bins.map(\.right) == [2, 3, 4, 5])
    let same = TensorBoard.Histogram([7, 7, .nan], binCount: 3)
    #expect(same.bins.map(\.count) == [0, 0, 2])
    #expect(same.bins.allSatisfy { $0.left == 7 && $0.right == 7 })
    let wide = TensorBoard.Histogram([-.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(wide.bins.map(\.count).reduce(0, +) == 2)
    #expect(wide.bins.allSatisfy { $0.left.isFinite && $0.right.isFinite })
    // The product of index and width is rounded; no value may fall out.
    var random = SplitMix(state: 1)
    let values = (0..<1000).map { _ in Float.random(in: -1e-3...1e-3, using: &random) }
    for binCount in 1...50 {
      let bins = TensorBoard.Histogram(values, binCount: binCount).bins
      #expect(bins.map(\.count).reduce(0, +) == 1000)
    }
  }

  @Test("a score at a threshold is found there, for every number of thresholds")
  func thresholds() {
    for count in 2...202 {
      let scores = (0..<count).map { Float(Double($0) / Double(count - 1)) }
      let curve = TensorBoard.PRCurve(
        scores: scores, isPositive: scores.map { _ in true }, thresholdCount: count)
      let expected = (0..<count).map { index in
        scores.count { Double($0) >= Double(index) / Double(count - 1) }
      }
      #expect(curve.truePositives == expected)
      #expect(curve.precision.last == (expected.last == 0 ? 0 : 1))
      #expect(curve.falsePositives.allSatisfy { $0 == 0 })
    }
  }

  @Test("pictures are made smaller by the mean over the area, and their order is that of reading")
  func sprites() {
    let picture = Picture(
      width: 4, height: 2, channels: 1, pixels: [0, 12, 24, 36, 48, 60, 72, 84])
    let sprites = TensorBoard.Sprites(count: 3, largestSide: 6) { index in
      index == 1
        ? Picture(width: 4, height: 2, channels: 1, pixels: [UInt8](repeating: 200, count: 8))
        : picture
    }
    // Two columns of 3 pixels: 4 × 2 becomes 3 × 1.
    #expect((sprites.width, sprites.height) == (3, 1))
    #expect((sprites.sheet.width, sprites.sheet.height) == (6, 2))
    let small: [UInt8] = [27, 42, 57]
    #expect(sprites.sheet.pixels == small + [200, 200, 200] + small + [0, 0, 0])
    let color = TensorBoard.Sprites(count: 1) { _ in
      Picture(width: 1, height: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    }
    #expect(color.sheet.pixels == [1, 2, 3, 4, 5, 6])
    let many = TensorBoard.Sprites(count: 10_000, largestSide: 150) { _ in picture }
    #expect((many.width, many.height, many.sheet.width) == (1, 1, 100))
  }

  @Test("points that do not fit together are refused before anything is written")
  func projectorErrors() throws {
    let picture = Picture(width: 1, height: 1, channels: 1, pixels: [0])
    let points: [(TensorBoard.Projector, String)] = [
      (.init(name: "p", values: [], dimension: 2), "found 0 values"),
      (.init(name: "p", values: [1, 2, 3], dimension: 2), "found 3 values of points of 2"),
      (.init(name: "p", values: [1, 2], dimension: 0), "expected one point or more"),
      (
        .init(name: "p", values: [1, 2, 3, .nan], dimension: 2),
        "found nan in dimension 1 of point 1, expected finite values"
      ),
      (
        .init(name: "p", values: [1, 2], dimension: 1, columns: [.init("class", ["a"])]),
        "found 1 values in the column 'class', expected one for each of 2 points"
      ),
      (
        .init(name: "p", values: [1, 2], dimension: 1, sprites: .init(count: 3) { _ in picture }),
        "found 3 pictures, expected one for each of 2 points"
      ),
    ]
    try withTemporaryFolder { folder in
      for (projector, problem) in points {
        let error = try fileError(folder.path("projector")) {
          try projector.write(toRun: folder.path)
        }
        #expect(error.problem.contains(problem), "\(error)")
      }
      #expect(try folder.names() == [])
    }
  }

  @Test("one column of the metadata has no name above it")
  func singleColumn() throws {
    try withTemporaryFolder { folder in
      try TensorBoard.Projector(
        name: "p", values: [1, 2], dimension: 1, columns: [.init("class", ["a", "b"])]
      ).write(toRun: folder.path)
      #expect(try contents(folder.path("projector/metadata.tsv")) == Array("a\nb\n".utf8))
      #expect(!(try folder.names().contains { $0.hasSuffix(".tmp") }))
    }
  }
}
