import Formats
import Testing

@Suite struct GzipTests {
  static let text = Array("the quick brown fox ".utf8) + (0..<50_000).map { UInt8($0 * $0 % 251) }

  func decompress(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> [UInt8] {
    try Gzip.decompress(bytes, path: "x.gz", limit: limit)
  }

  func error(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> FileError {
    let error = try fileError("x.gz") { _ = try decompress(bytes, limit: limit) }
    #expect(error.kind == .malformed)
    return error
  }

  @Test func contentComesBack() throws {
    for content in [[], [7], Self.text, [UInt8](repeating: 0, count: 5_000_000)] {
      let compressed = Gzip.compress(content)
      #expect(Gzip.isGzip(compressed))
      #expect(try decompress(compressed) == content)
      #expect(Gzip.compress(content) == compressed)
    }
  }

  /// `printf hello | gzip -n`
  @Test func streamOfAnotherProgramIsRead() throws {
    let stream: [UInt8] = [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
      0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ]
    #expect(try decompress(stream) == Array("hello".utf8))
  }

  @Test func membersAreJoined() throws {
    let stream = Gzip.compress(Self.text) + Gzip.compress([]) + Gzip.compress([1, 2])
    #expect(try decompress(stream) == Self.text + [1, 2])
  }

  @Test func onlyTheMagicNumberIsGzip() {
    #expect(Gzip.isGzip([0x1f, 0x8b]))
    #expect(!Gzip.isGzip([0x1f]))
    #expect(!Gzip.isGzip([]))
    #expect(!Gzip.isGzip([0, 0, 8, 1]))
  }

  @Test func everyTruncationIsReported() throws {
    let stream = Gzip.compress(Array("hello, hello, hello".utf8))
    for count in 0..<stream.count {
      #expect(try error(Array(stream.prefix(count))).problem.contains("truncated"))
    }
  }

  @Test func wrongChecksumAndLengthAreReported() throws {
    var stream = Gzip.compress(Self.text)
    stream[stream.count - 5] ^= 1
    #expect(try error(stream).problem.contains("incorrect data check"))
    stream[stream.count - 5] ^= 1
    stream[stream.count - 1] ^= 1
    #expect(try error(stream).problem.contains("incorrect length check"))
  }

  @Test func bytesAfterTheEndAreReported() throws {
    let stream = Gzip.compress([1, 2, 3])
    let error = try error(stream + [0, 0])
    #expect(error.place == "byte \(stream.count)")
    #expect(error.problem.contains("found 2 bytes after the end"))
  }

  @Test func limitIsExact() throws {
    let stream = Gzip.compress(Self.text)
    #expect(try decompress(stream, limit: Self.text.count) == Self.text)
    let error = try error(stream, limit: Self.text.count - 1)
    #expect(error.problem.contains("more than the limit of \(Self.text.count - 1) bytes"))
    #expect(throws: FileError.self) { try decompress(Gzip.compress([1]), limit: 0) }
    #expect(try decompress(Gzip.compress([]), limit: 0) == [])
    #expect(try decompress(stream, limit: .max) == Self.text)
  }

  /// A stream's own length is a claim; the limit holds for what comes out.
  @Test func falseLengthDoesNotDefeatTheLimit() throws {
    var stream = Gzip.compress([UInt8](repeating: 0, count: 1_000_000))
    stream.replaceSubrange(stream.count - 4..<stream.count, with: [1, 0, 0, 0])
    #expect(try error(stream, limit: 1000).problem.contains("more than the limit"))
  }

  @Test func damageThrowsOrIsHarmless() throws {
    var random = SplitMix(state: 1)
    let stream = Gzip.compress(Array(Self.text.prefix(700))) + Gzip.compress([1, 2, 3])
    for _ in 0..<5000 {
      let damaged = stream.damaged(&random)
      do {
        // Only what the checksum does not cover may change: the file name, the time.
        #expect(try decompress(damaged, limit: 1 << 20).count <= 703)
      } catch let error as FileError {
        #expect(error.kind == .malformed)
      }
    }
  }
}
