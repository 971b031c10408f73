import Formats

/// The lines of a text file that has one item on each, without their ends.
struct TextLines {
  /// For messages.
  let path: String
  /// Blank lines at the end are left out.
  let lines: [ArraySlice<UInt8>]

  /// Reads a file of at most `limit` bytes.
  init(contentsOf path: String, limit: Int = 1 << 28) throws(FileError) {
    self.init(try fileBytes(path, limit: limit), path: path)
  }

  init(_ bytes: [UInt8], path: String) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    while lines.last?.allSatisfy(isBlank) == true { lines.removeLast() }
    (self.path, self.lines) = (path, lines)
  }

  /// Throws `.malformed` where there is no line; `expected` says what should be on them.
  func checkNotEmpty(_ expected: String) throws(FileError) {
    guard !lines.isEmpty else {
      throw FileError(
        .malformed, path: path, problem: "the file is empty, expected \(expected)",
        remedy: "Fetch or make the file again.")
    }
  }

  /// What lies between the blanks of a line, which is counted from 0; bytes that are not UTF-8
  /// become U+FFFD.
  func fields(_ index: Int) -> [String] {
    lines[index].split(whereSeparator: isBlank).map { String(decoding: $0, as: UTF8.self) }
  }

  /// An error in a line, which is counted from 0 here and from 1 in the message.
  func malformed(_ index: Int, _ expected: String) -> FileError {
    let shown = String(decoding: lines[index].prefix(80), as: UTF8.self).unicodeScalars
      .map { $0.escaped(asASCII: false) }.joined()
    return FileError(
      .malformed, path: path, place: "line \(index + 1)",
      problem: "found '\(shown)', \(expected)",
      remedy: "Correct the line, or fetch the file again.")
  }
}

/// Spaces, tabs, and the first half of CR LF.
private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
