import Formats
import Foundation
import Testing

@Suite("report shows files of any program")
struct ReportFileTests {
  /// Points around as many directions as there are classes; row and spread decide where.
  private func write(
    _ name: String, spread: Double, count: Int = 400, dimension: Int = 2, scores: Bool = false,
    in folder: String
  ) throws {
    var word: UInt64 = 11
    func random() -> Double {
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(word >> 40) / Double(1 << 24) - 0.5
    }
    let (classes, angle) = (8, 2 * Double.pi / 8)
    let labels = (0..<count).map { $0 % classes }
    var (features, logits) = ([Float](), [Float]())
    for label in labels {
      let turn = angle * Double(label) + spread * (random() + random() + random())
      features += [Float(cos(turn)), Float(sin(turn))]
      features += [Float](repeating: 0, count: dimension - 2)
      logits += (0..<classes).map { Float(8 * cos(turn - angle * Double($0))) }
    }
    var file = Safetensors(entries: [
      "labels": .init(labels.map { Int64($0) }, shape: [count]),
      "logits": .init(logits, shape: [count, classes]),
    ])
    if !scores {
      file.entries = [
        "labels": file.entries["labels"]!,
        "features": .init(features, shape: [count, dimension]),
      ]
    }
    try file.write(to: folder + "/" + name)
  }

  private func page(_ arguments: [String], in folder: String) throws -> String {
    let result = try wait(start(["report"] + arguments + ["--output", "page.html"], in: folder))
    #expect(result.code == 0, "\(result.errors)")
    return try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
  }

  @Test("embeddings side by side: which separates best, by how much, and whether that is certain")
  func embeddings() throws {
    try withTemporaryFolder { folder in
      try write("tight", spread: 0.3, in: folder)
      try write("loose", spread: 1.2, dimension: 5, in: folder)
      let page = try page(["loose", "tight"], in: folder)
      #expect(page.contains("tight separates best, and that is certain."))
      #expect(page.contains("percentage points above loose"))
      #expect(page.contains("guessing gives 50 %"))
      for part in ["features", "separation", "numbers", "making"] {
        #expect(page.contains("id=\"\(part)\""), "\(part)")
      }
      for part in ["training", "scores"] { #expect(!page.contains("id=\"\(part)\""), "\(part)") }
      let same = try self.page(["loose", "loose"], in: folder)
      #expect(!same.contains("that is certain"))
    }
  }

  @Test("scores alone, and what is of other samples is not compared")
  func scores() throws {
    try withTemporaryFolder { folder in
      try write("good", spread: 0.5, scores: true, in: folder)
      try write("poor", spread: 1.5, scores: true, in: folder)
      let page = try page(["good", "poor"], in: folder)
      #expect(page.contains("good predicts best, and that is certain."))
      #expect(page.contains("id=\"scores\"") && page.contains("as given"))
      for part in ["features", "separation", "training"] {
        #expect(!page.contains("id=\"\(part)\""), "\(part)")
      }
      try write("fewer", spread: 0.5, count: 320, scores: true, in: folder)
      let others = try self.page(["good", "fewer"], in: folder)
      #expect(others.contains("Which classifier predicts best was not tested."))
      #expect(others.contains("good and fewer: they have 400 and 320 rows"))
    }
  }

  @Test("10,000 points are a page of less than 5 MB")
  func size() throws {
    try withTemporaryFolder { folder in
      try write("many", spread: 0.5, count: 10_000, in: folder)
      let page = try page(["many"], in: folder)
      #expect(page.utf8.count < 5_000_000)
      #expect(page.contains("10,000 of 10,000 points drawn."))
      #expect(page.contains("Pairs by cosine: "))
    }
  }

  @Test("a run and its own embeddings are of the same samples; a file needs --output")
  func mixed() throws {
    try withTemporaryFolder { folder in
      let train = try wait(
        start(
          ["train", "--loss", "cosface", "--output", "a", "--no-tensorboard"] + small, in: folder)
      )
      #expect(train.code == 0, "\(train.errors)")
      let page = try page(["a", "a/embeddings.safetensors"], in: folder)
      #expect(page.contains("These embeddings cannot be told apart on this data."))
      #expect(page.contains("id=\"training\"") && !page.contains("Not compared"))
      let refused = try margin("report", "a/embeddings.safetensors", in: folder)
      #expect(refused.code == 64)
      #expect(refused.errors.contains("a file has no folder for a page: give --output"))
      try AtomicFile.write("a,b,c\n1,2,3\n", to: folder + "/x.csv")
      let bad = try margin("report", "a", "x.csv", "--output", "p.html", in: folder)
      #expect(bad.code == 65)
      #expect(bad.errors.contains("there is no column 'label'"), "\(bad.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/p.html"))
    }
  }
}
