import Formats
import Foundation

/// Labeled Faces in the Wild: 13,233 pictures of 5,749 people, and pairs of them to be told apart.
///
/// What is published in this layout can be read: the original pictures, aligned ones, and the
/// frontalised ones (LFW3D). The ten folds of `pairs.txt` have no person in common, so that people can
/// be divided by them:
///
/// ```swift
/// let faces = try LFW(in: "lfw")
/// let judged = try faces.pairs().people(inFolds: [9])
/// let train = try faces.pictures(atLeast: 2) { !judged.contains($0) }
/// let test = try faces.pictures { judged.contains($0) }
/// ```
///
/// Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild", 2007;
/// http://vis-www.cs.umass.edu/lfw/
public struct LFW: Sendable {
  /// How many pictures there are of each person, by the person's name.
  public let pictureCounts: [String: Int]
  private let found: PictureFiles
  private let folder: String

  static let published = PublishedSet(
    name: "lfw", address: "http://vis-www.cs.umass.edu/lfw/",
    expected:
      "a folder for each person with pictures such as Aaron_Eckhart/Aaron_Eckhart_0001.jpg, "
      + "or an archive of these folders, such as lfw.tgz (MD5 a17d05bd522c52d84eca14327a23d494) or "
      + "lfw-deepfunneled.tgz (MD5 68331da3eb755a505a502b5aacb3c201)")

  /// Finds the pictures; none is decoded yet. Those of an archive are kept in memory as they are.
  ///
  /// - Parameter folder: holds a folder for each person, or one folder or archive that does, and
  ///   `pairs.txt`.
  /// - Throws: `FileError` of kind `.missing` where the set is not there, `.malformed` where an archive
  ///   is damaged or a picture is not called NAME/NAME_0001.
  public init(in folder: String) throws {
    let root = try Self.published.root(in: folder, isRoot: Self.holdsPeople)
    var found = try PictureFiles(contentsOf: root)
    found.files.removeAll { $0.folder == nil }
    guard !found.files.isEmpty else {
      throw Self.published.missing(root, "the pictures lie in no folders")
    }
    for file in found.files {
      guard let person = file.folder, file.lastName.hasPrefix(person + "_") else {
        throw Self.published.misplaced(file, in: root, "NAME/NAME_0001, a person's folder")
      }
    }
    self.found = found
    self.folder = folder
    pictureCounts = Dictionary(found.files.map { ($0.folder!, 1) }, uniquingKeysWith: +)
  }

  /// Whether a sub-folder has pictures that are called after it.
  private static func holdsPeople(_ path: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.contains { name in
      guard isFolder(path + "/" + name) else { return false }
      let pictures = (try? FileManager.default.contentsOfDirectory(atPath: path + "/" + name)) ?? []
      return pictures.contains { $0.hasPrefix(name + "_") }
    }
  }

  /// The pictures of some people, decoded; the classes are the people.
  ///
  /// - Parameters:
  ///   - count: people of whom there are fewer pictures are left out.
  ///   - options: what the pictures are brought to.
  ///   - isIncluded: says of a person, by name, whether to take the pictures.
  /// - Throws: `DatasetError` where nobody is left; what `PictureFolder` throws.
  public func pictures(
    atLeast count: Int = 1, options: PictureFolder.Options = PictureFolder.Options(),
    of isIncluded: (_ person: String) -> Bool = { _ in true }
  ) throws -> PictureFolder {
    try PictureFolder(chosen(atLeast: count, of: isIncluded), options: options)
  }

  private func chosen(
    atLeast count: Int, of isIncluded: (_ person: String) -> Bool = { _ in true }
  ) throws(DatasetError) -> PictureFiles {
    let people = pictureCounts.filter { $0.value >= count && isIncluded($0.key) }
    guard !people.isEmpty else {
      throw DatasetError(
        "\(found.root): of \(pictureCounts.count) people none is chosen, with \(count) pictures or "
          + "more", remedy: "Ask for fewer pictures of each, or for other people.")
    }
    var chosen = found
    chosen.files.removeAll { people[$0.folder!] == nil }
    return chosen
  }

  /// The pairs of `pairs.txt`, which lies in the folder or beside the archive.
  ///
  /// - Throws: `FileError` of kind `.missing` where it is not there; what `PairsFile` throws.
  public func pairs() throws(FileError) -> PairsFile {
    let folder =
      isFolder(folder)
      ? folder : URL(filePath: folder).deletingLastPathComponent().path(percentEncoded: false)
    do {
      return try PairsFile(contentsOf: folder + "/pairs.txt")
    } catch {
      var error = error
      if error.kind == .missing {
        error.remedy =
          "It is published at \(Self.published.address)pairs.txt "
          + "(MD5 9f1ba174e4e1c508ff7cdf10ac338a7d)."
      }
      throw error
    }
  }

  /// The people with at least ten pictures (158 in the original) as a set to classify, grey, 90 × 90:
  /// every fifth picture of a person for the test, the others for training.
  ///
  /// It is closed-set identification by few pictures, not the set's protocol, which is `pairs()`.
  ///
  /// - Throws: as `init(in:)`; `DatasetError` where there are fewer pictures than `options` asks for.
  public static func load(_ options: DatasetOptions) throws -> Dataset {
    try ClassSplit(LFW(in: published.folder(options)).chosen(atLeast: 10)) { index, _ in
      index % 5 == 4
    }
    .dataset(
      named: published.name, options,
      pictures: PictureFolder.Options(channels: 1, size: (90, 90)))
  }
}

extension PairsFile {
  /// The people of the pairs of some folds, or of all, by name.
  ///
  /// - Parameter folds: from 0; all if nil.
  public func people(inFolds folds: Set<Int>? = nil) -> Set<String> {
    var people: Set<String> = []
    for pair in pairs where folds?.contains(pair.fold) ?? true {
      people.insert(pair.firstPerson)
      people.insert(pair.secondPerson)
    }
    return people
  }
}

extension PairsFile.Pair {
  /// The class of the first picture: the path of its folder.
  public var firstPerson: String { Self.person(first) }
  /// The class of the second picture.
  public var secondPerson: String { Self.person(second) }

  private static func person(_ name: String) -> String {
    name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
  }
}
