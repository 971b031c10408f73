import Formats
import Foundation

/// The files of a set as they are published, each under one name.
package struct PublishedFiles: Sendable {
  package var files: [RemoteFile]
  /// Folders on the network that hold all of them.
  package var mirrors: [URL]

  package init(files: [RemoteFile], mirrors: [URL]) {
    (self.files, self.mirrors) = (files, mirrors)
  }

  private var names: String { files.map(\.name).joined(separator: ", ") }
  private var address: String { mirrors[0].absoluteString }

  /// The paths of the files in the user's folder; without one, in the cache, after downloading
  /// into it what is not there.
  package func paths(
    in folder: String?, cache: String, report: (@Sendable (String) -> Void)?
  ) throws(FileError) -> [String] {
    guard let folder else {
      return try fetch(
        into: cache, report: report, otherwise: "\(names), from \(address)")
    }
    return try locate(in: folder)
  }

  /// Downloads what the cache lacks. A file in the cache is right: only checked ones get there.
  ///
  /// `otherwise` says what a folder of the user's would have to hold.
  func fetch(
    into cache: String, report: (@Sendable (String) -> Void)?, otherwise: String
  ) throws(FileError) -> [String] {
    let download = Download(mirrors: mirrors, report: report)
    for file in files where !FileManager.default.fileExists(atPath: cache + "/" + file.name) {
      do {
        try download.fetch(file, into: cache)
      } catch {
        var error = error
        if error.kind == .missing {
          error.remedy =
            "Connect to the network and try again, or pass --data FOLDER with \(otherwise)."
        }
        throw error
      }
    }
    return files.map { cache + "/" + $0.name }
  }

  private func locate(in folder: String) throws(FileError) -> [String] {
    guard isFolder(folder) else {
      throw FileError(
        .missing, path: folder, problem: "there is no such folder",
        remedy: "Give the folder that holds \(names), from \(address).")
    }
    let missing = files.map(\.name).filter {
      !FileManager.default.fileExists(atPath: folder + "/" + $0)
    }
    guard missing.isEmpty else {
      throw FileError(
        .missing, path: folder,
        problem: "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") "
          + "missing; expected the \(files.count) files \(names)",
        remedy: "Put all of them into the folder, from \(address).")
    }
    return files.map { folder + "/" + $0.name }
  }
}
