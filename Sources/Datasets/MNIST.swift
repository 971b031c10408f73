import Dispatch
import Formats
import Foundation
import Synchronization

/// MNIST, the handwritten digits of LeCun, Cortes and Burges: 60,000 training and 10,000 test
/// pictures of 28 × 28 pixels.
///
/// Any set that comes as the same four IDX files, with up to ten classes, can be read from a folder.
public enum MNIST {
  /// Loads the set from `options.folder`; else from the user's cache, after downloading into it
  /// what is not there yet.
  ///
  /// - Throws: `FileError` of kind `.missing` if a file is not there and cannot be downloaded, of
  ///   kind `.malformed` if a file is damaged or in another's place; `DatasetError` if the files do
  ///   not make up a usable set, or hold fewer pictures than `options` asks for.
  public static func load(_ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
    try load(options, cache: UserCache.folder(for: "mnist"), mirrors: mirrors, files: files)
  }

  /// As `load(_:)`, with places of the caller's choice.
  package static func load(
    _ options: DatasetOptions, cache: String, mirrors: [URL], files: [RemoteFile]
  ) throws -> Dataset {
    let paths =
      if let folder = options.folder {
        try locate(in: folder)
      } else {
        try PublishedFiles(files: files, mirrors: mirrors).fetch(
          into: cache, report: options.report,
          otherwise: "the four files \(fileNames.joined(separator: ", ")), gzip or not")
      }
    return try read(paths, options)
  }

  /// The four files as they are published.
  package static let files = [
    RemoteFile(
      name: "train-images-idx3-ubyte.gz", byteCount: 9_912_422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    RemoteFile(
      name: "train-labels-idx1-ubyte.gz", byteCount: 28_881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    RemoteFile(
      name: "t10k-images-idx3-ubyte.gz", byteCount: 1_648_877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    RemoteFile(
      name: "t10k-labels-idx1-ubyte.gz", byteCount: 4_542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
  ]

  private static let mirrors = [
    URL(string: "https://ossci-datasets.s3.amazonaws.com/mnist/")!,
    URL(string: "https://storage.googleapis.com/cvdf-datasets/mnist/")!,
  ]

  /// Names without ".gz", in the order training pictures, training labels, test pictures, test
  /// labels.
  static let fileNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// The paths of the four files under any of their usual names.
  private static func locate(in folder: String) throws(FileError) -> [String] {
    guard isFolder(folder) else {
      throw FileError(
        .missing, path: folder, problem: "there is no such folder",
        remedy:
          "Give the folder that holds \(fileNames.joined(separator: ", ")), gzip or not, from "
          + "\(mirrors[0].absoluteString).")
    }
    let paths = fileNames.map { name in
      let dotted = name.replacing("-idx", with: ".idx")
      return [name, name + ".gz", dotted, dotted + ".gz"]
        .map { folder + "/" + $0 }
        .first { FileManager.default.fileExists(atPath: $0) }
    }
    let missing = zip(fileNames, paths).filter { $0.1 == nil }.map(\.0)
    guard missing.isEmpty else {
      throw FileError(
        .missing, path: folder,
        problem: "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing; "
          + "expected the four files \(fileNames.joined(separator: ", ")), gzip or not",
        remedy:
          "Put all four into the folder, from \(mirrors[0].absoluteString), or leave the folder out "
          + "to have them downloaded.")
    }
    return paths.compactMap { $0 }
  }

  private static func read(_ paths: [String], _ options: DatasetOptions) throws -> Dataset {
    // Inflating the training pictures takes longer than all the rest, which a second thread does.
    let contents = Mutex<[Int: Result<IDX, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: paths.count) { index in
      let content = Result { try IDX(contentsOf: paths[index]) }
      contents.withLock { $0[index] = content }
    }
    let files = try contents.withLock { contents in
      try paths.indices.map { try contents[$0]!.get() }
    }
    return try Dataset(
      name: "mnist",
      train: pictures(
        files[0], path: paths[0], labels: files[1], labelPath: paths[1], count: options.trainCount),
      test: pictures(
        files[2], path: paths[2], labels: files[3], labelPath: paths[3], count: options.testCount),
      classNames: (0...9).map(String.init))
  }
}
