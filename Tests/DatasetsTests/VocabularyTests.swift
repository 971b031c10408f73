import Datasets
import Foundation
import Testing

@Suite("Vocabularies and sets of texts")
struct VocabularyTests {
  let texts = ["b a a C", "c b d", "  ", "a\tB\u{A0}e "]

  @Test("Words come by frequency, then by the alphabet; 0 is padding and 1 what is not known")
  func order() {
    let vocabulary = Vocabulary(of: texts)
    #expect(vocabulary.words == ["a", "b", "c", "d", "e"])
    #expect(vocabulary.count == 7)
    #expect(vocabulary.indices(of: "E x a\n A <padding>") == [6, 1, 2, 2, 1])
    #expect(vocabulary.indices(of: " \t").isEmpty)
    #expect(vocabulary.index(of: "C") == 1)
    let words = (Int32(-1)...7).map(vocabulary.word)
    #expect(words == [nil, "<padding>", "<unknown>", "a", "b", "c", "d", "e", nil])
  }

  @Test("The case of letters can be kept")
  func letterCase() {
    let options = Vocabulary.Options(tokenizer: Tokenizer(lowercases: false))
    let vocabulary = Vocabulary(of: texts, options: options)
    #expect(vocabulary.words == ["a", "b", "B", "C", "c", "d", "e"])
    #expect(vocabulary.indices(of: "c C A") == [6, 5, 1])
  }

  @Test("A limit keeps the most frequent words, a minimum count drops rare ones")
  func limits() {
    func words(_ limit: Int, _ minimumCount: Int) -> [String] {
      Vocabulary(of: texts, options: .init(limit: limit, minimumCount: minimumCount)).words
    }
    #expect(words(4, 1) == ["a", "b", "c", "d"])
    #expect(words(10, 2) == ["a", "b", "c"])
    #expect(words(2, 2) == ["a", "b"])
    #expect(words(10, 4).isEmpty)
    #expect(words(0, 1).isEmpty)
    #expect(Vocabulary(of: [String]()).count == 2)
  }

  @Test("The order of the texts does not matter")
  func determinism() {
    var random = SystemRandomNumberGenerator()
    let words = (0..<300).map { "w\($0 % 97)" }
    let expected = Vocabulary(of: [words.joined(separator: " ")])
    for _ in 0..<5 {
      #expect(Vocabulary(of: words.shuffled(using: &random)) == expected)
    }
  }

  @Test("What was encoded is decoded; a vocabulary with a word that comes twice is refused")
  func coding() throws {
    let vocabulary = Vocabulary(
      of: ["é naïve \"x\" \\"], options: .init(tokenizer: Tokenizer(lowercases: false)))
    let data = try JSONEncoder().encode(vocabulary)
    let decoded = try JSONDecoder().decode(Vocabulary.self, from: data)
    #expect(decoded == vocabulary)
    #expect(decoded.indices(of: "\\ É é") == vocabulary.indices(of: "\\ É é"))
    for words in [#"["a", "b", "a"]"#, #"["a", ""]"#, "[1]"] {
      let text = #"{"tokenizer": {"lowercases": true}, "words": \#(words)}"#
      #expect(throws: DecodingError.self, "\(words)") {
        try JSONDecoder().decode(Vocabulary.self, from: Data(text.utf8))
      }
    }
  }

  @Test("A set of texts knows its longest, and gives its first")
  func textSet() throws {
    let set = try TextSet(
      ["a b", "x a d e", "b"], labels: [1, 0, 1], vocabulary: Vocabulary(of: texts))
    #expect(set.tokens == [[2, 3], [1, 2, 5, 6], [3]])
    #expect((set.count, set.vocabularySize, set.longestLength) == (3, 7, 4))
    let first = set.prefix(1)
    #expect(first.tokens == [[2, 3]])
    #expect((first.labels, first.vocabularySize, first.longestLength) == ([1], 7, 2))
    #expect(set.prefix(3) == set)
    #expect(set.prefix(9) == set)
    #expect(set.prefix(0).longestLength == 0)
  }

  @Test("Texts without words, without labels, or of tokens outside the vocabulary are refused")
  func refusals() {
    let cases: [([[Int32]], [Int32], String)] = [
      ([[2], []], [0, 1], "text 1 has no words"),
      ([[2]], [0, 1], "2 labels do not fit 1 texts"),
      ([[2], [1, 4]], [0, 1], "token 4 of text 1 is outside the vocabulary, 1 to 3"),
      ([[0]], [0], "token 0 of text 0"), ([[-1]], [0], "token -1 of text 0"),
    ]
    for (tokens, labels, expected) in cases {
      let text = message { _ = try TextSet(tokens: tokens, labels: labels, vocabularySize: 4) }
      #expect(text.contains(expected), "\(text)")
    }
  }
}
