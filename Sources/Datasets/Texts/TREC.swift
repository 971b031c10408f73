import Formats
import Foundation

/// Question classification with the questions of the Text Retrieval Conference: 5,452 to train with
/// and the 500 of TREC 10 to test, by what they ask for.
///
/// The files `train_5500.label` and `TREC_10.label` of
/// https://cogcomp.seas.upenn.edu/Data/QA/QC/ have a line for each question in Latin-1, its class
/// before its words: `NUM:dist How far is it from Denver to Aspen ?`. Tokens are apart.
///
/// Li and Roth, "Learning Question Classifiers", COLING 2002.
public enum TREC {
  /// How finely the classes are told apart.
  public enum Level: String, Sendable, CaseIterable {
    /// 6 classes: abbreviation, description, entity, human being, location, number.
    case coarse
    /// 50 classes, such as "LOC:city".
    case fine

    /// The names of the classes, as the files write them, sorted.
    public var classNames: [String] {
      switch self {
      case .coarse: TREC.fineClasses.map(\.coarse)
      case .fine: TREC.fineClasses.flatMap { group in group.fine.map { "\(group.coarse):\($0)" } }
      }
    }
  }

  private static let fineClasses: [(coarse: String, fine: [String])] = [
    ("ABBR", ["abb", "exp"]),
    ("DESC", ["def", "desc", "manner", "reason"]),
    (
      "ENTY",
      [
        "animal", "body", "color", "cremat", "currency", "dismed", "event", "food", "instru",
        "lang", "letter", "other", "plant", "product", "religion", "sport", "substance", "symbol",
        "techmeth", "termeq", "veh", "word",
      ]
    ),
    ("HUM", ["desc", "gr", "ind", "title"]),
    ("LOC", ["city", "country", "mount", "other", "state"]),
    (
      "NUM",
      [
        "code", "count", "date", "dist", "money", "ord", "other", "perc", "period", "speed",
        "temp", "volsize", "weight",
      ]
    ),
  ]

  /// Loads the set from `options.folder`; else from the user's cache, after downloading into it
  /// (0.4 MB) what is not there yet.
  ///
  /// - Precondition: The vocabulary's limit is from 0 to 2³⁰.
  /// - Parameters:
  ///   - options: the folder, the seed of the validation part, and how many texts to take of the
  ///     training part, after the validation part was taken out of it, and of the test part.
  ///   - level: coarse or fine classes.
  ///   - validationCount: how many questions, drawn by the seed, are taken out of the training part
  ///     to validate with; none if 0, as the set has no such part of its own.
  ///   - vocabulary: which words of the training part get an index.
  /// - Throws: `FileError` of kind `.missing` if a file is not there and cannot be downloaded, of
  ///   kind `.malformed`, with the line, if one is not as above; `DatasetError` if the files hold
  ///   fewer texts than are asked for.
  public static func load(
    _ options: DatasetOptions = DatasetOptions(), level: Level = .coarse,
    validationCount: Int = 0, vocabulary: Vocabulary.Options = Vocabulary.Options()
  ) throws -> TextParts {
    try load(
      options, level: level, validationCount: validationCount, vocabulary: vocabulary,
      cache: UserCache.folder(for: "trec"), published: published)
  }

  /// As `load(_:level:validationCount:vocabulary:)`, with places of the caller's choice.
  package static func load(
    _ options: DatasetOptions, level: Level = .coarse, validationCount: Int = 0,
    vocabulary: Vocabulary.Options = Vocabulary.Options(), cache: String, published: PublishedFiles
  ) throws -> TextParts {
    let paths = try published.paths(in: options.folder, cache: cache, report: options.report)
    var train = try questions(paths[0], level)
    let test = try questions(paths[1], level)
    var validation: LabelledTexts?
    if validationCount != 0 {
      let (rest, part) = try train.splitting(off: validationCount, seed: options.seed)
      (train, validation) = (rest, part)
    }
    return try TextParts(
      name: "trec", train: train.first(options.trainCount), validation: validation,
      test: test.first(options.testCount), classNames: level.classNames, vocabulary: vocabulary)
  }

  /// Training and test part.
  package static let published = PublishedFiles(
    files: [
      RemoteFile(
        name: "train_5500.label", byteCount: 335_858,
        sha256: "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3"),
      RemoteFile(
        name: "TREC_10.label", byteCount: 23_354,
        sha256: "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e"),
    ],
    mirrors: [URL(string: "https://cogcomp.seas.upenn.edu/Data/QA/QC/")!])

  private static func questions(_ path: String, _ level: Level) throws(FileError) -> LabelledTexts {
    let file = try TextLines(contentsOf: path)
    try file.checkNotEmpty("labelled questions")
    let fineLabels = labels(Level.fine.classNames)
    let coarseLabels = labels(Level.coarse.classNames)
    var result = LabelledTexts(path: path)
    for (index, line) in file.lines.enumerated() {
      let text = String(String.UnicodeScalarView(line.lazy.map { UnicodeScalar($0) }))
      let parts = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      guard parts.count == 2, parts[1].contains(where: { !$0.isWhitespace }) else {
        throw file.malformed(
          index, "expected a class and the words of a question, such as 'NUM:dist How far …'")
      }
      let coarse = String(parts[0].prefix { $0 != ":" })
      guard let fineLabel = fineLabels[String(parts[0])], let coarseLabel = coarseLabels[coarse]
      else {
        throw file.malformed(index, expectedClass(coarse))
      }
      result.append(String(parts[1]), label: level == .fine ? fineLabel : coarseLabel)
    }
    return result
  }

  private static func labels(_ classNames: [String]) -> [String: Int32] {
    Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
  }

  /// The classes that a line could have begun with.
  private static func expectedClass(_ coarse: String) -> String {
    guard let group = fineClasses.first(where: { $0.coarse == coarse }) else {
      return "expected a class of \(Level.coarse.classNames.joined(separator: ", ")), "
        + "such as 'NUM:dist'"
    }
    return "expected a class of \(coarse): \(group.fine.joined(separator: ", "))"
  }
}
