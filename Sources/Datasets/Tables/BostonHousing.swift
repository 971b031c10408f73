import Formats

/// Boston housing: the median value of homes in thousands of dollars for 506 census tracts of 1970,
/// from 13 features.
///
/// `housing.data` has a line for each tract, 14 numbers with blanks between them, without a header.
/// One of the features, B, is built from the share of Black residents, and its premise is disputed:
/// the set serves to compare with what was published on it, not to model housing.
///
/// Harrison and Rubinfeld, "Hedonic housing prices and the demand for clean air", Journal of
/// Environmental Economics and Management 5, 1978.
public enum BostonHousing {
  static let file = TableFile(
    names: ["housing.data"],
    address: "https://archive.ics.uci.edu/ml/machine-learning-databases/housing/")

  public static let featureNames = [
    "CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT",
  ]
  public static let targetName = "MEDV"

  /// Reads the set.
  ///
  /// - Parameter location: the file, or the folder that holds `housing.data`.
  /// - Throws: `FileError` of kind `.missing` where there is no such file, and `.malformed`, with the
  ///   line, where there is none or one is not of 14 finite numbers.
  public static func load(_ location: String) throws -> RegressionTable {
    let lines = try TextLines(contentsOf: file.path(at: location))
    try lines.checkNotEmpty("lines of 14 numbers")
    var (features, targets): ([Double], [Double]) = ([], [])
    for index in lines.lines.indices {
      let fields = lines.fields(index)
      let numbers = fields.compactMap { Double($0) }.filter(\.isFinite)
      guard fields.count == featureNames.count + 1, numbers.count == fields.count else {
        throw lines.malformed(index, "expected 14 numbers")
      }
      features += numbers.dropLast()
      targets.append(numbers[featureNames.count])
    }
    return try RegressionTable(
      name: "Boston housing", featureNames: featureNames, targetName: targetName,
      features: features, targets: targets)
  }
}
