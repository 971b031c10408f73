/// Labelled texts, each a sequence of indices of words.
///
/// Text `i` has the words `tokens[i]`, indices into a `Vocabulary`, and the class `labels[i]`. Texts
/// have one token or more, and differ in length; where a batch needs one length, they are filled up
/// with `Vocabulary.padding`, which no text holds.
public struct TextSet: Sendable, Equatable {
  /// For each text its words, from 1 to `vocabularySize − 1`.
  public let tokens: [[Int32]]
  public let labels: [Int32]
  /// The number of indices, with those of padding and of unknown words: the rows that an embedding
  /// of words needs.
  public let vocabularySize: Int
  /// The number of tokens of the longest text; 0 if there is none.
  public let longestLength: Int

  /// The number of texts.
  public var count: Int { labels.count }

  /// Puts tokens and labels together.
  ///
  /// - Throws: `DatasetError` if there is not one label for each text, a text is empty, or a token
  ///   is outside `1..<vocabularySize`.
  public init(
    tokens: [[Int32]], labels: [Int32], vocabularySize: Int
  ) throws(DatasetError) {
    guard tokens.count == labels.count else {
      throw DatasetError(
        "\(labels.count) labels do not fit \(tokens.count) texts",
        remedy: "Give every text one label.")
    }
    for (index, text) in tokens.enumerated() {
      guard !text.isEmpty else {
        throw DatasetError("text \(index) has no words", remedy: "Leave it out.")
      }
      if let token = text.first(where: { $0 < 1 || Int($0) >= vocabularySize }) {
        throw DatasetError(
          "token \(token) of text \(index) is outside the vocabulary, 1 to \(vocabularySize - 1)",
          remedy: "Index the texts with the vocabulary whose size is given.")
      }
    }
    (self.tokens, self.labels, self.vocabularySize) = (tokens, labels, vocabularySize)
    longestLength = tokens.lazy.map(\.count).max() ?? 0
  }

  /// The words of texts as a vocabulary numbers them.
  ///
  /// - Throws: `DatasetError` if there is not one label for each text, or a text has no words.
  public init(
    _ texts: [String], labels: [Int32], vocabulary: Vocabulary
  ) throws(DatasetError) {
    try self.init(
      tokens: texts.map(vocabulary.indices(of:)), labels: labels, vocabularySize: vocabulary.count)
  }

  /// The first `n` texts, or all of them if there are no more than `n`.
  ///
  /// - Precondition: `n` is not negative.
  public func prefix(_ n: Int) -> TextSet {
    n >= count ? self : TextSet(prefixOf: self, count: n)
  }

  private init(prefixOf whole: TextSet, count: Int) {
    tokens = Array(whole.tokens.prefix(count))
    labels = Array(whole.labels.prefix(count))
    vocabularySize = whole.vocabularySize
    longestLength = tokens.lazy.map(\.count).max() ?? 0
  }
}
