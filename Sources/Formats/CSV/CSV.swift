/// A table of comma-separated values (RFC 4180): columns of numbers, and of text.
public struct CSV: Sendable {
  /// The names of all columns, in the order of the file.
  public let columnNames: [String]
  /// The names of the columns of numbers, in the order of the file.
  public let numericNames: [String]
  /// The numbers, row-major: `rowCount × numericNames.count`.
  public let numbers: [Double]
  /// The cells of the columns of text, by the columns' names.
  public let texts: [String: [String]]
  /// The number of rows, without the header.
  public let rowCount: Int

  /// How a table is written, where it is not with commas and a header.
  public struct Options: Sendable {
    /// What lies between the cells.
    public var separator: Character
    /// The names of the columns of a table without a header; nil for one that has a header.
    public var columnNames: [String]?
    /// What stands in a column of numbers where there is no number, such as "?": it becomes NaN.
    /// The empty string allows empty cells.
    public var missingValues: Set<String>

    public init(
      separator: Character = ",", columnNames: [String]? = nil, missingValues: Set<String> = []
    ) {
      (self.separator, self.columnNames) = (separator, columnNames)
      self.missingValues = missingValues
    }
  }

  /// Reads a file in pieces, its numbers straight into a matrix.
  ///
  /// The first line has the columns' names, unless the options give them. A column holds numbers
  /// where its first cell is one, or a missing value, else text. Lines end in LF or CR LF; cells in
  /// double quotes may hold separators, ends of lines, and quotes written twice; empty lines are
  /// passed over. Numbers are decimal, with a point and an exponent if need be, or `nan`, `inf` and
  /// `infinity` in any case.
  ///
  /// - Precondition: The separator is an ASCII character, and neither a quote nor an end of line; the
  ///   options' column names are not empty and differ.
  /// - Parameters:
  ///   - path: the file, in UTF-8.
  ///   - textColumns: columns that hold text even if it looks like numbers.
  ///   - options: separator, header and missing values.
  ///   - limit: the most bytes that the file may have.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed`, with line and column, where there is no header or no row, a name is empty or
  ///   comes twice, a row has more or fewer cells than the header, a cell of a column of numbers is
  ///   none, quotes are not closed or in a wrong place, or text is not UTF-8.
  public init(
    contentsOf path: String, textColumns: Set<String> = [], options: Options = Options(),
    limit: Int = 1 << 34
  ) throws(FileError) {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw FileError(
        .malformed, path: path, problem: "found \(file.size) bytes, above the limit of \(limit)",
        remedy: "Check that this is the right file.")
    }
    try self.init(file, size: file.size, path: path, textColumns: textColumns, options: options)
  }

  /// Reads the content of a file, such as an entry of an archive; `path` is for messages.
  public init(
    _ bytes: [UInt8], path: String, textColumns: Set<String> = [], options: Options = Options()
  ) throws(FileError) {
    try self.init(
      ByteArray(bytes), size: bytes.count, path: path, textColumns: textColumns, options: options)
  }

  private init(
    _ source: any ByteSource, size: Int, path: String, textColumns: Set<String>, options: Options
  ) throws(FileError) {
    guard let separator = options.separator.asciiValue, !"\"\r\n".utf8.contains(separator) else {
      preconditionFailure("the separator is no ASCII character, or a quote or an end of line")
    }
    let scanner = try CSVScanner(source, path: path, separator: separator)
    var reader = CSVTableReader(
      scanner, textColumns: textColumns, missingValues: options.missingValues)
    if let names = options.columnNames {
      reader.take(names)
    } else {
      try reader.readHeader()
    }
    try reader.readRows(fileSize: size)
    columnNames = reader.names
    numericNames = reader.numericColumns.map { reader.names[$0] }
    numbers = reader.numbers
    texts = Dictionary(
      uniqueKeysWithValues: reader.textColumns.map { (reader.names[$0], reader.texts[$0]) })
    rowCount = reader.rowCount
  }
}

/// Header, then rows, each cell to its column.
private struct CSVTableReader {
  private let scanner: CSVScanner
  private let forcedTexts: Set<String>
  private let missingValues: Set<String>
  private(set) var names: [String] = []
  /// For each column whether it holds numbers: known after the first row.
  private var isNumeric: [Bool] = []
  private(set) var numbers: [Double] = []
  /// By column; empty for those of numbers.
  private(set) var texts: [[String]] = []
  private(set) var rowCount = 0

  init(_ scanner: CSVScanner, textColumns: Set<String>, missingValues: Set<String>) {
    (self.scanner, forcedTexts, self.missingValues) = (scanner, textColumns, missingValues)
  }

  var numericColumns: [Int] { names.indices.filter { isNumeric[$0] } }
  var textColumns: [Int] { names.indices.filter { !isNumeric[$0] } }

  /// The names of the columns where there is no header.
  mutating func take(_ names: [String]) {
    precondition(
      !names.isEmpty && !names.contains("") && Set(names).count == names.count,
      "the names of the columns are none, or one is empty or comes twice")
    self.names = names
    texts = [[String]](repeating: [], count: names.count)
  }

