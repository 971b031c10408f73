import Formats

/// Wine quality: what experts gave 1,599 red and 4,898 white Portuguese wines, from 0 to 10, by 11
/// physical and chemical measurements.
///
/// `winequality-red.csv` and `winequality-white.csv` are published with a header and semicolons;
/// copies without a header and with commas are read too.
///
/// Cortez, Cerdeira, Almeida, Matos and Reis, "Modeling wine preferences by data mining from
/// physicochemical properties", Decision Support Systems 47, 2009.
public enum WineQuality {
  public enum Color: String, Sendable, CaseIterable {
    case red, white
  }

  private static let columnNames = [
    "fixed acidity", "volatile acidity", "citric acid", "residual sugar", "chlorides",
    "free sulfur dioxide", "total sulfur dioxide", "density", "pH", "sulphates", "alcohol",
    "quality",
  ]

  /// Reads the wines of one colour.
  ///
  /// - Parameters:
  ///   - location: the file, or the folder that holds `winequality-red.csv` or
  ///     `winequality-white.csv`.
  ///   - color: which of the two.
  /// - Throws: `FileError` of kind `.missing` where there is no such file, and `.malformed` where it
  ///   has other columns or is damaged; `DatasetError` where no row is complete.
  public static func load(_ location: String, color: Color) throws -> RegressionTable {
    let file = TableFile(
      names: ["winequality-\(color.rawValue).csv"],
      address: "https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/")
    let path = try file.path(at: location)
    let bytes = try fileBytes(path, limit: 1 << 28)
    let isPublished = bytes.prefix { $0 != UInt8(ascii: "\n") }.contains(UInt8(ascii: ";"))
    let options =
      isPublished ? CSV.Options(separator: ";") : CSV.Options(columnNames: columnNames)
    return try RegressionTable(
      CSV(bytes, path: path, options: options), path: path,
      columns: RegressionTable.Columns(target: "quality"), missingValues: [],
      expected: columnNames, name: "Wine quality, \(color.rawValue)")
  }
}
