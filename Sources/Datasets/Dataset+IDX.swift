import Formats
import Foundation

extension Dataset {
  /// Writes the set as MNIST is published: four IDX files, not compressed, named as MNIST's are.
  ///
  /// The folder is made if need be. Each file is written whole or not at all.
  ///
  /// - Throws: `DatasetError` if the samples are no pictures, have more than one channel or more than
  ///   256 classes, which such files cannot hold; `FileError` of kind `.inputOutput` if a file
  ///   cannot be written.
  public func writeIDX(to folder: String) throws {
    guard let train = train.pictures, let test = test.pictures, train.channels == 1,
      classCount <= 256
    else {
      throw DatasetError(
        "\(name): these \(train.noun) of \(classCount) classes do not fit MNIST's files, which hold "
          + "pictures of one channel and at most 256 classes")
    }
    try makeFolder(folder)
    for (part, set) in [("train", train), ("t10k", test)] {
      try IDX(shape: [set.count, set.height, set.width], bytes: set.pixels)
        .write(to: "\(folder)/\(part)-images-idx3-ubyte", compressed: false)
      try IDX(shape: [set.count], bytes: set.labels.map { UInt8($0) })
        .write(to: "\(folder)/\(part)-labels-idx1-ubyte", compressed: false)
    }
  }
}

/// Makes the folder and those above it, unless it is there.
func makeFolder(_ folder: String) throws(FileError) {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw FileError(
      .inputOutput, path: folder, problem: "cannot make the folder: \(error.localizedDescription)",
      remedy: "Choose a place that you may write to.")
  }
}
