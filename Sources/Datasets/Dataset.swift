/// A data set with a training and a test part, and names for its classes.
public struct Dataset: Sendable {
  public let name: String
  public let train, test: PictureSet
  /// The names of the classes; label `c` is called `classNames[c]`.
  public let classNames: [String]

  public var classCount: Int { classNames.count }

  /// Puts the parts together and checks that a classifier can be trained and judged on them.
  ///
  /// - Throws: `DatasetError` if a part is empty, a label is outside `0..<classNames.count`, the
  ///   parts hold pictures of different sizes, or the training part has a single class.
  public init(
    name: String, train: PictureSet, test: PictureSet, classNames: [String]
  ) throws(DatasetError) {
    for (part, set) in [("training", train), ("test", test)] {
      guard set.count > 0 else {
        throw DatasetError(
          "\(name): the \(part) set is empty", remedy: "Give it one picture or more.")
      }
      if let index = set.labels.firstIndex(where: { !(0..<classNames.count).contains(Int($0)) }) {
        throw DatasetError(
          "\(name): label \(set.labels[index]) of picture \(index) of the \(part) set is outside "
            + "the \(classNames.count) classes",
          remedy: "Number the classes from 0 to \(classNames.count - 1).")
      }
    }
    let sizes = [train, test].map { "\($0.channels) × \($0.height) × \($0.width)" }
    guard sizes[0] == sizes[1] else {
      throw DatasetError(
        "\(name): pictures of two sizes, \(sizes[0]) in the training set and \(sizes[1]) in the "
          + "test set (channels × height × width)",
        remedy: "Bring all pictures to one size.")
    }
    guard train.labels.contains(where: { $0 != train.labels[0] }) else {
      throw DatasetError(
        "\(name): all \(train.count) training pictures are of class \(train.labels[0]) "
          + "('\(classNames[Int(train.labels[0])])'), and one class leaves nothing to tell apart",
        remedy: "Give pictures of two classes or more.")
    }
    (self.name, self.train, self.test, self.classNames) = (name, train, test, classNames)
  }
}

/// Data that cannot be used: what was found, and what to do about it.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  public var problem: String
  public var remedy: String?

  public init(_ problem: String, remedy: String? = nil) {
    (self.problem, self.remedy) = (problem, remedy)
  }

  public var description: String {
    remedy.map { "\(problem). \($0)" } ?? problem
  }
}
