import Datasets
import Formats
import Foundation
import Testing

private let sharedTREC = sharedData("text/trec")
private let hasSharedTREC = FileManager.default.fileExists(atPath: sharedTREC)

@Suite("TREC questions")
struct TRECTests {
  /// Six training and two test questions; "é" in Latin-1, an end of line of each kind.
  private func write(to folder: String, train: String? = nil, test: String? = nil) throws {
    let train =
      train ?? """
        NUM:dist How far ?
        LOC:city Which city has a caf\u{E9} ?\r
        NUM:date When ?
        ABBR:exp What is UN ?
        HUM:ind Who ?
        HUM:desc Who was he ?

        """
    let test = test ?? "HUM:gr Who are they ?\nNUM:date When was it ?"
    for (name, text) in [("train_5500.label", train), ("TREC_10.label", test)] {
      try AtomicFile.write(text.unicodeScalars.map { UInt8($0.value) }, to: folder + "/" + name)
    }
  }

  @Test(
    "The original files: 5,452 and 500 questions with the published class counts",
    .enabled(if: hasSharedTREC, "the original questions are not in ../shared/data/text/trec"))
  func original() throws {
    let set = try TREC.load(DatasetOptions(folder: sharedTREC))
    #expect(set.classNames == ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"])
    #expect((set.train.count, set.test.count) == (5452, 500))
    #expect(set.validation == nil)
    let counts = { (part: TextSet) in (Int32(0)..<6).map { c in part.labels.count { $0 == c } } }
    #expect(counts(set.train) == [86, 1162, 1250, 1223, 835, 896])
    #expect(counts(set.test) == [9, 138, 94, 65, 81, 113])
    #expect((set.train.longestLength, set.test.longestLength) == (37, 17))
    // From an independent count of the words.
    #expect(set.vocabulary.words.count == 8678)
    #expect(set.train.vocabularySize == 8680)
    #expect(set.vocabulary.words.prefix(5) == ["?", "the", "what", "is", "of"])
    // "How did serfdom develop in and then leave Russia ?", "How far is it from Denver to Aspen ?"
    #expect(set.train.tokens[0] == [9, 21, 7660, 2534, 7, 17, 507, 864, 1158, 2])
    #expect(set.test.tokens[0] == [9, 380, 5, 48, 33, 4886, 13, 1, 2])
    #expect(set.test.tokens.joined().count == 3758)
    #expect(set.test.tokens.joined().count { $0 == Vocabulary.unknown } == 317)
    #expect(set.vocabulary.index(of: "sister\u{F0}city") > 1)
  }

