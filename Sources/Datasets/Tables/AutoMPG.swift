import Formats

/// Auto MPG: miles per gallon of 398 cars of 1970 to 1982; 392 of them are complete, the others lack
/// their horsepower.
///
/// It is read as seaborn publishes it, `mpg.csv`: a header, commas, empty cells where a value is
/// missing, and the origin by name. The name of the car is not a feature; the origin is three.
///
/// Quinlan, "Combining instance-based and model-based learning", ICML 1993.
public enum AutoMPG {
  static let file = TableFile(
    names: ["mpg.csv", "auto-mpg.csv", "auto-mpg_seaborn.csv"],
    address: "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/mpg.csv")

  /// Reads the set.
  ///
  /// - Parameter location: the file, or the folder that holds `mpg.csv`.
  /// - Throws: `FileError` of kind `.missing` where there is no such file, and `.malformed` where it
  ///   has other columns or is damaged; `DatasetError` where no row is complete.
  public static func load(_ location: String) throws -> RegressionTable {
    let path = try file.path(at: location)
    let columns = RegressionTable.Columns(target: "mpg", categories: ["origin"], ignored: ["name"])
    return try RegressionTable(
      CSV(
        contentsOf: path, textColumns: ["origin", "name"],
        options: CSV.Options(missingValues: RegressionTable.missingValues), limit: 1 << 28),
      path: path, columns: columns, missingValues: RegressionTable.missingValues,
      expected: [
        "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model_year",
        "origin", "name",
      ], name: "Auto MPG")
  }
}
