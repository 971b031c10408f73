import Formats
import Foundation

/// A table that is published as one file.
struct TableFile {
  /// The names under which it is known.
  let names: [String]
  /// Where it can be had.
  let address: String

  /// The path of the file: that which is given, or if it is a folder the first of the names in it.
  func path(at location: String) throws(FileError) -> String {
    if isFolder(location) {
      for name in names where FileManager.default.fileExists(atPath: location + "/" + name) {
        return location + "/" + name
      }
      throw FileError(
        .missing, path: location,
        problem: "found no \(names.joined(separator: " or ")) in the folder",
        remedy: "Put the file there, from \(address).")
    }
    guard FileManager.default.fileExists(atPath: location) else {
      throw FileError(
        .missing, path: location, problem: "there is no such file or folder",
        remedy: "Give \(names.joined(separator: " or ")), or the folder that holds it, from "
          + "\(address).")
    }
    return location
  }
}
