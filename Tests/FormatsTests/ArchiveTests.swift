import ArchiveWriter
import Formats
import Testing

@Suite("Archives")
struct ArchiveTests {
  /// All entries with their contents.
  func read(
    _ path: String, entryLimit: Int = 1 << 20, limit: Int = 1 << 24
  ) throws -> [(Archive.Entry, [UInt8])] {
    let archive = try Archive(contentsOf: path, entryLimit: entryLimit, limit: limit)
    var entries: [(Archive.Entry, [UInt8])] = []
    while let entry = try archive.next() {
      entries.append((entry, entry.isLink ? [] : try archive.content()))
    }
    return entries
  }

  /// Text that hardly gets smaller.
  static let noise: [UInt8] = {
    var random = SplitMix(state: 1)
    return (0..<100_000).map { _ in .random(in: 0...255, using: &random) }
  }()

  @Test(
    "Files come in their order, with paths, sizes and contents", arguments: ArchiveForm.allCases)
  func files(form: ArchiveForm) throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x." + form.rawValue)
      try writeArchive(
        path, form,
        [
          ("b", .folder), ("b/2.txt", .file(Array("zwei".utf8))), ("./a//1", .file(Self.noise)),
          ("empty", .file([])), ("b/ä", .file([7])),
        ])
      let entries = try read(path)
      #expect(entries.map(\.0.path) == ["b/2.txt", "a/1", "empty", "b/ä"])
      #expect(entries.map(\.0.size) == [4, 100_000, 0, 1])
      #expect(entries.map(\.1) == [Array("zwei".utf8), Self.noise, [], [7]])
      #expect(entries.allSatisfy { !$0.0.isLink })
      // Contents need not be asked for.
      let archive = try Archive(contentsOf: path)
      var paths: [String] = []
      while let entry = try archive.next() { paths.append(entry.path) }
      #expect(paths == entries.map(\.0.path))
    }
  }

  @Test("Links are told from files, and not followed")
  func links() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.tar")
      try writeArchive(
        path, .tar,
        [
          ("a", .file([1])), ("soft", .symbolicLink("/etc/passwd")), ("hard", .hardLink("a")),
        ])
      #expect(try read(path).map(\.0.isLink) == [false, true, true])
      let archive = try Archive(contentsOf: path)
      _ = try archive.next()
      _ = try archive.next()
      let error = try fileError(path) { _ = try archive.content() }
      #expect(error.place == "entry 'soft'")
      #expect(error.problem.contains("found a link"))
    }
  }

  @Test("What is above a limit is refused by what the header says", arguments: ArchiveForm.allCases)
  func limits(form: ArchiveForm) throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x." + form.rawValue)
      try writeArchive(path, form, [("a", .file(Self.noise)), ("b", .file([1]))])
      #expect(try read(path, entryLimit: 100_000, limit: 100_001).count == 2)
      let entry = try fileError(path) { _ = try read(path, entryLimit: 99_999) }
      #expect(entry.place == "entry 'a'")
      #expect(entry.problem.contains("100000 bytes, above the limit of 99999"))
      let all = try fileError(path) { _ = try read(path, limit: 100_000) }
      #expect(all.place == "entry 'b'")
      #expect(all.problem.contains("limit of 100000"))
      // Those passed over count too.
      let passed = try fileError(path) {
        let archive = try Archive(contentsOf: path, limit: 100_000)
        while try archive.next() != nil {}
      }
      #expect(passed.place == "entry 'b'")
    }
  }

  @Test("A header that promises more than there is takes no memory for it")
  func lies() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.tar")
      try writeArchive(path, .tar, [("a", .file([1, 2, 3]))])
      var bytes = try contents(path)
      // The size, in octal digits, and the checksum of the header that it is part of.
      bytes.replaceSubrange(124..<135, with: Array("77777777777".utf8))
      bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
      let sum = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
      let digits = String(repeating: "0", count: 6 - sum.count) + sum
      bytes.replaceSubrange(148..<156, with: Array(digits.utf8) + [0, 0x20])
      let lie = try folder.file("lie.tar", bytes)
      let error = try fileError(lie) {
        let archive = try Archive(contentsOf: lie, entryLimit: 1 << 40)
        #expect(try archive.next()?.size == 8_589_934_591)
        _ = try archive.content()
      }
      #expect(error.place == "entry 'a'")
      #expect(error.problem.lowercased().contains("truncated"), "\(error)")
    }
  }

  @Test("Damaged content is found, and the entry named")
  func damagedContent() throws {
    try withTemporaryFolder { folder in
      for form in [ArchiveForm.zip, .tarXz] {
        let path = folder.path("x." + form.rawValue)
        try writeArchive(
          path, form, [("first", .file([1])), ("second", .file(Self.noise)), ("c", .file([1]))])
        var bytes = try contents(path)
        // Far behind the first bytes, which tell whether it is an archive.
        bytes[bytes.count * 9 / 10] ^= 4
        let damaged = try folder.file("y." + form.rawValue, bytes)
        let error = try fileError(damaged) { _ = try read(damaged) }
        #expect(error.kind == .malformed)
        #expect(error.place?.contains("entry 'second'") == true, "\(error)")
      }
    }
  }

  @Test("Cut off within an entry, an archive is refused", arguments: ArchiveForm.allCases)
  func truncated(form: ArchiveForm) throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x." + form.rawValue)
      try writeArchive(path, form, [("a", .file([1])), ("b", .file(Self.noise))])
      let bytes = try contents(path)
      for share in [3, 6, 9] {
        let cut = try folder.file("cut", Array(bytes.prefix(bytes.count * share / 10)))
        let error = try fileError(cut) { _ = try read(cut) }
        #expect(error.kind == .malformed)
      }
    }
  }

  @Test("Files that are no archives, or not there, are named")
  func noArchive() throws {
    try withTemporaryFolder { folder in
      for (name, bytes) in [("empty", []), ("text", Array("not an archive at all".utf8))] {
        let path = try folder.file(name, bytes)
        let error = try fileError(path) { _ = try read(path) }
        #expect(error.kind == .malformed)
        #expect(error.problem.contains("found no archive"), "\(error)")
      }
      for path in [folder.path, folder.path("nowhere")] {
        #expect(try fileError(path) { _ = try read(path) }.kind == .missing)
      }
    }
  }

  @Test("Damaged archives are refused or read, and never crash", arguments: ArchiveForm.allCases)
  func damage(form: ArchiveForm) throws {
    var random = SplitMix(state: 9)
    try withTemporaryFolder { folder in
      let path = folder.path("x." + form.rawValue)
      try writeArchive(
        path, form,
        (0..<5).map { ("folder/\($0)", .file(Array(Self.noise.prefix(50 * $0)))) })
      let bytes = try contents(path)
      for _ in 0..<200 {
        let damaged = try folder.file("damaged", bytes.damaged(&random))
        do {
          _ = try read(damaged)
        } catch let error as FileError {
          #expect(error.kind == .malformed)
          #expect(error.path == damaged)
        }
      }
    }
  }
}
