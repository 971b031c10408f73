import RandomNumbers

/// Numbers to be predicted from other numbers: a row for each sample, a column for each feature.
public struct RegressionTable: Sendable, Equatable {
  /// What messages call the table.
  public let name: String
  public let featureNames: [String]
  public let targetName: String
  /// Finite numbers, row-major: `count × featureCount`.
  public let features: [Double]
  /// What is to be predicted, finite, one for each row.
  public let targets: [Double]
  /// How many rows of the file were left out, as they lack a value.
  public let incompleteRowCount: Int

  /// The number of rows.
  public var count: Int { targets.count }
  /// The number of columns of `features`.
  public var featureCount: Int { featureNames.count }

  /// Puts the columns together.
  ///
  /// - Throws: `DatasetError` if there is no row or no feature, the numbers of values do not fit, or
  ///   a value is not finite.
  public init(
    name: String, featureNames: [String], targetName: String, features: [Double],
    targets: [Double], incompleteRowCount: Int = 0
  ) throws(DatasetError) {
    guard !targets.isEmpty, !featureNames.isEmpty else {
      throw DatasetError(
        "\(name): found \(targets.count) complete rows and \(featureNames.count) features",
        remedy: "Give one of each or more.")
    }
    let (expected, overflow) = targets.count.multipliedReportingOverflow(by: featureNames.count)
    guard !overflow, features.count == expected else {
      throw DatasetError(
        "\(name): \(features.count) values of features do not make \(targets.count) rows of "
          + "\(featureNames.count)", remedy: "Give each row one value for each feature.")
    }
    if let index = features.firstIndex(where: { !$0.isFinite }) {
      throw DatasetError(
        "\(name): found \(features[index]) in row \(index / featureNames.count), column "
          + "'\(featureNames[index % featureNames.count])', expected a finite number",
        remedy: "Correct the value, or leave the row out.")
    }
    if let row = targets.firstIndex(where: { !$0.isFinite }) {
      throw DatasetError(
        "\(name): found \(targets[row]) in row \(row), column '\(targetName)', expected a finite "
          + "number", remedy: "Correct the value, or leave the row out.")
    }
    (self.name, self.featureNames, self.targetName) = (name, featureNames, targetName)
    (self.features, self.targets) = (features, targets)
    self.incompleteRowCount = incompleteRowCount
  }

  /// The features of a row.
  public func row(_ index: Int) -> ArraySlice<Double> {
    features[index * featureCount..<(index + 1) * featureCount]
  }

  /// Two tables of different rows, drawn by the seed, each in the order of this one.
  ///
  /// The test part has `testShare` of the rows, rounded, but at least one, and leaves at least one.
  /// The same seed gives the same split.
  ///
  /// - Throws: `DatasetError` if the share is not between 0 and 1, or there is a single row.
  public func split(
    testShare: Double = 0.1, seed: UInt64
  ) throws(DatasetError) -> (train: RegressionTable, test: RegressionTable) {
    guard testShare > 0, testShare < 1 else {
      throw DatasetError(
        "\(name): a test part of \(testShare) of the rows", remedy: "Give a share between 0 and 1.")
    }
    guard count > 1 else {
      throw DatasetError("\(name): a single row cannot be split", remedy: "Give two or more.")
    }
    let testCount = min(max(1, Int((testShare * Double(count)).rounded())), count - 1)
    var random = SplitMix64(seed)
    let order = (0..<count).shuffled(using: &random)
    return (selecting(order[testCount...].sorted()), selecting(order[..<testCount].sorted()))
  }

  /// The table in the units of a standardization, which was fitted to this table or, for a test
  /// part, to the training part.
  ///
  /// - Precondition: The standardization is of as many features.
  public func standardized(by standardization: Standardization) -> RegressionTable {
    RegressionTable(
      self, features: standardization.standardize(features: features),
      targets: standardization.standardize(targets: targets),
      incompleteRowCount: incompleteRowCount)
  }

  private func selecting(_ rows: [Int]) -> RegressionTable {
    RegressionTable(
      self, features: rows.flatMap(row), targets: rows.map { targets[$0] }, incompleteRowCount: 0)
  }

  /// Other numbers under the same names.
  private init(
    _ other: RegressionTable, features: [Double], targets: [Double], incompleteRowCount: Int
  ) {
    (name, featureNames, targetName) = (other.name, other.featureNames, other.targetName)
    (self.features, self.targets) = (features, targets)
    self.incompleteRowCount = incompleteRowCount
  }
}
