import Datasets
import Formats
import Foundation
import Testing

@Suite("Tables for regression")
struct RegressionTableTests {
  private func table(rows: Int) throws -> RegressionTable {
    try RegressionTable(
      name: "t", featureNames: ["i", "square", "same"], targetName: "y",
      features: (0..<rows).flatMap { [Double($0), Double($0 * $0), 0.1] },
      targets: (0..<rows).map { 10 - 3 * Double($0) })
  }

  private func read(
    _ text: String, _ columns: RegressionTable.Columns,
    csv options: CSV.Options = CSV.Options(missingValues: RegressionTable.missingValues)
  ) throws -> RegressionTable {
    try withTemporaryFolder { folder in
      try AtomicFile.write(text, to: folder + "/t.csv")
      return try RegressionTable(
        contentsOf: folder + "/t.csv", columns: columns, csv: options)
    }
  }

  @Test("Columns of a file become features and target; rows that lack a value are counted")
  func columns() throws {
    let text = """
      name,x,kind,y
      Ada,1,b,10
      Bob,?,b,20
      Cy,3,a,30
      ,4,b,40
      Di,5,,50
      Ed,6,c,nan

      """
    let table = try read(text, .init(target: "y", categories: ["kind"], ignored: ["name"]))
    #expect(table.featureNames == ["x", "kind=a", "kind=b"])
    #expect(table.features == [1, 0, 1, 3, 1, 0, 4, 0, 1])
    #expect(table.targets == [10, 30, 40])
    #expect((table.count, table.featureCount, table.incompleteRowCount) == (3, 3, 3))
    #expect(table.row(1) == [3, 1, 0])
    #expect(table.targetName == "y")
  }

  @Test("Categories may be codes, separators others than commas, and the header absent")
  func options() throws {
    let table = try read(
      "2;1,5\n10;2,5\n", .init(target: "code2", categories: ["code"]),
      csv: CSV.Options(separator: ",", columnNames: ["code", "code2"]))
    #expect(table.featureNames == ["code=10;2", "code=2;1"])
    #expect(table.features == [0, 1, 1, 0])
    #expect(table.targets == [5, 5])
  }

