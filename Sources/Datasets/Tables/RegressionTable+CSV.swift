import Formats
import Foundation

extension RegressionTable {
  /// Which columns of a file of separated values are what.
  public struct Columns: Sendable {
    /// The column of numbers that is to be predicted.
    public var target: String
    /// Columns of names or codes. Each becomes a feature for every value that comes in complete
    /// rows, sorted, which is 1 where the row has that value and 0 elsewhere: "origin=japan".
    public var categories: Set<String>
    /// Columns that are left out.
    public var ignored: Set<String>

    public init(target: String, categories: Set<String> = [], ignored: Set<String> = []) {
      (self.target, self.categories, self.ignored) = (target, categories, ignored)
    }
  }

  /// More values make a column of names no category.
  private static let mostCategories = 100
  /// 2³⁰ values take 8 GB.
  private static let mostValues = 1 << 30

  /// Empty cells and the usual marks of missing values.
  public static let missingValues: Set<String> = ["", "?", "NA"]

  /// Reads a file of separated values; columns that are neither the target, categories nor ignored
  /// are features, in the order of the file. Rows that lack a value are left out and counted.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - columns: which columns are what.
  ///   - options: separator, header and missing values of the file.
  ///   - limit: the most bytes that the file may have.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is no such table (see `CSV`), a column that is named is not there, one
  ///   that should hold numbers holds text, there are more than 100 values of a category, or a
  ///   number is infinite; `DatasetError` where no complete row or
  ///   no feature is left, or the target is a category or ignored too.
  public init(
    contentsOf path: String, columns: Columns,
    csv options: CSV.Options = CSV.Options(missingValues: missingValues), limit: Int = 1 << 30
  ) throws {
    let table = try CSV(
      contentsOf: path, textColumns: columns.categories.union(columns.ignored), options: options,
      limit: limit)
    try self.init(table, path: path, columns: columns, missingValues: options.missingValues)
  }

  /// Takes the columns of a table that was read with `columns.categories` and `columns.ignored` as
  /// text; `expected`, if it is given, are the names of all that must be there.
  init(
    _ table: CSV, path: String, columns: Columns, missingValues: Set<String>,
    expected: [String]? = nil, name: String? = nil
  ) throws {
    try Self.check(table, path: path, columns: columns, expected: expected)
    let used = table.columnNames.filter { !columns.ignored.contains($0) }
    let numbers = table.numericNames.indices.map { (name: table.numericNames[$0], column: $0) }
    let categories = used.filter(columns.categories.contains)
    let complete = (0..<table.rowCount).filter { row in
      numbers.allSatisfy { !table.numbers[row * numbers.count + $0.column].isNaN }
        && categories.allSatisfy {
          !missingValues.contains(table.texts[$0]![row].trimmingCharacters(in: .whitespaces))
        }
    }
    for row in complete {
      for (name, column) in numbers where table.numbers[row * numbers.count + column].isInfinite {
        throw FileError(
          .malformed, path: path, place: "row \(row + 1), column '\(name)'",
          problem: "found an infinite number, expected a finite one",
          remedy: "Correct the cell, or leave the row out.")
      }
    }

    // For each feature its name and its value in a row.
    var features: [(name: String, value: (Int) -> Double)] = []
    for name in used where name != columns.target {
      if let column = table.numericNames.firstIndex(of: name) {
        features.append((name, { table.numbers[$0 * numbers.count + column] }))
      } else {
        let texts = table.texts[name]!
        let values = Set(complete.map { texts[$0] }).sorted()
        guard values.count <= Self.mostCategories else {
          throw FileError(
            .malformed, path: path, place: "column '\(name)'",
            problem: "found \(values.count) different values, expected at most "
              + "\(Self.mostCategories) of a category",
            remedy: "Ignore the column, or group its values.")
        }
        for value in values {
          features.append(("\(name)=\(value)", { texts[$0] == value ? 1 : 0 }))
        }
      }
    }
    let (size, overflow) = complete.count.multipliedReportingOverflow(by: features.count)
    guard !overflow, size <= Self.mostValues else {
      throw FileError(
        .malformed, path: path,
        problem: "\(complete.count) rows of \(features.count) features are more than "
          + "\(Self.mostValues) values", remedy: "Ignore columns, or leave rows out.")
    }
    let target = table.numericNames.firstIndex(of: columns.target)!
    try self.init(
      name: name ?? path, featureNames: features.map(\.name), targetName: columns.target,
      features: complete.flatMap { row in features.map { $0.value(row) } },
      targets: complete.map { table.numbers[$0 * numbers.count + target] },
      incompleteRowCount: table.rowCount - complete.count)
  }

  private static func check(
    _ table: CSV, path: String, columns: Columns, expected: [String]?
  ) throws {
    let found = table.columnNames.joined(separator: ", ")
    if let expected, table.columnNames != expected {
      throw FileError(
        .malformed, path: path, place: "line 1",
        problem: "found the columns \(found), expected \(expected.joined(separator: ", "))",
        remedy: "Check that this is the right file.")
    }
    let others = columns.categories.union(columns.ignored)
    guard !others.contains(columns.target) else {
      throw DatasetError(
        "the target '\(columns.target)' is among the categories or the ignored columns too",
        remedy: "Choose one of them.")
    }
    if let name = others.union([columns.target]).sorted().first(where: {
      !table.columnNames.contains($0)
    }) {
      throw FileError(
        .malformed, path: path, place: "line 1",
        problem: "found no column '\(name)' among \(found)", remedy: "Check the name.")
    }
    if let name = table.columnNames.first(where: {
      table.texts[$0] != nil && !others.contains($0)
    }) {
      throw FileError(
        .malformed, path: path, place: "column '\(name)'",
        problem: "found text, such as '\(table.texts[name]![0].prefix(40))', expected numbers",
        remedy: "Make it a category, or ignore it.")
    }
  }
}
