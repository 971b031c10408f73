import Formats
import Foundation

/// A folder of pictures, with a sub-folder for each class.
///
/// The class of a picture is the path of its folder, relative to the root: sub-folders may lie in
/// others. Pictures in the root itself have no class. JPEG, PNG, PGM and PPM files are read; other
/// files that are no pictures, and hidden ones, are passed over.
public struct PictureFolder: Sendable {
  /// In the order of `names`; pictures without a class have the label −1.
  public let pictures: PictureSet
  /// The paths of the folders that hold pictures, relative to the root, sorted.
  public let classNames: [String]
  /// The paths of the pictures, relative to the root and without the ending, sorted.
  public let names: [String]

  /// The label of a picture in the root.
  public static let noClass: Int32 = -1

  /// What the pictures are brought to.
  public struct Options: Sendable {
    /// 1: grey, 3: colours; those of the first picture if nil.
    public var channels: Int?
    /// The size of all pictures; that of the first picture, which the others must have, if nil.
    public var size: (width: Int, height: Int)?

    public init(channels: Int? = nil, size: (width: Int, height: Int)? = nil) {
      (self.channels, self.size) = (channels, size)
    }
  }

  /// Reads all pictures of the folder.
  ///
  /// - Precondition: The options' channels are 1 or 3 and its sizes positive.
  /// - Parameters:
  ///   - folder: the root.
  ///   - options: what the pictures are brought to.
  ///   - progress: is called before each picture with its number, from 0, and that of all.
  /// - Throws: `FileError` that names the file or folder that cannot be read; `DatasetError` where
  ///   there is no picture, two have the same name but for its ending, sizes or channels differ and
  ///   none are given to bring them to, or a kind of picture cannot be read.
  public init(
    contentsOf folder: String, options: Options = Options(),
    progress: (_ picture: Int, _ count: Int) -> Void = { _, _ in }
  ) throws {
    let paths = try Self.picturePaths(folder)
    let names = paths.map { String($0[..<$0.lastIndex(of: ".")!]) }
    if let i = names.indices.dropFirst().first(where: { names[$0] == names[$0 - 1] }) {
      throw DatasetError(
        "\(folder): '\(paths[i - 1])' and '\(paths[i])' have the same name but for the ending",
        remedy: "Keep one of them.")
    }
    let folders = names.map { name in name.lastIndex(of: "/").map { String(name[..<$0]) } }
    let classNames = Set(folders.compactMap { $0 }).sorted()
    let classLabels = Dictionary(
      uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
    let labels = folders.map { $0.map { classLabels[$0]! } ?? Self.noClass }

    var pixels: [UInt8] = []
    var first: Picture?
    for (index, path) in paths.enumerated() {
      progress(index, paths.count)
      var picture = try Picture(contentsOf: folder + "/" + path)
      if let channels = options.channels {
        picture = channels == 1 ? picture.grey() : picture.color()
      }
      if let size = options.size {
        picture = picture.resized(width: size.width, height: size.height)
      }
      if let first {
        try Self.check(picture, path, isLike: first, paths[0], in: folder)
      } else {
        first = picture
        pixels.reserveCapacity(picture.pixels.count * paths.count)
      }
      pixels += picture.channelFirst()
    }
    pictures = try PictureSet(
      pixels: pixels, labels: labels, channels: first!.channels, height: first!.height,
      width: first!.width)
    (self.names, self.classNames) = (names, classNames)
  }

  private static func check(
    _ picture: Picture, _ path: String, isLike first: Picture, _ firstPath: String,
    in folder: String
  ) throws(DatasetError) {
    guard picture.width == first.width, picture.height == first.height else {
      throw DatasetError(
        "\(folder): '\(path)' has \(picture.width) × \(picture.height) pixels, but "
          + "'\(firstPath)' \(first.width) × \(first.height) (width × height)",
        remedy: "Give a size to bring all pictures to, or make them equal.")
    }
    guard picture.channels == first.channels else {
      func kind(_ picture: Picture) -> String { picture.channels == 1 ? "grey" : "in colours" }
      throw DatasetError(
        "\(folder): '\(path)' is \(kind(picture)), but '\(firstPath)' \(kind(first))",
        remedy: "Say what to bring all pictures to, grey or colours.")
    }
  }
}

extension PictureFolder {
  /// Pictures that other programs read: better refused than passed over in silence.
  private static let unreadableExtensions: Set<String> = [
    "avif", "bmp", "gif", "heic", "jp2", "pbm", "tif", "tiff", "webp",
  ]

  /// The paths of all pictures, relative to the folder, in the order of their names.
  private static func picturePaths(_ folder: String) throws -> [String] {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(
        .missing, path: folder, problem: "there is no such folder",
        remedy: "Give the folder that holds the pictures.")
    }
    var paths: [String] = []
    try collect(folder, "", above: [], into: &paths)
    guard !paths.isEmpty else {
      throw DatasetError(
        "\(folder): there are no pictures in the folder (\(Picture.fileExtensions.joined(separator: ", ")))",
        remedy: "Check the path.")
    }
    return paths.sorted()
  }

  private struct FolderIdentity: Hashable {
    var device, number: UInt64
  }

  /// Appends the pictures below `path`, which is relative to `root` and ends in a slash or is empty.
  private static func collect(
    _ root: String, _ path: String, above: Set<FolderIdentity>, into paths: inout [String]
  ) throws {
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
        try collect(root, path + name + "/", above: above.union([identity]), into: &paths)
        continue
      }
      let parts = name.split(separator: ".")
      guard parts.count > 1, let ending = parts.last?.lowercased() else { continue }
      if Picture.fileExtensions.contains(ending) {
        paths.append(path + name)
      } else if unreadableExtensions.contains(ending) {
        throw FileError(
          .malformed, path: folder + name, problem: "pictures of this kind cannot be read",
          remedy: "Convert it to PNG or JPEG, or take it out of the folder.")
      }
    }
  }
}
