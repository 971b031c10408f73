import Formats
import Foundation
import Testing

@Suite struct IDXTests {
  /// 2 pictures of 2 × 3.
  static let file: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)

  static let mnist = URL(filePath: #filePath).appending(path: "../../../../shared/data/mnist")
    .standardized.path()

  func error(_ bytes: [UInt8], limit: Int = 1 << 31) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.idx", bytes)
      let error = try fileError(path) { _ = try IDX(contentsOf: path, limit: limit) }
      #expect(error.kind == .malformed)
      found = error
    }
    return try #require(found)
  }

  @Test(arguments: [false, true]) func fileIsRead(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("x", compressed ? Gzip.compress(Self.file) : Self.file)
      let idx = try IDX(contentsOf: path)
      #expect(idx.shape == [2, 2, 3])
      #expect(idx.bytes == Array(1...12))
    }
  }

  @Test(arguments: [false, true]) func writtenFileComesBack(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x")
      for shape in [[0, 28, 28], [1], [3, 5], [2, 1, 2, 1, 3], [4, 1 << 20]] {
        // Zeros compress as far as anything can.
        let bytes = [UInt8](repeating: 0, count: shape.reduce(1, *))
        try IDX(shape: shape, bytes: bytes).write(to: path, compressed: compressed)
        #expect(try Gzip.isGzip(contents(path)) == compressed)
        let idx = try IDX(contentsOf: path)
        #expect(idx.shape == shape)
        #expect(idx.bytes == bytes)
      }
    }
  }

  @Test func writtenBytesAreThoseOfTheFormat() throws {
    try withTemporaryFolder { folder in
      try IDX(shape: [2, 2, 3], bytes: Array(1...12)).write(
        to: folder.path("x"), compressed: false)
      #expect(try contents(folder.path("x")) == Self.file)
    }
  }

  @Test func shapeThatCannotBeWrittenIsReported() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x")
      for (shape, count) in [([], 1), ([2, 2], 3), ([-1, -4], 4), ([1 << 32, 0], 0)] {
        let idx = IDX(shape: shape, bytes: [UInt8](repeating: 0, count: count))
        let error = try fileError(path) { try idx.write(to: path, compressed: false) }
        #expect(error.kind == .malformed)
        #expect(error.problem.contains("\(shape)"))
      }
      #expect(try folder.names() == [])
    }
  }

  @Test func missingFileIsReported() throws {
    try withTemporaryFolder { folder in
      for path in [folder.path("absent"), folder.path] {
        let error = try fileError(path) { _ = try IDX(contentsOf: path) }
        #expect(error.kind == .missing)
      }
    }
    #expect(throws: FileError.self) { try IDX(contentsOf: "/dev/null") }
    #expect(throws: FileError.self) { try IDX(contentsOf: "") }
    #expect(throws: FileError.self) { try IDX(contentsOf: "/dev\0/null") }
  }

  @Test func emptyFileIsReported() throws {
    #expect(try error([]).problem == "the file is empty, expected an IDX file")
  }

  @Test func wrongMagicIsShown() throws {
    let error = try error(Array("<html>".utf8))
    #expect(error.place == "byte 0")
    #expect(error.problem.hasPrefix("found the bytes 3c 68 74 6d, expected the magic number"))
    #expect(try self.error([0, 0]).problem.contains("found the bytes 00 00,"))
    #expect(try self.error([0, 0, 8, 0, 1]).place == "byte 0")
    #expect(try self.error([0, 0, 7, 1, 0, 0, 0, 0]).place == "byte 0")
    #expect(try self.error(Gzip.compress(Array("text".utf8))).place == "byte 0")
  }

  @Test(arguments: [
    (UInt8(0x09), "signed byte"), (0x0B, "16-bit integer"), (0x0C, "32-bit integer"),
    (0x0D, "32-bit float"), (0x0E, "64-bit float"),
  ])
  func otherElementTypeIsNamed(code: UInt8, name: String) throws {
    var bytes = Self.file
    bytes[2] = code
    let error = try error(bytes)
    #expect(error.place == "byte 2")
    #expect(error.problem.contains("type \(name)"))
  }

  @Test func everyTruncationIsReported() throws {
    for count in 4..<Self.file.count {
      let cut = Array(Self.file.prefix(count))
      #expect(try error(cut).problem.contains("truncated"))
      #expect(try error(Gzip.compress(cut)).problem.contains("truncated"))
    }
    let stream = Gzip.compress(Self.file)
    for count in 2..<stream.count { _ = try error(Array(stream.prefix(count))) }
  }

  @Test func truncationSaysFoundAndExpected() throws {
    let error = try error(Gzip.compress(Self.file.dropLast()))
    #expect(error.place == "byte 16")
    #expect(error.problem.contains("found 11 bytes, expected 12 for shape [2, 2, 3]"))
  }

  @Test func bytesAfterTheElementsAreReported() throws {
    for bytes in [Self.file + [0], Gzip.compress(Self.file + [0])] {
      let error = try error(bytes)
      #expect(error.place == "byte 28")
      #expect(error.problem.contains("oversized"))
    }
    #expect(try error(Gzip.compress(Self.file) + [0]).problem.contains("after the end"))
  }

  @Test func wrongChecksumIsReported() throws {
    var stream = Gzip.compress(Self.file)
    stream[stream.count - 6] ^= 1
    #expect(try error(stream).problem.contains("incorrect data check"))
  }

  /// No memory is taken for a size that the file only claims.
  @Test func hugeSizesAreRefused() throws {
    let huge = [UInt8](bigEndian: .max)
    for header in [[0, 0, 8, 1] + huge, [0, 0, 8, 3] + huge + huge + huge] {
      for bytes in [header, Gzip.compress(header)] {
        #expect(try error(bytes).problem.contains("above the limit of \(1 << 31)"))
        // Without a limit the file itself is one.
        _ = try error(bytes, limit: .max)
      }
    }
    let claim = [0, 0, 8, 1] + [UInt8](bigEndian: 1 << 30)
    #expect(try error(claim).problem.contains("at most 0 bytes can follow"))
    #expect(try error(Gzip.compress(claim)).problem.contains("expected 1073741824"))
  }

  @Test func limitIsExact() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("x", Self.file)
      #expect(try IDX(contentsOf: path, limit: 12).bytes.count == 12)
      #expect(throws: FileError.self) { try IDX(contentsOf: path, limit: 11) }
      let zipped = try folder.file("z", Gzip.compress(Self.file))
      #expect(throws: FileError.self) { try IDX(contentsOf: zipped, limit: 11) }
    }
  }

  @Test func damageThrowsOrIsHarmless() throws {
    var random = SplitMix(state: 2)
    try withTemporaryFolder { folder in
      for original in [Self.file, Gzip.compress(Self.file)] {
        for _ in 0..<3000 {
          let path = try folder.file("x", original.damaged(&random))
          do {
            let idx = try IDX(contentsOf: path)
            #expect(idx.shape.reduce(1, *) == idx.bytes.count)
          } catch let error as FileError {
            #expect(error.kind == .malformed)
          }
        }
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: mnist), "no MNIST in \(mnist)"))
  func mnistIsRead() throws {
    let pictures = try IDX(contentsOf: Self.mnist + "/t10k-images-idx3-ubyte.gz")
    #expect(pictures.shape == [10_000, 28, 28])
    let labels = try IDX(contentsOf: Self.mnist + "/t10k-labels-idx1-ubyte.gz")
    #expect(labels.shape == [10_000])
    #expect(labels.bytes.prefix(5) == [7, 2, 1, 0, 4])
  }
}
