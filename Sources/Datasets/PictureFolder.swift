import Formats
import Foundation

/// A folder of pictures, or an archive of one, with a sub-folder for each class.
///
/// The class of a picture is the path of its folder, relative to the root: sub-folders may lie in
/// others. Pictures in the root itself have no class. JPEG, PNG, PGM and PPM files are read; other
/// files that are no pictures, and hidden ones, are passed over.
///
/// Archives are those of `Archive` (tar, also compressed, and zip), read without being unpacked to
/// the disk. Their root is the folder that all their pictures lie in, where there is one: an archive
/// of a folder is like the folder. Links in a folder are followed; in an archive they are refused.
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
    /// The most bytes that the pixels of all pictures may take.
    public var limit: Int

    public init(
      channels: Int? = nil, size: (width: Int, height: Int)? = nil,
      limit: Int = Int(ProcessInfo.processInfo.physicalMemory)
    ) {
      (self.channels, self.size, self.limit) = (channels, size, limit)
    }
  }

  /// Reads all pictures of the folder or archive, on all cores.
  ///
  /// - Precondition: The options' channels are 1 or 3 and its sizes positive.
  /// - Parameters:
  ///   - root: the folder or archive.
  ///   - options: what the pictures are brought to.
  ///   - progress: is called for each picture, in order, with its number, from 0, and that of all.
  /// - Throws: `FileError` that names the file, folder or entry that cannot be read; `DatasetError`
  ///   where there is no picture, two have the same name but for its ending, sizes or channels differ
  ///   and none are given to bring them to, or all together are above the limit.
  public init(
    contentsOf root: String, options: Options = Options(),
    progress: (_ picture: Int, _ count: Int) -> Void = { _, _ in }
  ) throws {
    try self.init(PictureFiles(contentsOf: root), options: options, progress: progress)
  }

  init(
    _ found: PictureFiles, options: Options,
    progress: (_ picture: Int, _ count: Int) -> Void = { _, _ in }
  ) throws {
    let names = found.files.map(\.name)
    if let i = names.indices.dropFirst().first(where: { names[$0] == names[$0 - 1] }) {
      throw DatasetError(
        "\(found.root): '\(found.files[i - 1].path)' and '\(found.files[i].path)' have the same name "
          + "but for the ending",
        remedy: "Keep one of them.")
    }
    let folders = Set(found.files.compactMap(\.folder)).sorted()
    let labels = Dictionary(uniqueKeysWithValues: folders.enumerated().map { ($1, Int32($0)) })
    (self.names, classNames) = (names, folders)
    pictures = try found.pictureSet(
      labels: found.files.map { $0.folder.map { labels[$0]! } ?? Self.noClass }, options: options,
      progress: progress)
  }
}
