import Formats

/// Pictures of the Berkeley segmentation data set with the edges that people drew into them, 481 ×
/// 321 or 321 × 481 (width × height).
///
/// The set is published with MATLAB files of what each person drew. Here it is read with one picture
/// of their mean for each: `train/images/ID.jpg` and `train/edges/ID.png`, 255 × the share of people
/// who drew an edge through the pixel; `test` likewise. `Utilities/bsds500.py` makes these of those.
///
/// Arbeláez, Maire, Fowlkes and Malik, "Contour detection and hierarchical image segmentation", 2011;
/// https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html
public struct BSDS500: Sendable {
  /// In the order of their names.
  public let train, test: EdgeMaps

  static let published = PublishedSet(
    name: "bsds500",
    address: "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html",
    expected:
      "the folders train and test, each with images (ID.jpg) and edges (ID.png: the mean of "
      + "the people's edge maps × 255), or an archive of the two: Utilities/bsds500.py, in Margin's "
      + "repository, makes them of the published files")

  /// Reads the set.
  ///
  /// - Parameter folder: holds `train` and `test`, or one folder or archive that does.
  /// - Throws: `FileError` of kind `.missing` where the set, or a map of a picture, is not there, and
  ///   `.malformed` where a picture is damaged; `DatasetError` where a map is not of its picture's
  ///   size.
  public init(in folder: String) throws {
    let found = try PictureFiles(
      contentsOf: Self.published.root(in: folder) {
        isFolder($0 + "/train") && isFolder($0 + "/test")
      })
    train = try Self.read("train", of: found)
    test = try Self.read("test", of: found)
  }

  private static func read(_ part: String, of found: PictureFiles) throws -> EdgeMaps {
    let images = found.below(part + "/images").files
    let edges = found.below(part + "/edges").files
    guard !images.isEmpty else {
      throw published.missing(found.root, "there are no pictures in '\(part)/images'")
    }
    let (imageNames, edgeNames) = (images.map(\.name), edges.map(\.name))
    guard imageNames == edgeNames else {
      if let name = Set(imageNames).subtracting(edgeNames).min() {
        throw published.missing(found.root, "in '\(part)', '\(name)' has no edge map")
      }
      let name = Set(edgeNames).subtracting(imageNames).min() ?? ""
      throw published.missing(found.root, "in '\(part)', the edge map '\(name)' has no picture")
    }
    return try EdgeMaps(
      pictures: concurrentMap(images.indices) { try images[$0].picture().color() },
      maps: concurrentMap(edges.indices) { try edges[$0].picture().grey() },
      names: imageNames)
  }
}
