import Formats

/// The ORL database of faces, of AT&T Laboratories Cambridge: ten pictures each of 40 people, 92 ×
/// 112 (width × height), grey.
///
/// Samaria and Harter, "Parameterisation of a stochastic model for human face identification", 1994;
/// https://cam-orl.co.uk/facedatabase.html
public enum ORL {
  static let published = PublishedSet(
    name: "orl", address: "https://cam-orl.co.uk/facedatabase.html",
    expected: "the folders s1 to s40 of PGM pictures, or an archive of them, such as att_faces.zip")

  /// The size that `load(_:size:)` brings the pictures to: half of theirs.
  public static let halfSize = (width: 46, height: 56)

  /// All pictures, by people.
  ///
  /// - Parameters:
  ///   - folder: holds the folders s1 to s40, or one folder or archive that does.
  ///   - size: what the pictures are brought to; theirs if nil.
  /// - Throws: `FileError` of kind `.missing` where the set is not there; what `PictureFolder`
  ///   throws.
  public static func pictures(
    in folder: String, size: (width: Int, height: Int)? = nil
  ) throws -> PictureFolder {
    try PictureFolder(find(folder), options: PictureFolder.Options(channels: 1, size: size))
  }

  /// The set as one to classify: the first seven pictures of each person for training, the last
  /// three for the test.
  ///
  /// - Throws: as `pictures(in:size:)`; `DatasetError` where there are fewer pictures than `options`
  ///   asks for.
  public static func load(
    _ options: DatasetOptions, size: (width: Int, height: Int) = halfSize
  ) throws -> Dataset {
    try ClassSplit(find(published.folder(options))) { index, count in 10 * index >= 7 * count }
      .dataset(
        named: published.name, options,
        pictures: PictureFolder.Options(channels: 1, size: size))
  }

  private static func find(_ folder: String) throws -> PictureFiles {
    var found = try PictureFiles(
      contentsOf: published.root(in: folder) { isFolder($0 + "/s1") })
    // Whatever lies beside the people is no face of theirs.
    found.files.removeAll { $0.folder == nil }
    guard !found.files.isEmpty else {
      throw published.missing(found.root, "the pictures lie in no folders")
    }
    return found
  }
}
