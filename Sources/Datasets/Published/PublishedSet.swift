import Formats
import Foundation

/// A data set that others publish, and how it is found in a folder of the user's.
struct PublishedSet: Sendable {
  /// As `DatasetCatalog` calls it.
  let name: String
  /// Where it is published.
  let address: String
  /// What the folder must hold, for messages.
  let expected: String

  /// The folder that the user gave.
  func folder(_ options: DatasetOptions) throws(FileError) -> String {
    if let folder = options.folder { return folder }
    throw FileError(
      .missing, path: name, problem: "no folder was given; expected \(expected)",
      remedy: "Give it with --data FOLDER. The set is published at \(address).")
  }

  /// Where the pictures are: `path` itself where it is an archive or is laid out as `isRoot` says,
  /// else a sub-folder that is, else the archive in the folder whose name starts with `prefix`.
  ///
  /// - Throws: `FileError` of kind `.missing` where there is none, and `.malformed` where there are
  ///   several archives to choose from.
  func root(
    in path: String, archive prefix: String = "", isRoot: (String) -> Bool
  ) throws(FileError) -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw missing(path, "there is no such folder or archive")
    }
    if !isFolder(path) || isRoot(path) { return path }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
      .filter { !$0.hasPrefix(".") }
    if let folder = names.first(where: { isRoot(path + "/" + $0) }) { return path + "/" + folder }
    let archives = names.filter { name in
      name.hasPrefix(prefix) && Archive.fileExtensions.contains { name.hasSuffix("." + $0) }
    }
    guard archives.count <= 1 else {
      throw FileError(
        .malformed, path: path,
        problem: "found the archives \(archives.joined(separator: ", ")), expected one",
        remedy: "Give the path of the one to read.")
    }
    guard let archive = archives.first else { throw missing(path, "the set is not here") }
    return path + "/" + archive
  }

  /// The error for something that is not there.
  func missing(_ path: String, _ problem: String) -> FileError {
    FileError(
      .missing, path: path, problem: "\(problem); expected \(expected)",
      remedy: "The set is published at \(address).")
  }

  /// The error for a picture that does not belong.
  func misplaced(_ file: PictureFiles.File, in root: String, _ expected: String) -> FileError {
    FileError(
      .malformed, path: root, place: "picture \(quoted(file.path))",
      problem: "expected \(expected)", remedy: "Check that these are the files of '\(name)'.")
  }
}

/// Whether there is a folder of that path.
func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

extension PictureFiles.File {
  /// Whether the name comes before the other's, numbers by their value: 2 before 10.
  func isNumberedBefore(_ other: PictureFiles.File) -> Bool {
    switch lastName.compare(other.lastName, options: .numeric) {
    case .orderedAscending: true
    case .orderedDescending: false
    case .orderedSame: path < other.path
    }
  }
}
