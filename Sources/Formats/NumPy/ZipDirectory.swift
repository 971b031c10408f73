/// The central directory of a zip file: what is in it, and where.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZipDirectory {
  struct Entry {
    enum Method: UInt16 {
      case stored = 0
      case deflated = 8
    }

    var name: String
    var method: Method
    var checksum: UInt32
    /// Bytes in the file, and bytes of content.
    var compressedSize, size: Int
    /// Where the entry's own header begins.
    var offset: Int
  }

  /// Whether the bytes start as a zip file does, one with entries or an empty one.
  static func isZip(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && [0x0403_4B50, 0x0605_4B50].contains(bytes.integer32(at: 0))
  }

  /// In the order of the directory.
  private(set) var entries: [Entry] = []
  private let path: String

  init(_ file: InputFile) throws(FileError) {
    path = file.path
    let end = try endRecord(file)
    let record = try file.bytes(22, at: end)
    let count = record.integer16(at: 10)
    let size = record.integer32(at: 12)
    let offset = record.integer32(at: 16)
    guard record.integer16(at: 4) == 0, record.integer16(at: 6) == 0,
      record.integer16(at: 8) == count
    else { throw malformed("byte \(end)", "found a part of an archive, expected a whole one") }
    // What does not fit 32 bits stands in other records, after these marks.
    guard count != 0xFFFF, offset != 0xFFFF_FFFF, size != 0xFFFF_FFFF else { throw tooLarge }
    guard offset + size <= end else {
      throw malformed(
        "byte \(end)",
        "the directory should take \(size) bytes from byte \(offset) on, "
          + "expected it to end by byte \(end)")
    }
    let directory = try file.bytes(size, at: offset)
    guard directory.count == size else { throw malformed("byte \(offset)", "truncated") }
    try readEntries(directory, count: count, origin: offset)

    // Entries that share their bytes would make a small file fill any memory.
    let taken = entries.reduce(0) { $0 + $1.compressedSize }
    guard taken <= offset else {
      throw malformed(
        "byte \(offset)",
        "the entries should take \(taken) bytes, "
          + "expected at most the \(offset) before the directory")
    }
  }

  private mutating func readEntries(
    _ directory: [UInt8], count: Int, origin: Int
  ) throws(FileError) {
    let fixedSize = 46
    var position = 0
    for _ in 0..<count {
      let place = "byte \(origin + position)"
      guard position + fixedSize <= directory.count,
        directory.integer32(at: position) == 0x0201_4B50
      else { throw malformed(place, "found no entry of the directory, expected \(count)") }
      let nameEnd = position + fixedSize + directory.integer16(at: position + 28)
      let end =
        nameEnd + directory.integer16(at: position + 30) + directory.integer16(at: position + 32)
      guard end <= directory.count else { throw malformed(place, "an entry is truncated") }
      let name = String(decoding: directory[position + fixedSize..<nameEnd], as: UTF8.self)
      func malformedEntry(_ problem: String, _ remedy: String) -> FileError {
        FileError(
          .malformed, path: path, place: "entry \(quoted(name))", problem: problem, remedy: remedy)
      }
      guard directory.integer16(at: position + 8) & 1 == 0 else {
        throw malformedEntry("the entry is encrypted", "Save it without a password.")
      }
      let code = directory.integer16(at: position + 10)
      guard let method = Entry.Method(rawValue: UInt16(code)) else {
        throw malformedEntry(
          "found the compression method \(code), expected 0 (stored) or 8 (deflated)",
          "Save it with numpy.savez or numpy.savez_compressed.")
      }
      let entry = Entry(
        name: name, method: method, checksum: UInt32(directory.integer32(at: position + 16)),
        compressedSize: directory.integer32(at: position + 20),
        size: directory.integer32(at: position + 24),
        offset: directory.integer32(at: position + 42))
      guard max(entry.compressedSize, entry.size, entry.offset) != 0xFFFF_FFFF else {
        throw tooLarge
      }
      guard method == .deflated || entry.size == entry.compressedSize else {
        throw malformedEntry(
          "a stored entry has the sizes \(entry.compressedSize) and \(entry.size), "
            + "expected the same", "Fetch or make the file again.")
      }
      entries.append(entry)
      position = end
    }
  }

  /// The place of the record that ends the file: only a comment of at most 65,535 bytes follows.
  private func endRecord(_ file: InputFile) throws(FileError) -> Int {
    let start = max(0, file.size - 22 - 0xFFFF)
    let tail = try file.bytes(file.size - start, at: start)
    for position in stride(from: tail.count - 22, through: 0, by: -1)
    where tail.integer32(at: position) == 0x0605_4B50
      && position + 22 + tail.integer16(at: position + 20) == tail.count
    {
      return start + position
    }
    throw malformed(
      "end of the file", "found no directory of a zip archive: the file is truncated or is none")
  }

  private var tooLarge: FileError {
    FileError(
      .malformed, path: path,
      problem: "found an archive of the zip64 form, for 4 GiB or 65,535 entries and more, "
        + "which is not read", remedy: "Save each array with numpy.save.")
  }

  private func malformed(_ place: String, _ problem: String) -> FileError {
    FileError(
      .malformed, path: path, place: place, problem: problem,
      remedy: "Fetch or make the file again.")
  }
}

extension [UInt8] {
  /// A little-endian number of 16 bits.
  func integer16(at offset: Int) -> Int { Int(self[offset]) | Int(self[offset + 1]) << 8 }

  /// A little-endian number of 32 bits.
  func integer32(at offset: Int) -> Int {
    integer16(at: offset) | integer16(at: offset + 2) << 16
  }
}
