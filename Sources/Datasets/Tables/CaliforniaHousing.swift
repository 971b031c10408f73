import Formats

/// California housing: the median value of houses in dollars for 20,640 block groups of the census of
/// 1990; 20,433 of them are complete, the others lack their number of bedrooms.
///
/// It is read as Géron publishes it: `housing.csv`, packed in `housing.tgz`, with a header and commas,
/// 207 values taken out at random, and how near the ocean is, by name: five features besides the
/// eight of numbers. Values above 500,000 are given as 500,001.
///
/// Pace and Barry, "Sparse spatial autoregressions", Statistics & Probability Letters 33, 1997; Géron,
/// "Hands-On Machine Learning", 2nd edition, 2019.
public enum CaliforniaHousing {
  static let file = TableFile(
    names: [
      "housing.csv", "california_housing.csv", "housing.tgz", "california_housing_ageron.tgz",
    ],
    address: "https://github.com/ageron/handson-ml2/tree/master/datasets/housing")

  /// Reads the set.
  ///
  /// - Parameter location: the file, packed or not, or the folder that holds it.
  /// - Throws: `FileError` of kind `.missing` where there is no such file, and `.malformed` where it
  ///   has other columns or is damaged; `DatasetError` where no row is complete.
  public static func load(_ location: String) throws -> RegressionTable {
    let path = try file.path(at: location)
    guard path.hasSuffix(".tgz") else {
      return try table(fileBytes(path, limit: 1 << 28), path: path)
    }
    let archive = try Archive(contentsOf: path)
    while let entry = try archive.next() {
      if !entry.isLink, entry.path.split(separator: "/").last == "housing.csv" {
        return try table(archive.content(), path: "\(path): \(entry.path)")
      }
    }
    throw FileError(
      .malformed, path: path, problem: "the archive has no housing.csv",
      remedy: "Fetch it again, from \(file.address).")
  }

  /// The table out of the content of `housing.csv`, which may lie in an archive.
  static func table(_ bytes: [UInt8], path: String) throws -> RegressionTable {
    try RegressionTable(
      CSV(
        bytes, path: path, textColumns: ["ocean_proximity"],
        options: CSV.Options(missingValues: RegressionTable.missingValues)),
      path: path,
      columns: RegressionTable.Columns(
        target: "median_house_value", categories: ["ocean_proximity"]),
      missingValues: RegressionTable.missingValues,
      expected: [
        "longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms",
        "population", "households", "median_income", "median_house_value", "ocean_proximity",
      ], name: "California housing")
  }
}
