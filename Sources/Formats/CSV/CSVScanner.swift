/// The cells of a table of separated values, one after another.
final class CSVScanner {
  enum Ending { case separator, line, file }

  /// A cell without its quotes. Its bytes are those of the scanner, and hold until the next one.
  struct Cell {
    var bytes: UnsafeBufferPointer<UInt8>
    var ending: Ending
  }

  /// More than any cell of a table of numbers needs.
  private static let largestCell = 1 << 24

  private let source: any ByteSource
  private let path: String
  let separator: UInt8
  /// The piece of the source that is being read: `position..<count` was not taken yet.
  private var buffer: UnsafeMutableBufferPointer<UInt8>
  private var position = 0
  private var count = 0
  private var hasEnded = false
  /// A quoted cell with its doubled quotes made single.
  private var unquoted: [UInt8] = []
  private var unquotedCell: UnsafeMutableBufferPointer<UInt8>
  /// The line of the row that is being read, and of the place that the scanner has come to.
  private(set) var rowLine = 1
  private var line = 1
  private var isAtRowStart = true
  private var column = 0
  /// Bytes that were taken, without a byte-order mark.
  var offset: Int { consumed + position }
  private var consumed = 0

  init(
    _ source: any ByteSource, path: String, separator: UInt8 = UInt8(ascii: ","),
    chunkSize: Int = 1 << 20
  ) throws(FileError) {
    (self.source, self.path, self.separator) = (source, path, separator)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    buffer = .allocate(capacity: max(chunkSize, mark.count))
    unquotedCell = .allocate(capacity: 0)
    let start = try source.bytes(mark.count)
    if start == mark { return }
    _ = buffer.update(fromContentsOf: start)
    count = start.count
  }

  deinit {
    buffer.deallocate()
    unquotedCell.deallocate()
  }

  /// The first cell of the next row that is not empty; nil at the end of the file.
  func nextRow(isSingleColumn: Bool) throws(FileError) -> Cell? {
    while true {
      let cell = try next()
      if !cell.bytes.isEmpty || cell.ending == .separator { return cell }
      if cell.ending == .file { return nil }
      if isSingleColumn { return cell }
    }
  }

  /// The next cell.
  func next() throws(FileError) -> Cell {
    if isAtRowStart { (rowLine, column) = (line, 0) }
    column += 1
    var length = 0
    while true {
      while position + length < count {
        switch buffer[position + length] {
        case separator, UInt8(ascii: "\n"): return finish(length)
        case UInt8(ascii: "\""):
          guard length == 0 else {
            throw malformed(
              column, "found a quote inside a cell without quotes",
              "Put the cell in quotes and write the quote twice.")
          }
          return try quotedCell()
        default: length += 1
        }
      }
      if hasEnded { return finish(length) }
      try refill()
    }
  }

  /// Takes the cell of `length` bytes, and the separator or the end of line behind it.
  private func finish(_ length: Int) -> Cell {
    var cell = UnsafeBufferPointer(rebasing: buffer[position..<position + length])
    position += length
    let ending = takeEnding()
    if ending != .separator, cell.last == UInt8(ascii: "\r") {
      cell = UnsafeBufferPointer(rebasing: cell.dropLast())
    }
    return Cell(bytes: cell, ending: ending)
  }

  private func takeEnding() -> Ending {
    guard position < count else {
      isAtRowStart = true
      return .file
    }
    let isLine = buffer[position] == UInt8(ascii: "\n")
    position += 1
    if isLine { line += 1 }
    isAtRowStart = isLine
    return isLine ? .line : .separator
  }

  /// The cell whose opening quote is next.
  private func quotedCell() throws(FileError) -> Cell {
    let start = line
    unquoted.removeAll(keepingCapacity: true)
    position += 1
    while true {
      guard let byte = try take() else {
        line = start
        throw malformed(column, "the quotes of this cell are not closed", "Close them.")
      }
      if byte == UInt8(ascii: "\"") {
        guard try peek() == UInt8(ascii: "\"") else { break }
        position += 1
      } else if byte == UInt8(ascii: "\n") {
        line += 1
      }
      unquoted.append(byte)
      guard unquoted.count <= Self.largestCell else { throw tooLarge }
    }
    if try peek() == UInt8(ascii: "\r") { position += 1 }
    let following = try peek()
    guard following == nil || following == separator || following == UInt8(ascii: "\n")
    else {
      throw malformed(
        column,
        "found something behind the closing quote of the cell, expected "
          + separatorName,
        "Write quotes inside a cell twice.")
    }
    if unquotedCell.count < unquoted.count {
      unquotedCell.deallocate()
      unquotedCell = .allocate(capacity: 2 * unquoted.count)
    }
    _ = unquotedCell.update(fromContentsOf: unquoted)
    return Cell(
      bytes: UnsafeBufferPointer(rebasing: unquotedCell[..<unquoted.count]), ending: takeEnding())
  }

  private func peek() throws(FileError) -> UInt8? {
    while position == count {
      if hasEnded { return nil }
      try refill()
    }
    return buffer[position]
  }

  private func take() throws(FileError) -> UInt8? {
    guard let byte = try peek() else { return nil }
    position += 1
    return byte
  }

  /// Moves what was not taken to the front and reads on behind it.
  private func refill() throws(FileError) {
    let rest = count - position
    if rest == buffer.count {
      guard rest < Self.largestCell else { throw tooLarge }
      let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * rest)
      _ = larger.update(fromContentsOf: buffer)
      buffer.deallocate()
      buffer = larger
    } else if position > 0 {
      let base = buffer.baseAddress!
      base.update(from: base + position, count: rest)
      consumed += position
      position = 0
    }
    let room = UnsafeMutableRawBufferPointer(
      UnsafeMutableBufferPointer(rebasing: buffer[rest...]))
    let found = try source.read(into: room)
    count = rest + found
    hasEnded = found < room.count
  }

  /// As a message has it: "a comma".
  var separatorName: String {
    switch separator {
    case UInt8(ascii: ","): "a comma"
    case UInt8(ascii: ";"): "a semicolon"
    case UInt8(ascii: "\t"): "a tab"
    default: "'\(Character(UnicodeScalar(separator)))'"
    }
  }

  private var tooLarge: FileError {
    malformed(
      column, "found a cell of more than \(Self.largestCell) bytes",
      "Check that this is a table, and that quotes are closed.")
  }

  /// An error in the row that is being read.
  func malformed(_ column: Int, _ problem: String, _ remedy: String) -> FileError {
    FileError(
      .malformed, path: path, place: "line \(rowLine), column \(column)", problem: problem,
      remedy: remedy)
  }
}