  @Test("Errors name what was found and expected, and what to do")
  func errors() throws {
    let many = "c,y\n" + (0..<101).map { "v\($0),1\n" }.joined()
    let cases: [(String, RegressionTable.Columns, String)] = [
      ("a,b\n1,2\n", .init(target: "y"), "found no column 'y' among a, b"),
      ("a,b\n1,2\n", .init(target: "b", categories: ["c"]), "found no column 'c'"),
      ("a,b\n1,2\n", .init(target: "b", ignored: ["b"]), "the target 'b' is among"),
      ("a,b\nx,2\n", .init(target: "b"), "column 'a': found text, such as 'x', expected numbers"),
      ("a,b\n1,x\n", .init(target: "b"), "column 'b': found text"),
      ("a,b\n1,2\nx,2\n", .init(target: "b"), "line 3, column 1: found 'x', expected a number"),
      ("a,b\n1,2\n1,-inf\n", .init(target: "b"), "row 2, column 'b': found an infinite number"),
      ("a,b\n?,2\n1,?\n", .init(target: "b"), "found 0 complete rows and 1 features"),
      ("a,b\n1,2\n", .init(target: "b", ignored: ["a"]), "found 1 complete rows and 0 features"),
      (many, .init(target: "y", categories: ["c"]), "column 'c': found 101 different values"),
    ]
    for (text, columns, expected) in cases {
      let found = message { _ = try read(text, columns) }
      #expect(found.contains(expected), "\(found)")
    }
    #expect(
      try read(many.replacing("v100", with: "v0"), .init(target: "y", categories: ["c"]))
        .featureCount == 100)
  }

  @Test("Numbers that make no table are refused")
  func refusals() throws {
    func text(_ names: [String], _ features: [Double], _ targets: [Double]) -> String {
      message {
        _ = try RegressionTable(
          name: "t", featureNames: names, targetName: "y", features: features, targets: targets)
      }
    }
    #expect(
      text(["a", "b"], [1, 2, 3], [1, 2]).contains("3 values of features do not make 2 rows"))
    #expect(text(["a", "b"], [1, 2, 3, .nan], [1, 2]).contains("found nan in row 1, column 'b'"))
    #expect(text(["a"], [1, 2], [1, .infinity]).contains("found inf in row 1, column 'y'"))
    #expect(text([], [], [1]).contains("0 features"))
    #expect(text(["a"], [], []).contains("0 complete rows"))
  }

  @Test("A split is disjoint and whole, keeps the order, and is the seed's")
  func split() throws {
    let table = try table(rows: 50)
    let (train, test) = try table.split(testShare: 0.1, seed: 3)
    #expect((train.count, test.count) == (45, 5))
    let indices = { (part: RegressionTable) in (0..<part.count).map { Int(part.row($0).first!) } }
    #expect(Set(indices(train)).union(indices(test)) == Set(0..<50))
    for part in [train, test] {
      #expect(indices(part) == indices(part).sorted())
      #expect(part.targets == indices(part).map { 10 - 3 * Double($0) })
      #expect(part.featureNames == table.featureNames)
    }
    #expect(try table.split(testShare: 0.1, seed: 3).test == test)
    #expect(try (4..<8).contains { try table.split(testShare: 0.1, seed: $0).test != test })
    #expect(try table.split(testShare: 1e-9, seed: 1).test.count == 1)
    #expect(try table.split(testShare: 1 - 1e-9, seed: 1).train.count == 1)
    for share in [0, 1, -1, .nan, .infinity] {
      #expect(throws: DatasetError.self) { try table.split(testShare: share, seed: 1) }
    }
    #expect(throws: DatasetError.self) { try self.table(rows: 1).split(seed: 1) }
  }

  @Test("Standardized columns have mean 0 and deviation 1; a column of equal values is 0")
  func standardization() throws {
    let table = try table(rows: 40)
    let standardization = Standardization(fittedTo: table)
    // The deviation of 0, 1, …, n − 1 is √((n² − 1) / 12).
    #expect(abs(standardization.featureMeans[0] - 19.5) < 1e-12)
    #expect(abs(standardization.featureDeviations[0] - (1599.0 / 12).squareRoot()) < 1e-12)
    #expect(standardization.featureDeviations[2] == 1)
    let standardized = table.standardized(by: standardization)
    for column in 0..<2 {
      let values = (0..<table.count).map { standardized.features[$0 * 3 + column] }
      #expect(abs(values.reduce(0, +)) < 1e-12)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 40 - 1) < 1e-12)
    }
    for row in 0..<table.count { #expect(abs(standardized.features[row * 3 + 2]) < 1e-15) }
    #expect(abs(standardized.targets.reduce(0) { $0 + $1 * $1 } / 40 - 1) < 1e-12)
    #expect(standardized.featureNames == table.featureNames)
  }

  @Test("What was standardized can be restored, in a part that the fit has not seen too")
  func inverse() throws {
    let (train, test) = try table(rows: 30).split(testShare: 0.3, seed: 1)
    let standardization = Standardization(fittedTo: train)
    let standardized = test.standardized(by: standardization)
    for (found, expected) in [
      (standardization.restore(features: standardized.features), test.features),
      (standardization.restore(targets: standardized.targets), test.targets),
    ] {
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) })
    }
    let data = try JSONEncoder().encode(standardization)
    #expect(try JSONDecoder().decode(Standardization.self, from: data) == standardization)
    for deviations in ["[]", "[0]", "[-1]"] {
      let text = """
        {"featureMeans": [0], "featureDeviations": \(deviations), "targetMean": 0,
        "targetDeviation": 1}
        """
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Standardization.self, from: Data(text.utf8))
      }
    }
  }
}
