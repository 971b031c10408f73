import Formats
import Foundation

/// The pictures below a folder or in an archive, not decoded yet.
struct PictureFiles: Sendable {
  struct File: Sendable {
    /// Relative to the root, with the ending.
    var path: String
    fileprivate let source: Source

    /// The path without the ending.
    var name: String { String(path[..<(path.lastIndex(of: ".") ?? path.endIndex)]) }

    /// The path of the folder that the picture lies in; nil for the root.
    var folder: String? { path.lastIndex(of: "/").map { String(path[..<$0]) } }

    /// The name without the folders.
    var lastName: Substring {
      name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...]
    }

    /// Reads and decodes the picture.
    func picture() throws(FileError) -> Picture {
      switch source {
      case .file(let path): return try Picture(contentsOf: path)
      case .entry(let name, let archive, let content):
        do {
          return try Picture(content, path: archive)
        } catch {
          var error = error
          error.place = (["entry \(quoted(name))"] + [error.place].compactMap { $0 })
            .joined(separator: ", ")
          throw error
        }
      }
    }
  }

  fileprivate enum Source {
    case file(String)
    case entry(String, archive: String, content: [UInt8])
  }

  /// The folder or archive, for messages.
  let root: String
  /// In the order of their paths.
  var files: [File]

  /// Finds all pictures of a folder, or reads them, still encoded, out of an archive.
  ///
  /// The root of an archive is the folder that all its pictures lie in, where there is one.
  init(contentsOf root: String) throws {
    var status = stat()
    guard stat(root, &status) == 0,
      [S_IFDIR, S_IFREG].contains(status.st_mode & S_IFMT)
    else {
      throw FileError(
        .missing, path: root, problem: "there is no such folder or archive",
        remedy: "Give the folder, or the archive, that holds the pictures.")
    }
    self.root = root
    files = []
    if status.st_mode & S_IFMT == S_IFDIR {
      try collect("", above: [])
      files.sort { $0.path < $1.path }
    } else {
      try readArchive()
    }
    guard !files.isEmpty else {
      throw DatasetError(
        "\(root): there are no pictures in it (\(Picture.fileExtensions.joined(separator: ", ")))",
        remedy: "Check the path.")
    }
  }

  /// The pictures below a folder of the root, which becomes the root; there may be none.
  func below(_ folder: String) -> PictureFiles {
    var below = self
    below.files = files.compactMap { file in
      guard file.path.hasPrefix(folder + "/") else { return nil }
      var file = file
      file.path.removeFirst(folder.count + 1)
      return file
    }
    return below
  }
}

extension PictureFiles {
  /// Pictures that other programs read: better refused than passed over in silence.
  private static let unreadableExtensions: Set<String> = [
    "avif", "bmp", "gif", "heic", "jp2", "pbm", "tif", "tiff", "webp",
  ]

  /// Whether a file of that name is a picture that can be read.
  private static func isPicture(
    _ name: some StringProtocol, path: String, place: String? = nil
  ) throws(FileError) -> Bool {
    let parts = name.split(separator: ".")
    guard parts.count > 1, let ending = parts.last?.lowercased() else { return false }
    if unreadableExtensions.contains(ending) {
      throw FileError(
        .malformed, path: path, place: place, problem: "pictures of this kind cannot be read",
        remedy: "Convert it to PNG or JPEG, or take it out.")
    }
    return Picture.fileExtensions.contains(ending)
  }

  private struct FolderIdentity: Hashable {
    var device, number: UInt64
  }

  /// Appends the pictures below `path`, which is relative to the root and ends in a slash or is
  /// empty.
  private mutating func collect(_ path: String, above: Set<FolderIdentity>) throws {
    let folder = root + "/" + path
    var status = stat()
    _ = stat(folder, &status)
    let identity = FolderIdentity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      number: UInt64(truncatingIfNeeded: status.st_ino))
    guard !above.contains(identity) else {
      throw FileError(
        .malformed, path: folder, problem: "this link leads to a folder that it lies in",
        remedy: "Remove the link.")
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw FileError(
        .missing, path: folder, problem: "cannot read the folder: \(error.localizedDescription)",
        remedy: "Check its permissions.")
    }
    for name in names where !name.hasPrefix(".") {
      if stat(folder + name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        try collect(path + name + "/", above: above.union([identity]))
      } else if try Self.isPicture(name, path: folder + name) {
        files.append(File(path: path + name, source: .file(folder + name)))
      }
    }
  }

  /// Takes the pictures out of the archive.
  private mutating func readArchive() throws {
    let archive = try Archive(contentsOf: root, limit: Int(ProcessInfo.processInfo.physicalMemory))
    while let entry = try archive.next() {
      let parts = entry.path.split(separator: "/")
      let place = "entry \(quoted(entry.path))"
      guard let name = parts.last, !parts.contains(where: { $0.hasPrefix(".") }),
        try Self.isPicture(name, path: root, place: place)
      else { continue }
      guard !entry.isLink else {
        throw FileError(
          .malformed, path: root, place: place,
          problem: "found a link, which is not followed in an archive",
          remedy: "Unpack the archive, and give the folder.")
      }
      files.append(
        File(
          path: entry.path,
          source: .entry(entry.path, archive: root, content: try archive.content())))
    }
    if let top = files.first?.path.split(separator: "/").first,
      files.allSatisfy({ $0.path.hasPrefix(top + "/") })
    {
      files = below(String(top)).files
    }
    files.sort { $0.path < $1.path }
    if let index = files.indices.dropFirst().first(where: { files[$0].path == files[$0 - 1].path })
    {
      throw FileError(
        .malformed, path: root, place: "entry \(quoted(files[index].path))",
        problem: "the archive holds this picture twice", remedy: "Make the archive again.")
    }
  }
}
