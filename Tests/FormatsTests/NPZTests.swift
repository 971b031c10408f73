import Formats
import Foundation
import Testing

@Suite struct NPZTests {
  static let sharedLogits = URL(filePath: #filePath).appending(
    path: "../../../../shared/data/logits"
  )
  .standardized.path()

  /// The archives that NumPy wrote, stored and deflated.
  static func archives() throws -> [Golden.Archive] {
    try Golden.read("arrays", as: Golden.Arrays.self).archives
  }

  func error(_ bytes: [UInt8], limit: Int = 1 << 30) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.npz", bytes)
      let error = try fileError(path) { _ = try NPZ.read(contentsOf: path, limit: limit) }
      #expect(error.kind == .malformed)
      found = error
    }
    return try #require(found)
  }

  @Test("Archives of NumPy, stored and deflated, are read as NumPy reads them")
  func golden() throws {
    try withTemporaryFolder { folder in
      for archive in try Self.archives() {
        let arrays = try NPZ.read(contentsOf: folder.file("x.npz", Array(archive.file)))
        #expect(Set(arrays.keys) == Set(archive.arrays.keys), "\(archive.name)")
        for (name, expected) in archive.arrays {
          #expect(arrays[name]?.shape == expected.shape)
          #expect(areSame(arrays[name]!.doubles(), expected.values.map(\.value)))
        }
      }
    }
  }

  @Test(
    "The networks' published outputs: as many pictures as there are, each with probabilities",
    .enabled(
      if: FileManager.default.fileExists(atPath: sharedLogits),
      "there are no outputs of networks in ../shared/data/logits"))
  func logits() throws {
    // Accuracies as the collection's own description has them.
    for (name, classes, correct) in [
      ("lenet-5-cifar-10", 10, 5308), ("wideresnet-16-4-cifar-100", 100, 7543),
    ] {
      let file = try ArrayFile(contentsOf: Self.sharedLogits + "/\(name).npz")
      let predictions = try #require(file.arrays["predictions"])
      #expect(predictions.shape == [10_000, classes])
      let rows = predictions.floats()
      let labels = try #require(file.arrays["ground_truth"]).integers()
      #expect(labels.count == 10_000)
      let hits = labels.indices.count { i in
        let row = rows[i * classes..<(i + 1) * classes]
        return abs(row.reduce(0, +) - 1) < 1e-4
          && row.firstIndex(of: row.max()!)! - row.startIndex == Int(labels[i])
      }
      #expect(hits == correct)
    }
  }

  @Test("A changed byte of content is found by the checksum")
  func checksum() throws {
    for archive in try Self.archives() {
      var bytes = Array(archive.file)
      // In the elements of the first array, "features".
      bytes[1000] ^= 1
      let error = try error(bytes)
      #expect(error.place == "entry 'features.npy'")
      if archive.name == "stored" { #expect(error.problem.contains("checksum")) }
    }
  }

  @Test("Cut off at any place, an archive is refused")
  func truncated() throws {
    for archive in try Self.archives() {
      for length in stride(from: 0, to: archive.file.count, by: 97) {
        #expect(try error(Array(archive.file.prefix(length))).problem.contains("truncated"))
      }
    }
  }

  /// The place of the `index`-th record of a directory.
  func directoryEntry(_ bytes: [UInt8], _ index: Int = 0) -> Int {
    bytes.indices.dropLast(4).filter { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] }[index]
  }

  @Test("Lies of the directory are found before memory is taken")
  func lies() throws {
    let archives = try Self.archives()
    let stored = Array(archives[0].file)
    let deflated = Array(archives[1].file)
    func changed(_ bytes: [UInt8], _ offset: Int, _ values: [UInt8]) -> [UInt8] {
      var bytes = bytes
      let start = directoryEntry(bytes) + offset
      bytes.replaceSubrange(start..<start + values.count, with: values)
      return bytes
    }
    let cases: [([UInt8], String)] = [
      (changed(stored, 8, [1]), "encrypted"),
      (changed(stored, 10, [12]), "compression method 12"),
      (changed(stored, 24, [0, 0, 0, 0x10]), "expected the same"),
      (changed(deflated, 24, [0, 0, 0, 0xF0]), "times as much content"),
      (changed(deflated, 24, [0, 0, 1, 0]), "content"),
      (changed(deflated, 24, [0xFF, 0xFF, 0xFF, 0xFF]), "zip64"),
      (changed(deflated, 42, [0xFF, 0xFF, 0xFF, 0x7F]), "no header of an entry"),
      (changed(deflated, 20, [0, 0, 0, 0x10]), "expected at most"),
      (changed(deflated, 28, [0xFF, 0xFF]), "truncated"),
      (changed(deflated, 46 + 11, [UInt8(ascii: "q")]), "another kind"),
    ]
    for (bytes, message) in cases {
      let error = try error(bytes)
      #expect(error.problem.contains(message), "\(error)")
    }
    #expect(try error(stored, limit: 2399).problem.contains("above the limit of 2399"))
    #expect(try error(stored, limit: 2401).problem.contains("above the limit of 1 "))
  }

  @Test("A name that comes twice is refused")
  func twice() throws {
    let bytes = Array(try Self.archives()[0].file)
    let start = directoryEntry(bytes)
    let end = bytes.count - 22
    // A directory of the last entry, twice.
    let last = Array(bytes[directoryEntry(bytes, 2)..<end])
    var file = bytes[..<start] + last + last + bytes[end...]
    file.replaceSubrange(file.count - 14..<file.count - 10, with: [2, 0, 2, 0])
    file.replaceSubrange(
      file.count - 10..<file.count - 6, with: [UInt8](bigEndian: UInt32(2 * last.count)).reversed())
    #expect(try error(Array(file)).problem.contains("twice"))
  }

  @Test("Damaged archives are refused or read, and never crash")
  func damage() throws {
    var random = SplitMix(state: 6)
    try withTemporaryFolder { folder in
      for archive in try Self.archives() {
        let directory = directoryEntry(Array(archive.file))..<archive.file.count
        for i in 0..<700 {
          var bytes = Array(archive.file)
          if i % 2 == 0 {
            // The checksums do not cover the directory.
            for _ in 0..<3 {
              bytes[.random(in: directory, using: &random)] = .random(in: 0...255, using: &random)
            }
          } else {
            bytes = bytes.damaged(&random)
          }
          let path = try folder.file("x.npz", bytes)
          do throws(FileError) {
            _ = try NPZ.read(contentsOf: path, limit: 1 << 20)
          } catch {
            #expect(error.kind == .malformed)
          }
        }
      }
    }
  }
}
