/// The words that a model knows, and their indices: 0 is padding, 1 any word that is not known, and
/// from 2 on come the words, the most frequent first.
///
/// It is made of the training texts alone. A trained model is worth nothing without its vocabulary,
/// which is why it can be encoded, with its tokenizer: what is decoded gives every text the same
/// indices.
public struct Vocabulary: Sendable, Equatable {
  /// What a vocabulary takes in.
  public struct Options: Sendable, Hashable {
    /// The most words, not counting padding and the unknown one.
    public var limit: Int
    /// How often a word must come in the training texts.
    public var minimumCount: Int
    public var tokenizer: Tokenizer

    public init(
      limit: Int = 10_000, minimumCount: Int = 1, tokenizer: Tokenizer = Tokenizer()
    ) {
      (self.limit, self.minimumCount, self.tokenizer) = (limit, minimumCount, tokenizer)
    }
  }

  /// The index that fills up short texts.
  public static let padding: Int32 = 0
  /// The index of all words that are not known.
  public static let unknown: Int32 = 1
  private static let firstWord = 2

  /// Word `i` has the index `i + 2`.
  public let words: [String]
  public let tokenizer: Tokenizer
  private let indices: [String: Int32]

  /// The number of indices: the words, padding, and the unknown one.
  public var count: Int { words.count + Self.firstWord }

  /// The most frequent words of the texts; among equally frequent ones the first by the alphabet
  /// (Unicode's order). Equal texts give equal vocabularies.
  ///
  /// - Precondition: The options' limit is from 0 to 2³⁰.
  public init(of texts: some Sequence<String>, options: Options = Options()) {
    precondition((0...(1 << 30)).contains(options.limit), "the limit is outside 0...2³⁰")
    var counts: [String: Int] = [:]
    for text in texts {
      for word in options.tokenizer.words(of: text) { counts[word, default: 0] += 1 }
    }
    let words = counts.filter { $0.value >= options.minimumCount }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(options.limit).map(\.key)
    self.init(distinct: words, tokenizer: options.tokenizer)
  }

  private init(distinct words: [String], tokenizer: Tokenizer) {
    (self.words, self.tokenizer) = (words, tokenizer)
    indices = Dictionary(
      uniqueKeysWithValues: words.enumerated().map { ($1, Int32($0 + Self.firstWord)) })
  }

  /// The index of a word, which must be as the tokenizer gives it; `unknown` if it has none.
  public func index(of word: String) -> Int32 { indices[word] ?? Self.unknown }

  /// The indices of the words of a text; none if it is blank.
  public func indices(of text: String) -> [Int32] { tokenizer.words(of: text).map(index(of:)) }

  /// The word of an index, "<padding>" for 0 and "<unknown>" for 1; nil outside `0..<count`.
  public func word(at index: Int32) -> String? {
    switch index {
    case Self.padding: "<padding>"
    case Self.unknown: "<unknown>"
    case Int32(Self.firstWord)..<Int32(count): words[Int(index) - Self.firstWord]
    default: nil
    }
  }
}

extension Vocabulary: Codable {
  private enum CodingKeys: CodingKey { case words, tokenizer }

  /// - Throws: `DecodingError` if a word is empty or comes twice, besides what is not as encoded.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let words = try values.decode([String].self, forKey: .words)
    guard !words.contains(""), Set(words).count == words.count, words.count <= 1 << 30 else {
      throw DecodingError.dataCorruptedError(
        forKey: .words, in: values,
        debugDescription: "the vocabulary has an empty word, or one that comes twice")
    }
    self.init(
      distinct: words, tokenizer: try values.decode(Tokenizer.self, forKey: .tokenizer))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(words, forKey: .words)
    try values.encode(tokenizer, forKey: .tokenizer)
  }
}
