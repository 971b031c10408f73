import Datasets
import Formats
import Foundation
import Testing

private let sharedUCI = sharedData("uci")
private let hasSharedUCI = FileManager.default.fileExists(atPath: sharedUCI)
private let absent: Comment = "the original tables are not in ../shared/data/uci"

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

@Suite("Published tables for regression")
struct RegressionSetsTests {
  @Test("Boston housing: 506 tracts of 13 features", .enabled(if: hasSharedUCI, absent))
  func boston() throws {
    let table = try BostonHousing.load(sharedUCI)
    #expect((table.count, table.featureCount, table.incompleteRowCount) == (506, 13, 0))
    #expect(
      Array(table.row(0)) == [
        0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98,
      ])
    #expect(table.targets[0] == 24)
    #expect(abs(mean(table.targets) - 22.532806324) < 1e-9)
    let standardization = Standardization(fittedTo: table)
    #expect(abs(standardization.targetDeviation - 9.188011545) < 1e-9)
    #expect(abs(standardization.featureDeviations[5] - 0.701922514) < 1e-9)
  }

  @Test("Auto MPG: 392 complete cars, their origin by name", .enabled(if: hasSharedUCI, absent))
  func autoMPG() throws {
    let table = try AutoMPG.load(sharedUCI)
    #expect((table.count, table.incompleteRowCount) == (392, 6))
    #expect(
      table.featureNames == [
        "cylinders", "displacement", "horsepower", "weight", "acceleration", "model_year",
        "origin=europe", "origin=japan", "origin=usa",
      ])
    #expect(Array(table.row(0)) == [8, 307, 130, 3504, 12, 70, 0, 0, 1])
    #expect(table.targets[0] == 18)
    #expect(abs(mean(table.targets) - 23.445918367) < 1e-9)
    let origins = (6..<9).map { column in
      (0..<392).reduce(0) { $0 + table.features[$1 * 9 + column] }
    }
    #expect(origins == [68, 79, 245])
  }

  @Test(
    "Wine quality: 1,599 red and 4,898 white wines of 11 features",
    .enabled(if: hasSharedUCI, absent))
  func wine() throws {
    let red = try WineQuality.load(sharedUCI, color: .red)
    let white = try WineQuality.load(sharedUCI, color: .white)
    #expect((red.count, white.count, red.featureCount) == (1599, 4898, 11))
    #expect(
      Array(red.row(0)) == [7.4, 0.7, 0, 1.9, 0.076, 11, 34, 0.9978, 3.51, 0.56, 9.4])
    #expect((red.targets[0], white.targets[0]) == (5, 6))
    #expect(abs(mean(red.targets) - 5.636022514) < 1e-9)
    #expect(abs(mean(white.targets) - 5.877909351) < 1e-9)
  }

  @Test(
    "California housing: 20,433 complete block groups, how near the ocean is by name",
    .enabled(if: hasSharedUCI, absent))
  func california() throws {
    let table = try CaliforniaHousing.load(sharedUCI)
    #expect((table.count, table.incompleteRowCount) == (20_433, 207))
    #expect(
      table.featureNames.suffix(6) == [
        "median_income", "ocean_proximity=<1H OCEAN", "ocean_proximity=INLAND",
        "ocean_proximity=ISLAND", "ocean_proximity=NEAR BAY", "ocean_proximity=NEAR OCEAN",
      ])
    #expect(
      Array(table.row(0)) == [-122.23, 37.88, 41, 880, 129, 322, 126, 8.3252, 0, 0, 0, 1, 0])
    #expect(table.targets[0] == 452_600)
    #expect(abs(mean(table.targets) - 206_864.413155) < 1e-6)
  }

  private static let wineHeader =
    "\"fixed acidity\";\"volatile acidity\";\"citric acid\";\"residual sugar\";\"chlorides\";"
    + "\"free sulfur dioxide\";\"total sulfur dioxide\";\"density\";\"pH\";\"sulphates\";"
    + "\"alcohol\";\"quality\"\n"

  @Test("Wine as it is published, with a header and semicolons")
  func publishedWine() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/winequality-red.csv"
      let row = (1...12).map(String.init)
      try AtomicFile.write(
        Self.wineHeader + row.joined(separator: ";") + "\n", to: path)
      let table = try WineQuality.load(path, color: .red)
      #expect(Array(table.row(0)) == (1...11).map(Double.init))
      #expect(table.targets == [12])
      try AtomicFile.write(row.joined(separator: ",") + "\n", to: path)
      #expect(try WineQuality.load(folder, color: .red) == table)
      try AtomicFile.write(
        Self.wineHeader.replacing("pH", with: "PH") + row.joined(separator: ";"), to: path)
      let text = message { _ = try WineQuality.load(folder, color: .red) }
      #expect(
        text.contains("red.csv: line 1: found the columns fixed acidity, volatile"), "\(text)")
      #expect(text.contains(", PH, sulphates, alcohol, quality, expected fixed acidity,"))
    }
  }

  @Test("A line of housing.data that is not of 14 numbers is named")
  func bostonErrors() throws {
    let good = (1...14).map(String.init).joined(separator: "  ") + "\n"
    for (text, place, problem) in [
      (good + good.dropLast(3) + "\n", "line 2", "expected 14 numbers"),
      ("1 " + good, "line 1", "found '1 1  2"), (good.replacing("14", with: "x"), "line 1", "x'"),
      (good + good + good.replacing("14", with: "inf"), "line 3", "inf'"),
      (good + "\n" + good, "line 2", "found ''"),
    ] {
      try withTemporaryFolder { folder in
        try AtomicFile.write(text, to: folder + "/housing.data")
        let error = #expect(throws: FileError.self) { try BostonHousing.load(folder) }
        #expect(error?.kind == .malformed)
        #expect(error?.place == place)
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
      }
    }
    try withTemporaryFolder { folder in
      try AtomicFile.write("\n", to: folder + "/housing.data")
      let empty = message { _ = try BostonHousing.load(folder) }
      #expect(empty.contains("housing.data: the file is empty, expected lines of 14 numbers"))
      try AtomicFile.write(" " + good + "\r\n", to: folder + "/housing.data")
      #expect(try BostonHousing.load(folder + "/housing.data").targets == [14])
    }
  }

  @Test("A missing table is named, beside the place and its address")
  func missing() throws {
    let loads: [(String, String, (String) throws -> RegressionTable)] = [
      (
        "housing.data", "archive.ics.uci.edu/ml/machine-learning-databases/housing/",
        BostonHousing.load
      ),
      ("mpg.csv", "mwaskom/seaborn-data", AutoMPG.load),
      (
        "winequality-white.csv", "databases/wine-quality/",
        { try WineQuality.load($0, color: .white) }
      ),
      ("housing.csv", "ageron/handson-ml2", CaliforniaHousing.load),
    ]
    try withTemporaryFolder { folder in
      for (name, address, load) in loads {
        for path in [folder, folder + "/nowhere"] {
          let error = #expect(throws: FileError.self) { try load(path) }
          #expect(error?.kind == .missing)
          #expect(error?.path == path)
          let text = String(describing: error)
          #expect(text.contains(name) && text.contains(address), "\(text)")
        }
      }
    }
  }
}
