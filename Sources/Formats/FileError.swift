import Foundation

/// A file that cannot be read, understood or written.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// The file is not there, or cannot be opened for reading.
    case missing
    /// The file's content is not what its format allows.
    case malformed
    /// The system failed to read or to write.
    case inputOutput
  }

  public var kind: Kind
  public var path: String
  /// The place in the file, such as "byte 16" or "tensor 'weights'"; `nil` for the whole file.
  public var place: String?
  /// What was found and what was expected, without a final full stop.
  public var problem: String
  /// What the user can do, in whole sentences.
  public var remedy: String?

  public init(
    _ kind: Kind, path: String, place: String? = nil, problem: String, remedy: String? = nil
  ) {
    self.kind = kind
    self.path = path
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  /// "PATH: PLACE: PROBLEM. REMEDY", without the parts that are not there.
  public var description: String {
    var text = path + ": "
    if let place { text += place + ": " }
    text += problem
    if let remedy { text += ". " + remedy }
    return text
  }
}

extension FileError {
  /// An error of the operating system, with its own text for `code`.
  static func system(
    _ kind: Kind, path: String, _ action: String, code: Int32 = errno
  ) -> FileError {
    let remedy: String? =
      switch code {
      case ENOENT, ENOTDIR:
        kind == .missing ? "Check the path." : "Create the folder first, or check the path."
      case ENOSPC, EDQUOT: "Free some space, or write to another disk."
      case EROFS, EACCES, EPERM:
        kind == .missing
          ? "Check the permissions of the file and of its folders."
          : "Choose a folder that you may write to."
      default: nil
      }
    return FileError(
      kind, path: path, problem: "cannot \(action): \(String(cString: strerror(code)))",
      remedy: remedy)
  }

  /// A NUL byte would silently end the path inside the system call.
  static func checkPath(_ path: String, _ kind: Kind) throws(FileError) {
    if path.isEmpty {
      throw FileError(
        kind, path: "(empty path)", problem: "no file is named", remedy: "Give a path.")
    }
    if path.utf8.contains(0) {
      throw FileError(
        kind, path: quoted(path), problem: "the path contains a NUL character",
        remedy: "Check the path.")
    }
  }
}

/// A name out of a file, in quotes, made safe and short enough for a line of an error message.
package func quoted(_ name: String) -> String {
  let longest = 80
  let shown = name.unicodeScalars.prefix(longest).map { $0.escaped(asASCII: false) }.joined()
  return "'\(shown)\(name.unicodeScalars.count > longest ? "…" : "")'"
}
