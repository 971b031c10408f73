import Formats

/// Omniglot: 1,623 handwritten characters of 50 alphabets, each drawn once by 20 people.
///
/// The background part has 964 characters of 30 alphabets, the evaluation part 659 of 20 others: what
/// is learnt on the first is judged on characters, and alphabets, that it has never seen.
///
/// Published as black ink on white paper, 105 × 105. Here ink is 255 and paper 0, as in MNIST and the
/// drawn digits. The background's 19,280 pictures are read out of their archive in about 1.5 s on two
/// cores.
///
/// Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning through probabilistic program
/// induction", Science, 2015; https://github.com/brendenlake/omniglot
public struct Omniglot: Sendable {
  public enum Part: String, Sendable, CaseIterable {
    case background, evaluation

    /// The folder, and the start of the archive's name.
    fileprivate var folder: String { "images_" + rawValue }
  }

  /// In the order of `names`; ink is 255. The label of a picture is its character.
  public let pictures: PictureSet
  /// "Alphabet/character01", sorted.
  public let classNames: [String]
  /// Sorted.
  public let alphabets: [String]
  /// For each class the place of its alphabet in `alphabets`.
  public let alphabetOfClass: [Int]
  /// For each picture who drew it, 1 to 20. Within an alphabet it is the same person.
  public let drawers: [Int]
  /// "Alphabet/character01/0709_01", sorted.
  public let names: [String]

  /// The side of the published pictures, in pixels.
  public static let publishedSide = 105
  public static let drawerCount = 20

  static let published = PublishedSet(
    name: "omniglot", address: "https://github.com/brendenlake/omniglot/tree/master/python",
    expected: "the folders images_background and images_evaluation, or archives of these names, "
      + "such as images_background.zip (MD5 68d2efa1b9178cc56df9314c21c6e718) and "
      + "images_evaluation.zip (MD5 6b91aef0f799c5bb55b94e3f2daec811)")

  /// Reads one part.
  ///
  /// - Parameters:
  ///   - part: which.
  ///   - folder: holds the part's folder, `images_background` or `images_evaluation`, or an archive
  ///     whose name starts so.
  ///   - side: of the square pictures, in pixels; where it is smaller than theirs, a pixel is the mean
  ///     of the area that it covers.
  /// - Precondition: `side` is positive.
  /// - Throws: `FileError` of kind `.missing` where the part is not there, `.malformed` where a
  ///   picture is damaged or not named ALPHABET/CHARACTER/NUMBER_DRAWER.
  public init(_ part: Part, in folder: String, side: Int = 28) throws {
    let found = try Self.find(part, in: folder)
    let drawers = try found.files.map { try Self.drawer(of: $0, in: found.root) }
    let set = try PictureFolder(
      found, options: PictureFolder.Options(channels: 1, size: (side, side)))
    pictures = try Self.inked(set.pictures)
    (names, classNames) = (set.names, set.classNames)
    self.drawers = drawers
    let alphabet = classNames.map { String($0[..<$0.firstIndex(of: "/")!]) }
    let alphabets = Set(alphabet).sorted()
    self.alphabets = alphabets
    alphabetOfClass = alphabet.map { alphabets.firstIndex(of: $0)! }
  }

  /// The background characters as a set to classify: of each character the drawings of 16 people for
  /// training, those of the last four (drawers 17 to 20) for the test.
  ///
  /// - Throws: as `init(_:in:side:)`; `DatasetError` where there are fewer pictures than `options`
  ///   asks for.
  public static func load(_ options: DatasetOptions, side: Int = 28) throws -> Dataset {
    let found = try find(.background, in: published.folder(options))
    var parts = (train: found, test: found)
    (parts.train.files, parts.test.files) = ([], [])
    for file in found.files {
      if try drawer(of: file, in: found.root) <= 16 {
        parts.train.files.append(file)
      } else {
        parts.test.files.append(file)
      }
    }
    return try ClassSplit(train: parts.train, test: parts.test).dataset(
      named: published.name, options,
      pictures: PictureFolder.Options(channels: 1, size: (side, side)), transform: inked)
  }

  private static func find(_ part: Part, in folder: String) throws -> PictureFiles {
    try PictureFiles(
      contentsOf: published.root(in: folder, archive: part.folder) {
        $0.hasSuffix("/" + part.folder) && isFolder($0)
      })
  }

  /// Ink becomes 255.
  private static func inked(_ pictures: PictureSet) throws -> PictureSet {
    try PictureSet(
      pixels: pictures.pixels.map { 255 - $0 }, labels: pictures.labels, channels: 1,
      height: pictures.height, width: pictures.width)
  }

  /// The number behind the underscore of the name.
  private static func drawer(
    of file: PictureFiles.File, in root: String
  ) throws(FileError) -> Int {
    let number = file.lastName.split(separator: "_").last.flatMap { Int($0) }
    guard file.path.split(separator: "/").count == 3, file.lastName.contains("_"), let number,
      (1...drawerCount).contains(number)
    else {
      throw published.misplaced(
        file, in: root, "ALPHABET/CHARACTER/NUMBER_DRAWER, drawers from 01 to \(drawerCount)")
    }
    return number
  }
}
