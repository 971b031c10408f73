import Foundation
import Testing

@testable import Formats

@Suite struct CSVTests {
  func table(_ text: String, textColumns: Set<String> = []) throws -> CSV {
    var table: CSV?
    try withTemporaryFolder { folder in
      table = try CSV(
        contentsOf: folder.file("x.csv", Array(text.utf8)), textColumns: textColumns)
    }
    return try #require(table)
  }

  func error(_ bytes: [UInt8]) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.csv", bytes)
      let error = try fileError(path) { _ = try CSV(contentsOf: path) }
      #expect(error.kind == .malformed)
      found = error
    }
    return try #require(found)
  }

  @Test("Columns of numbers become a matrix, the others text, each by its name")
  func columns() throws {
    let table = try table("name,x,label,y\nAda,1.5,a,-2e3\nBob,.25,b,+7\n")
    #expect(table.columnNames == ["name", "x", "label", "y"])
    #expect(table.numericNames == ["x", "y"])
    #expect(table.numbers == [1.5, -2000, 0.25, 7])
    #expect(table.texts == ["name": ["Ada", "Bob"], "label": ["a", "b"]])
    #expect(table.rowCount == 2)
  }

  @Test("Columns are text on request, even if they look like numbers")
  func textColumns() throws {
    let table = try table("label,x\n007,1\n1e3,2\nnone,3\n", textColumns: ["label", "absent"])
    #expect(table.texts == ["label": ["007", "1e3", "none"]])
    #expect(table.numbers == [1, 2, 3])
  }

  @Test(
    "Quotes, ends of lines, empty lines and a byte-order mark are as RFC 4180 and Excel have them")
  func quoting() throws {
    let expected = ["a": ["say \"hi\", twice", "two\nlines", ""]]
    for end in ["\n", "\r\n"] {
      for last in ["", end, end + end] {
        for mark in ["", "\u{FEFF}"] {
          let text =
            mark + "\"a\",\"b\"\(end)\"say \"\"hi\"\", twice\",1\(end)\(end)\"two\nlines\",\"2\""
            + "\(end)\"\",3\(last)"
          let table = try table(text)
          #expect(table.texts == expected)
          #expect(table.numbers == [1, 2, 3])
        }
      }
    }
    // In a single column an empty line is an empty cell.
    #expect(try table("a\nx\n\ny\n").texts == ["a": ["x", "", "y"]])
    #expect(try table("a,b\n,\n,\n").texts == ["a": ["", ""], "b": ["", ""]])
  }

  @Test("Other separators, in quotes no separators, and the comma then a character like others")
  func separators() throws {
    for separator: Character in [";", "\t", "|"] {
      let text = "\"a b\"|c\n\"x|y\"|1\nu,v|2.5\r\n".replacing("|", with: String(separator))
      let table = try CSV(
        Array(text.utf8), path: "p", options: CSV.Options(separator: separator))
      #expect(table.columnNames == ["a b", "c"])
      #expect(table.texts == ["a b": ["x\(separator)y", "u,v"]])
      #expect(table.numbers == [1, 2.5])
    }
    let cases: [(Character, String, String)] = [
      (";", "a,b\n1,2\n", "found commas and no other separator, expected a semicolon"),
      ("\t", "a\tb\n1\t2\t3\n", "more than 2 cells in the row"),
      (";", "a;b\n\"x\"y;1\n", "behind the closing quote of the cell, expected a semicolon"),
      ("|", "a|b\n\"x\"y|1\n", "expected '|'"),
    ]
    for (separator, text, problem) in cases {
      let error = #expect(throws: FileError.self, "\(text)") {
        try CSV(Array(text.utf8), path: "p", options: CSV.Options(separator: separator))
      }
      #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }
  }

  @Test("Without a header the columns have the names that are given, and the first line is a row")
  func givenNames() throws {
    let options = CSV.Options(columnNames: ["x", "y"])
    for mark in ["", "\u{FEFF}"] {
      let table = try CSV(Array((mark + "1,a\n2,b").utf8), path: "p", options: options)
      #expect(table.columnNames == ["x", "y"])
      #expect(table.numbers == [1, 2])
      #expect(table.texts == ["y": ["a", "b"]])
    }
    let numbers = try CSV(Array("1,2\n3,4\n".utf8), path: "p", options: options)
    #expect(numbers.numbers == [1, 2, 3, 4])
    for (text, place, problem) in [
      ("", "line 1, column 1", "no rows"), ("1\n", "line 1, column 1", "only 1 cells"),
      ("1,2\n1,2,3\n", "line 2, column 3", "more than 2 cells"),
    ] {
      let error = #expect(throws: FileError.self) {
        try CSV(Array(text.utf8), path: "p", options: options)
      }
      #expect(error?.place == place)
      #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }
  }

  @Test("Missing values of columns of numbers are NaN where they are named, even in the first row")
  func missingValues() throws {
    let text = "x,name,y\n?,?,1\n2, ,\n 3 ,a,  ? \n"
    let table = try CSV(
      Array(text.utf8), path: "p", textColumns: ["name"],
      options: CSV.Options(missingValues: ["?", ""]))
    #expect(table.numericNames == ["x", "y"])
    #expect(table.texts == ["name": ["?", " ", "a"]])
    #expect(
      table.numbers.map { $0.isNaN ? nil : $0 } == [nil, 1, 2, nil, 3, nil])
    let error = #expect(throws: FileError.self) {
      try CSV(
        Array("x\n1\nNA\n".utf8), path: "p", options: CSV.Options(missingValues: ["?"]))
    }
    #expect(error?.problem.contains("found 'NA', expected a number") == true)
  }

  @Test("Numbers are those that the C library reads, to the last bit")
  func numbers() {
    func number(_ text: String) -> Double? {
      Array(text.utf8).withUnsafeBufferPointer { decimalNumber($0) }
    }
    let texts = [
      "0", "-0", "1", "+1", "007", "1.", ".5", "-.5e1", "1e22", "1e23", "123456789012345e22",
      "9007199254740993", "0.1", "3.141592653589793", "2.2250738585072014e-308", "5e-324", "1e-400",
      "1e400", "-1e999999999999999999999", "0e999999999999999999999", "1.7976931348623157E+308",
      "0.000000000000000000000000000001", "123456789012345678901234567890",
      "1.00000000000000000000000000000000000000001", "8.5070591730234616e37",
    ]
    for text in texts {
      let expected = strtod(text, nil)
      #expect(number(text) == expected && number(text)?.sign == expected.sign, "\(text)")
    }
    var random = SplitMix(state: 7)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(number("\(value)") == value)
      let short = String(format: "%.6g", value)
      #expect(number(short) == strtod(short, nil))
      let float = Float.random(in: -10...10, using: &random)
      #expect(number("\(float)") == strtod("\(float)", nil))
    }
    #expect(number("nan")?.isNaN == true)
    #expect(number("-Inf") == -.infinity && number("infinity") == .infinity)
    #expect(number(" 1\t") == 1)
    for text in [
      "", " ", "-", ".", "e5", "1e", "1e+", "0x10", "1,5", "1 2", "--1", "1.2.3", "in", "1f",
    ] {
      #expect(number(text) == nil, "\(text)")
    }
  }

  @Test("Errors name line and column, what was found, and what was expected")
  func errors() throws {
    let cases = [
      ("", 1, 1, "empty"),
      ("a,b\n", 2, 1, "no rows"),
      ("a,,b\n1,2,3\n", 1, 2, "without a name"),
      ("a,b,a\n1,2,3\n", 1, 3, "'a' twice"),
      ("1,2,3\n4,5,6\n", 1, 1, "only numbers"),
      ("a;b\n1;2\n", 1, 1, "semicolons"),
      ("a\tb\n1\t2\n", 1, 1, "tabs"),
      ("a,b\n1,2\n3,x\n", 3, 2, "found 'x', expected a number"),
      ("a,b\n1,2\n,4\n", 3, 1, "found an empty cell, expected a number"),
      ("a,b\n1,2\n3\n", 3, 1, "only 1 cells in the row, expected 2"),
      ("a,b\n1,2\n\n3,4,5\n", 4, 3, "more than 2 cells in the row, expected 2"),
      ("a,b\n1,2,3\n", 2, 3, "more than 2"),
      ("a,b\n1\n", 2, 1, "only 1"),
      ("a,b\nx\"y,1\n", 2, 1, "a quote inside"),
      ("a,b\n\"x\"y,1\n", 2, 1, "behind the closing quote"),
      ("a,b\nu,1\n\"x\n\n\ny,1\n", 3, 1, "not closed"),
      ("a,b\n\"p\nq\",1\n\"r\",x\n", 4, 2, "found 'x'"),
    ]
    for (text, line, column, message) in cases {
      let error = try error(Array(text.utf8))
      #expect(error.place == "line \(line), column \(column)", "\(text): \(error)")
      #expect(error.problem.contains(message), "\(error)")
      #expect(error.remedy != nil)
    }
    let latin = try error(Array("a,b\nx,1\n".utf8) + [0xE9] + Array(",2\n".utf8))
    #expect(latin.place == "line 3, column 1")
    #expect(latin.problem.contains("UTF-8"))
  }

  @Test("Cells that lie across pieces of the file come out whole", arguments: [1, 2, 3, 7, 64])
  func pieces(chunkSize: Int) throws {
    let text = "name,x\n\"a \"\"b\"\", c\r\n\",12.5\r\nlonger than a piece,-3\r\n"
    try withTemporaryFolder { folder in
      let path = try folder.file("x.csv", Array(text.utf8))
      let scanner = try CSVScanner(InputFile(path), path: path, chunkSize: chunkSize)
      var cells: [String] = []
      while true {
        let cell = try scanner.next()
        if cell.ending == .file { break }
        cells.append(String(decoding: cell.bytes, as: UTF8.self))
      }
      #expect(
        cells == ["name", "x", "a \"b\", c\r\n", "12.5", "longer than a piece", "-3"])
      #expect(scanner.offset == text.utf8.count)
    }
  }

  @Test("Damaged tables are refused or read, and never crash")
  func damage() throws {
    let file = Array("a,b,\"c\"\n1,2,\"x \"\"y\"\"\"\r\n3,4.5e1,z\n".utf8)
    var random = SplitMix(state: 8)
    try withTemporaryFolder { folder in
      for _ in 0..<2000 {
        let path = try folder.file("x.csv", file.damaged(&random))
        do throws(FileError) {
          let table = try CSV(contentsOf: path)
          #expect(table.numbers.count == table.rowCount * table.numericNames.count)
          #expect(table.texts.values.allSatisfy { $0.count == table.rowCount })
        } catch {
          #expect(error.kind == .malformed)
        }
      }
    }
  }
}