  mutating func readHeader() throws(FileError) {
    var allAreNumbers = true
    var seen: Set<String> = []
    while true {
      let cell = try scanner.next()
      guard !(names.isEmpty && cell.ending == .file && cell.bytes.isEmpty) else {
        throw malformed(1, "the file is empty, expected a line with the names of the columns")
      }
      let name = try text(cell, column: names.count + 1)
      guard !name.isEmpty else {
        throw malformed(
          names.count + 1, "found a column without a name",
          "Name it, or leave it out (pandas: to_csv(…, index=False)).")
      }
      guard seen.insert(name).inserted else {
        throw malformed(
          names.count + 1, "found the name \(quoted(name)) twice", "Give each column its own name.")
      }
      allAreNumbers = allAreNumbers && decimalNumber(cell.bytes) != nil
      names.append(name)
      if cell.ending != .separator { break }
    }
    guard !allAreNumbers else {
      throw malformed(
        1, "found only numbers in the first line, expected the names of the columns",
        "Put a line with the names first.")
    }
    let others = [(",", "commas"), (";", "semicolons"), ("\t", "tabs")]
    if names.count == 1,
      let other = others.first(where: {
        $0.0.utf8.first != scanner.separator && names[0].contains($0.0)
      })
    {
      throw malformed(
        1,
        "found \(other.1) and no other separator, expected \(scanner.separatorName) between the "
          + "columns", "Save it with \(scanner.separatorName) between the columns.")
    }
    texts = [[String]](repeating: [], count: names.count)
  }

  mutating func readRows(fileSize: Int) throws(FileError) {
    let start = scanner.offset
    while let first = try scanner.nextRow(isSingleColumn: names.count == 1) {
      if rowCount == 0 { try readFirstRow(first) } else { try readRow(first) }
      rowCount += 1
      if rowCount == 1 {
        // Without this guess the matrix would be copied, and be in memory twice, as it grows.
        let rows = (fileSize - start) / max(1, scanner.offset - start) + 1
        let mostNumbers = fileSize / 2
        numbers.reserveCapacity(min(rows + rows / 8, mostNumbers) * numbers.count)
      }
    }
    guard rowCount > 0 else {
      throw malformed(1, "found no rows", "Check that the file is whole.")
    }
  }

  /// What the first row holds decides what the columns hold.
  private mutating func readFirstRow(_ first: CSVScanner.Cell) throws(FileError) {
    var cell = first
    for column in names.indices {
      let number = forcedTexts.contains(names[column]) ? nil : number(cell)
      isNumeric.append(number != nil)
      if let number {
        numbers.append(number)
      } else {
        texts[column].append(try text(cell, column: column + 1))
      }
      try advance(&cell, after: column)
    }
  }

  private mutating func readRow(_ first: CSVScanner.Cell) throws(FileError) {
    var cell = first
    for column in names.indices {
      if isNumeric[column] {
        guard let number = number(cell) else {
          let found =
            cell.bytes.isEmpty ? "an empty cell" : try quoted(text(cell, column: column + 1))
          throw malformed(
            column + 1, "found \(found), expected a number as in the rows before",
            "Correct the cell, or leave the row or the column out.")
        }
        numbers.append(number)
      } else {
        texts[column].append(try text(cell, column: column + 1))
      }
      try advance(&cell, after: column)
    }
  }

  /// The number of a cell, NaN where it is missing; nil where it is something else.
  private func number(_ cell: CSVScanner.Cell) -> Double? {
    if let number = decimalNumber(cell.bytes) { return number }
    guard !missingValues.isEmpty else { return nil }
    let start = cell.bytes.prefix(while: isBlank).count
    let end = cell.bytes.count - cell.bytes[start...].reversed().prefix(while: isBlank).count
    return missingValues.contains(String(decoding: cell.bytes[start..<end], as: UTF8.self))
      ? .nan : nil
  }

  /// Goes on to the next cell; the row must end where the columns do.
  private func advance(
    _ cell: inout CSVScanner.Cell, after column: Int
  ) throws(FileError) {
    let isLast = column == names.count - 1
    if isLast != (cell.ending != .separator) {
      throw malformed(
        column + 1 + (isLast ? 1 : 0),
        "found \(isLast ? "more than \(names.count)" : "only \(column + 1)") cells in the row, "
          + "expected \(names.count), one for each column",
        "Correct the row; a cell with \(scanner.separatorName) in it needs quotes.")
    }
    if !isLast { cell = try scanner.next() }
  }

  private func text(_ cell: CSVScanner.Cell, column: Int) throws(FileError) -> String {
    guard let text = String(validating: cell.bytes, as: UTF8.self) else {
      throw malformed(column, "found text that is not UTF-8", "Save the file as UTF-8.")
    }
    return text
  }

  private func malformed(
    _ column: Int, _ problem: String, _ remedy: String = "Check that this is the right file."
  ) -> FileError {
    scanner.malformed(column, problem, remedy)
  }
}
