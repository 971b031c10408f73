/// One row of the table of data sets: a new set is one file and one row.
public struct DatasetEntry: Sendable {
  public let name: String
  /// What it holds, in one line.
  public let summary: String
  /// Where it comes from.
  public let source: String
  public let license: String
  /// Loads the set as the options say.
  public let load: @Sendable (DatasetOptions) throws -> Dataset

  public init(
    name: String, summary: String, source: String, license: String,
    load: @escaping @Sendable (DatasetOptions) throws -> Dataset
  ) {
    (self.name, self.summary, self.source, self.license) = (name, summary, source, license)
    self.load = load
  }
}

/// The data sets that can be loaded by name, the default one first.
public enum DatasetCatalog {
  public static let all = [
    DatasetEntry(
      name: "digits",
      summary: "drawn digits, 28 × 28 grey, 10 classes, 10,000 training and 2,000 test pictures",
      source: "drawn on the spot from a seed",
      license: "none needed: the pictures are the program's output",
      load: { try Digits.load($0) }),
    DatasetEntry(
      name: "mnist",
      summary: "handwritten digits, 28 × 28 grey, 10 classes, 60,000 training and 10,000 test "
        + "pictures",
      source: "LeCun, Cortes and Burges, from a folder of the four IDX files, else downloaded "
        + "(12 MB) into the user's cache",
      license: "CC BY-SA 3.0",
      load: { try MNIST.load($0) }),
  ]

  /// The entry of that name, in lower case as the table writes it, or nil.
  public static func entry(named name: String) -> DatasetEntry? {
    all.first { $0.name == name }
  }
}
