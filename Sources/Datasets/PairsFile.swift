import Formats

/// Pairs of pictures to be told apart as same or different, in the format of the `pairs.txt` of
/// Labeled Faces in the Wild.
///
/// The first line has the number of folds and the number N of pairs of each kind in a fold, or N
/// alone for a single fold (`pairsDevTrain.txt`). Then each fold has N lines "name i j", pictures i
/// and j of one person, and N lines "name i name j", pictures of two; tabs or spaces lie between. The
/// picture i of a person is called `Name/Name_000i`, with four digits or more.
///
/// Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild", 2007;
/// http://vis-www.cs.umass.edu/lfw/README.txt
public struct PairsFile: Sendable {
  public struct Pair: Sendable, Equatable {
    /// The names of two pictures, as `PictureFolder` gives them.
    public var first, second: String
    /// Whether both are of one class.
    public var isSame: Bool
    /// From 0.
    public var fold: Int

    public init(first: String, second: String, isSame: Bool, fold: Int) {
      (self.first, self.second, self.isSame, self.fold) = (first, second, isSame, fold)
    }
  }

  /// In the order of the file.
  public let pairs: [Pair]
  public let foldCount: Int

  /// Reads a file.
  ///
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where it cannot be read, and
  ///   `.malformed`, with the line, where it is not as the format says: a number is none, lines are
  ///   of the wrong kind, missing or left over, or a picture is paired with itself.
  public init(contentsOf path: String, limit: Int = 1 << 28) throws(FileError) {
    try self.init(TextLines(contentsOf: path, limit: limit))
  }

  /// Reads the content of a file; `path` is for messages.
  public init(_ bytes: [UInt8], path: String) throws(FileError) {
    try self.init(TextLines(bytes, path: path))
  }

  private init(_ file: TextLines) throws(FileError) {
    let (path, lines) = (file.path, file.lines)
    try file.checkNotEmpty("pairs of pictures")
    let counts = file.fields(0).map { Int($0) }
    guard (1...2).contains(counts.count), let count = counts[counts.count - 1],
      let foldCount = counts[0], count > 0
    else {
      throw file.malformed(
        0, "expected the number of folds and the number of pairs of each kind in a fold")
    }
    self.foldCount = counts.count == 1 ? 1 : foldCount
    let expected = self.foldCount.multipliedReportingOverflow(by: count)
    let lineCount = expected.partialValue.multipliedReportingOverflow(by: 2)
    guard self.foldCount > 0, !expected.overflow, !lineCount.overflow,
      lineCount.partialValue == lines.count - 1
    else {
      throw FileError(
        .malformed, path: path, place: "line 1",
        problem: "found \(lines.count - 1) lines of pairs, expected 2 × \(count) for each of "
          + "\(self.foldCount) folds, as the first line says",
        remedy: "Fetch or make the file again.")
    }
    var pairs: [Pair] = []
    pairs.reserveCapacity(lines.count - 1)
    for index in 1..<lines.count {
      let isSame = (index - 1) % (2 * count) < count
      pairs.append(try pair(file, index, isSame: isSame, fold: (index - 1) / (2 * count)))
    }
    self.pairs = pairs
  }
}

private func pair(
  _ file: TextLines, _ index: Int, isSame: Bool, fold: Int
) throws(FileError) -> PairsFile.Pair {
  let parts = file.fields(index)
  guard parts.count == (isSame ? 3 : 4) else {
    throw file.malformed(
      index,
      isSame
        ? "expected 'name i j', a pair of one person" : "expected 'name i name j', two persons")
  }
  let (secondName, secondNumber) = isSame ? (parts[0], parts[2]) : (parts[2], parts[3])
  guard let i = Int(parts[1]), let j = Int(secondNumber), i >= 0, j >= 0 else {
    throw file.malformed(index, "expected the pictures' numbers as integers from 0 on")
  }
  let pair = PairsFile.Pair(
    first: pictureName(parts[0], i), second: pictureName(secondName, j), isSame: isSame, fold: fold)
  guard pair.first != pair.second, isSame || parts[0] != secondName else {
    throw file.malformed(
      index, isSame ? "expected two different pictures" : "expected two persons")
  }
  return pair
}

/// "Name/Name_0001".
private func pictureName(_ name: String, _ number: Int) -> String {
  let digits = String(number)
  return "\(name)/\(name)_" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
