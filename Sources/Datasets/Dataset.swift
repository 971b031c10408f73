/// A data set with a training and a test part, and names for its classes.
public struct Dataset: Sendable {
  public let name: String
  public let train, test: Samples
  /// The names of the classes; label `c` is called `classNames[c]`.
  public let classNames: [String]

  public var classCount: Int { classNames.count }

  /// Puts pictures together and checks that a classifier can be trained and judged on them.
  ///
  /// - Throws: `DatasetError` if a part is empty, a label is outside `0..<classNames.count`, the
  ///   parts hold pictures of different sizes, or the training part has a single class.
  public init(
    name: String, train: PictureSet, test: PictureSet, classNames: [String]
  ) throws(DatasetError) {
    try self.init(
      name: name, train: .pictures(train), test: .pictures(test), classNames: classNames)
  }

  /// The training and the test part of texts.
  ///
  /// - Throws: As for pictures, whose size is the vocabulary's here.
  public init(_ texts: TextParts) throws(DatasetError) {
    try self.init(
      name: texts.name, train: .texts(texts.train), test: .texts(texts.test),
      classNames: texts.classNames)
  }

  /// - Throws: `DatasetError` if a part is empty, a label is outside `0..<classNames.count`, the
  ///   parts hold different kinds or sizes of samples, or the training part has a single class.
  public init(
    name: String, train: Samples, test: Samples, classNames: [String]
  ) throws(DatasetError) {
    for (part, set) in [("training", train), ("test", test)] {
      guard set.count > 0 else {
        throw DatasetError(
          "\(name): the \(part) set is empty", remedy: "Give it one sample or more.")
      }
      if let index = set.labels.firstIndex(where: { !(0..<classNames.count).contains(Int($0)) }) {
        throw DatasetError(
          "\(name): label \(set.labels[index]) of sample \(index) of the \(part) set is outside "
            + "the \(classNames.count) classes",
          remedy: "Number the classes from 0 to \(classNames.count - 1).")
      }
    }
    let forms = [train, test].map(\.form)
    guard forms[0] == forms[1] else {
      throw DatasetError(
        "\(name): \(forms[0]) in the training set and \(forms[1]) in the test set",
        remedy: "Bring all samples to one form.")
    }
    guard train.labels.contains(where: { $0 != train.labels[0] }) else {
      throw DatasetError(
        "\(name): all \(train.count) training \(train.noun) are of class \(train.labels[0]) "
          + "('\(classNames[Int(train.labels[0])])'), and one class leaves nothing to tell apart",
        remedy: "Give \(train.noun) of two classes or more.")
    }
    (self.name, self.train, self.test, self.classNames) = (name, train, test, classNames)
  }
}

extension Samples {
  /// What both parts of a set must have in common.
  fileprivate var form: String {
    switch self {
    case .pictures(let pictures):
      "pictures of \(pictures.channels) × \(pictures.height) × \(pictures.width) (channels × height × "
        + "width)"
    case .texts(let texts): "texts with a vocabulary of \(texts.vocabularySize)"
    }
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
