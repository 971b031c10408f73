import Formats
import Foundation
import Testing

/// A folder of its own for one test, gone afterwards.
func withTemporaryFolder(_ body: (TemporaryFolder) throws -> Void) throws {
  let folder = TemporaryFolder(
    path: FileManager.default.temporaryDirectory.appending(path: "FormatsTests-\(UUID())").path())
  try FileManager.default.createDirectory(
    atPath: folder.path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder.path) }
  try body(folder)
}

struct TemporaryFolder {
  let path: String

  func path(_ name: String) -> String { path + "/" + name }

  /// A file with these bytes, written without the code under test.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }

  /// Names of all files, hidden ones too.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

func contents(_ path: String) throws -> [UInt8] {
  try Array(Data(contentsOf: URL(filePath: path)))
}

/// The `FileError` that `body` must throw; it must name the path.
func fileError(
  _ path: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> FileError {
  let error = try #require(
    throws: FileError.self, sourceLocation: sourceLocation, performing: body)
  #expect(error.path == path, sourceLocation: sourceLocation)
  return error
}

/// SplitMix64: the same damage in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension [UInt8] {
  /// The bytes with one to four of them changed, the end cut off, or something inserted.
  func damaged(_ random: inout SplitMix) -> [UInt8] {
    var bytes = self
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      bytes.removeLast(Int.random(in: 1...count, using: &random))
    case 1:
      bytes.insert(.random(in: 0...255, using: &random), at: .random(in: 0...count, using: &random))
    default:
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Half of the damage goes to the first bytes, where the sizes are.
        let end = Bool.random(using: &random) ? Swift.min(count, 32) : count
        bytes[.random(in: 0..<end, using: &random)] = .random(in: 0...255, using: &random)
      }
    }
    return bytes
  }

  init(bigEndian value: UInt32) {
    self = Swift.withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  init(littleEndian value: UInt64) {
    self = Swift.withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