  @Test(
    "The original files have 50 fine classes",
    .enabled(if: hasSharedTREC, "the original questions are not in ../shared/data/text/trec"))
  func fine() throws {
    let fine = try TREC.load(DatasetOptions(folder: sharedTREC), level: .fine)
    let coarse = try TREC.load(DatasetOptions(folder: sharedTREC))
    #expect(fine.classNames.count == 50)
    #expect(fine.classNames == fine.classNames.sorted())
    #expect(Set(fine.train.labels).count == 50)
    for (fineLabel, coarseLabel) in zip(fine.train.labels, coarse.train.labels) {
      #expect(
        fine.classNames[Int(fineLabel)].hasPrefix(coarse.classNames[Int(coarseLabel)] + ":"))
    }
    #expect(fine.classNames[Int(fine.train.labels[0])] == "DESC:manner")
    #expect(fine.train.tokens == coarse.train.tokens)
  }

  @Test(
    "The original files are those that a download must bring",
    .enabled(if: hasSharedTREC, "the original questions are not in ../shared/data/text/trec"))
  func digests() throws {
    for file in TREC.published.files {
      let content = try bytes(sharedTREC + "/" + file.name)
      #expect(content.count == file.byteCount)
      #expect(SHA256.digest(of: content) == file.sha256)
    }
  }

  @Test("Questions are Latin-1, and their words those of the training part")
  func reading() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let set = try TREC.load(DatasetOptions(folder: folder))
      #expect(set.train.labels == [5, 4, 5, 0, 3, 3])
      #expect(set.test.labels == [3, 5])
      #expect(set.vocabulary.index(of: "caf\u{E9}") > 1)
      #expect(set.vocabulary.word(at: 2) == "?")
      #expect(set.test.tokens[0] == ["who", "are", "they", "?"].map(set.vocabulary.index))
      #expect(set.test.tokens[0].count { $0 == Vocabulary.unknown } == 2)
      let fine = try TREC.load(
        DatasetOptions(folder: folder), level: .fine,
        vocabulary: .init(limit: 1, tokenizer: Tokenizer(lowercases: false)))
      #expect(fine.test.labels.map { fine.classNames[Int($0)] } == ["HUM:gr", "NUM:date"])
      #expect(fine.train.vocabularySize == 3)
      #expect(fine.test.tokens == [[1, 1, 1, 2], [1, 1, 1, 2]])
    }
  }

  @Test("The first texts are taken on request, and no more than there are")
  func counts() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let set = try TREC.load(DatasetOptions(folder: folder, trainCount: 2, testCount: 1))
      #expect((set.train.labels, set.test.labels) == ([5, 4], [3]))
      // The vocabulary is of the texts that are trained with.
      #expect(set.vocabulary.index(of: "when") == Vocabulary.unknown)
      for count in [-1, 0, 7, .max] {
        let text = message {
          _ = try TREC.load(DatasetOptions(folder: folder, trainCount: count))
        }
        #expect(text.contains("\(count) texts were asked for, and there are 6"), "\(text)")
      }
    }
  }

  @Test("A validation part is drawn by the seed, and its words are not learned")
  func validation() throws {
    try withTemporaryFolder { folder in
      let names = (0..<40).map { "NUM:other w\($0) ?\n" }
      try write(to: folder, train: names.joined() + "HUM:ind Who ?\n")
      func load(_ seed: UInt64, _ count: Int = 12) throws -> TextParts {
        try TREC.load(DatasetOptions(folder: folder, seed: seed), validationCount: count)
      }
      let set = try load(1)
      let validation = try #require(set.validation)
      #expect((set.train.count, validation.count) == (29, 12))
      // Each text has a word of its own: what is not learned was in the other part.
      #expect(set.vocabulary.words.count == 30)
      #expect(validation.tokens.allSatisfy { $0[0] == Vocabulary.unknown })
      #expect(set.train.tokens.allSatisfy { $0[0] != Vocabulary.unknown })
      #expect(try load(1).vocabulary == set.vocabulary)
      #expect(try load(2).vocabulary != set.vocabulary)
      #expect(try load(1, 40).train.count == 1)
      for count in [-1, 41, .max] {
        let text = message { _ = try load(1, count) }
        #expect(text.contains("\(count) of 41 texts cannot be split off"), "\(text)")
      }
    }
  }

  @Test("Errors name the file and the line, what was found, and what was expected")
  func malformed() throws {
    let cases = [
      ("NUM:dist How ?\nNUM:dits How ?\n", "line 2", "found 'NUM:dits How ?', expected a class of"),
      ("NUM:dits How ?\n", "line 1", "NUM: code, count, date, dist"),
      ("XYZ:dist How ?\n", "line 1", "ABBR, DESC, ENTY, HUM, LOC, NUM"),
      ("NUM How ?\n", "line 1", "expected a class of NUM"),
      ("NUM:dist\n", "line 1", "found 'NUM:dist', expected a class and the words"),
      ("NUM:dist  \t\n", "line 1", "the words of a question"),
      ("NUM:dist How ?\n\nNUM:dist How ?\n", "line 2", "found ''"),
      ("", nil, "the file is empty"), ("\n\n", nil, "the file is empty"),
    ]
    for (text, place, problem) in cases {
      try withTemporaryFolder { folder in
        try write(to: folder, test: text)
        let error = #expect(throws: FileError.self) {
          try TREC.load(DatasetOptions(folder: folder))
        }
        #expect(error?.kind == .malformed)
        #expect(error?.path == folder + "/TREC_10.label")
        #expect(error?.place == place, "\(text)")
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
        #expect(error?.remedy != nil)
      }
    }
  }

  @Test("What is missing is named, beside the folder, the files and their address")
  func missing() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      try FileManager.default.removeItem(atPath: folder + "/TREC_10.label")
      for (path, problem) in [
        (folder, "TREC_10.label is missing; expected the 2 files train_5500.label, TREC_10.label"),
        (folder + "/nowhere", "no such folder"),
        (folder + "/train_5500.label", "no such folder"),
      ] {
        let error = #expect(throws: FileError.self) { try TREC.load(DatasetOptions(folder: path)) }
        #expect(error?.kind == .missing)
        #expect(error?.path == path)
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
        let text = String(describing: error)
        #expect(text.contains("https://cogcomp.seas.upenn.edu/Data/QA/QC/"))
        #expect(text.contains("train_5500.label"))
      }
    }
  }

  @Test("Without a folder: from the cache, after downloading once what is not there")
  func cache() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/origin", withIntermediateDirectories: true)
      try write(to: folder + "/origin")
      var replies: [String: LoopbackServer.Reply] = [:]
      let files = try TREC.published.files.map { file in
        let content = try bytes(folder + "/origin/" + file.name)
        replies["qc/" + file.name] = .init(body: content)
        return RemoteFile(
          name: file.name, byteCount: content.count, sha256: SHA256.digest(of: content))
      }
      let server = try LoopbackServer(replies)
      defer { server.stop() }
      func load(_ mirror: URL) throws -> TextParts {
        try TREC.load(
          DatasetOptions(), cache: folder + "/cache/trec",
          published: PublishedFiles(files: files, mirrors: [mirror]))
      }
      let dead = try LoopbackServer.deadURL()
      let error = #expect(throws: FileError.self) { try load(dead) }
      #expect(error?.kind == .missing)
      #expect(error?.remedy?.contains("train_5500.label, TREC_10.label") == true)
      #expect(contents(of: folder) == ["origin"])
      #expect(try load(server.url("qc")).train.count == 6)
      #expect(server.requests.count == 2)
      #expect(try load(dead).test.count == 2)
    }
  }
}
