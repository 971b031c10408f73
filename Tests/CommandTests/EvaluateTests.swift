import Formats
import Foundation
import Testing

@Suite("evaluate judges features and scores")
struct EvaluateTests {
  /// 12 classes of 10 samples around directions of their own, 6 features.
  private func features(spread: Float, singles: Int = 0) -> (values: [Float], labels: [Int64]) {
    var word: UInt64 = 7
    func random() -> Float {
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(word >> 40) / Float(1 << 24) - 0.5
    }
    let centers = (0..<12 + singles).map { _ in (0..<6).map { _ in random() } }
    var (values, labels) = ([Float](), [Int64]())
    for label in centers.indices {
      for _ in 0..<(label < 12 ? 10 : 1) {
        values += centers[label].map { $0 + spread * random() }
        labels.append(Int64(label))
      }
    }
    return (values, labels)
  }

  private func write(
    _ entries: [String: Safetensors.Entry], _ metadata: [String: String] = [:], to path: String
  ) throws {
    try Safetensors(entries: entries, metadata: metadata).write(to: path)
  }

  private func object(_ result: CommandResult) throws -> [String: Any] {
    #expect(result.code == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(object as? [String: Any])
  }

  private func results(_ result: CommandResult) throws -> [String: Any] {
    try #require((object(result)["results"] as? [[String: Any]])?.first)
  }

  @Test("features of any program by every protocol, from safetensors and from a table alike")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let (values, labels) = features(spread: 0.5, singles: 30)
      let count = labels.count
      try write(
        [
          "embeddings": .init(values, shape: [count, 6]), "labels": .init(labels, shape: [count]),
        ], to: folder + "/f.safetensors")
      let found = try results(margin("evaluate", "f.safetensors", "--json", in: folder))
      #expect(
        Set(["verification", "allPairs", "identification", "retrieval", "geometry"])
          .isSubset(of: found.keys))
      let retrieval = try #require(found["retrieval"] as? [String: Any])
      #expect(retrieval["queryCount"] as? Int == 120)
      #expect(retrieval["withoutMateCount"] as? Int == 30)
      let identification = try #require(found["identification"] as? [String: Any])
      #expect(identification["strangerCount"] as? Int == 30)

      var table = "label,name,a,b,c,d,e,f\n"
      for row in 0..<count {
        let cells = (0..<6).map { "\(values[row * 6 + $0])" }.joined(separator: ",")
        table += "class \(labels[row] + 100),picture \(row),\(cells)\n"
      }
      try AtomicFile.write(table, to: folder + "/f.csv")
      let other = try results(
        margin("evaluate", "f.csv", "--protocol", "retrieval", "--json", in: folder))
      #expect(
        try JSONSerialization.data(withJSONObject: other["retrieval"]!, options: .sortedKeys)
          == JSONSerialization.data(withJSONObject: retrieval, options: .sortedKeys))
    }
  }

  @Test("two inputs by paired tests: the better one where the items tell, else neither")
  func comparison() throws {
    try withTemporaryFolder { folder in
      for (name, spread) in [("tight", Float(0.3)), ("loose", 2)] {
        let (values, labels) = features(spread: spread)
        try write(
          ["features": .init(values, shape: [120, 6]), "labels": .init(labels, shape: [120])],
          to: folder + "/" + name)
      }
      let text = try margin(
        "evaluate", "loose", "tight", "--protocol", "retrieval", in: folder)
      #expect(text.output.contains("Recall@1: tight is better than loose by"), "\(text.output)")
      let (values, labels) = features(spread: 1)
      try write(
        [
          "features": .init(values, shape: [120, 6]),
          "labels": .init(Array(labels.reversed()), shape: [120]),
        ], to: folder + "/others")
      let others = try margin(
        "evaluate", "tight", "others", "--protocol", "retrieval", in: folder)
      #expect(others.code == 65)
      #expect(others.errors.contains("row 0 (counted from 0) has the label 0 in the one and 11"))
      let same = try margin(
        "evaluate", "tight", "tight", "--protocol", "retrieval", in: folder)
      #expect(same.output.contains("cannot be told apart"))
    }
  }

  @Test("a gallery of its own: probes of its classes are identified, others are strangers")
  func gallery() throws {
    try withTemporaryFolder { folder in
      let (values, labels) = features(spread: 0.3)
      // One of each of the first eight classes is known; of the other four nobody.
      let known = (0..<8).map { $0 * 10 }
      let probes = (0..<120).filter { !known.contains($0) }
      func write(_ rows: [Int], to name: String) throws {
        try self.write(
          [
            "features": .init(
              rows.flatMap { values[$0 * 6..<$0 * 6 + 6] }, shape: [rows.count, 6]),
            "labels": .init(rows.map { labels[$0] }, shape: [rows.count]),
          ], to: folder + "/" + name)
      }
      try write(known, to: "gallery")
      try write(probes, to: "probes")
      let found = try results(
        margin("evaluate", "probes", "--gallery", "gallery", "--json", in: folder))
      #expect(Set(found.keys) == ["identification", "retrieval", "name", "notJudged"])
      let identification = try #require(found["identification"] as? [String: Any])
      #expect(identification["galleryCount"] as? Int == 8)
      #expect(identification["mateCount"] as? Int == 72)
      #expect(identification["strangerCount"] as? Int == 40)
      let rates = try #require(identification["matchRates"] as? [[String: Any]])
      let first = try #require((rates[0]["share"] as? [String: Double])?["value"])
      let retrieval = try #require(found["retrieval"] as? [String: Any])
      #expect(retrieval["queryCount"] as? Int == 72)
      let recall = try #require((retrieval["recalls"] as? [[String: Any]])?[0]["share"])
      // The nearest of the gallery is the mate: the same question.
      #expect((recall as? [String: Double])?["value"] == first)
      #expect(first > 0.9)

      // By names, whose numbers differ from file to file.
      func table(_ rows: [Int]) -> String {
        rows.reduce(into: "label,a,b,c,d,e,f\n") { text, row in
          let cells = values[row * 6..<row * 6 + 6].map { "\($0)" }.joined(separator: ",")
          text += "person \(99 - labels[row]),\(cells)\n"
        }
      }
      try AtomicFile.write(table(known), to: folder + "/gallery.csv")
      try AtomicFile.write(table(probes), to: folder + "/probes.csv")
      let named = try results(
        margin("evaluate", "probes.csv", "--gallery", "gallery.csv", "--json", in: folder))
      func data(_ results: [String: Any]) throws -> Data {
        try JSONSerialization.data(
          withJSONObject: results["identification"]!, options: .sortedKeys)
      }
      #expect(try data(named) == data(found))
    }
  }

  @Test("a gallery that does not fit is told exactly")
  func badGallery() throws {
    try withTemporaryFolder { folder in
      let labels = Safetensors.Entry([0, 1] as [Int64], shape: [2])
      func write(_ name: String, _ values: [Float], labels: Safetensors.Entry?) throws {
        var entries = ["features": Safetensors.Entry(values, shape: [2, values.count / 2])]
        entries["labels"] = labels
        try self.write(entries, to: folder + "/" + name)
      }
      try write("probes", [1, 2, 3, 4], labels: labels)
      try write("wide", [1, 2, 3, 4, 5, 6], labels: labels)
      try write("none", [1, 2, 3, 4], labels: nil)
      try write("nan", [1, 2, 3, .nan], labels: labels)
      try write("unknown", [1, 2, 3, 4], labels: .init([0, -1] as [Int64], shape: [2]))
      try write("others", [1, 2, 3, 4], labels: .init([7, 8] as [Int64], shape: [2]))
      try AtomicFile.write("label,a,b\nx,1,2\ny,3,4\n", to: folder + "/named.csv")
      for (gallery, words) in [
        ("wide", "wide: the gallery has 3 features and probes 2: embed both with the same network"),
        ("none", "none: there are no labels; there is 'features'"),
        ("nan", "nan: feature 1 of row 1 (both counted from 0) is nan, not a finite number"),
        ("unknown", "unknown: row 1 (counted from 0) of the gallery has no class"),
        ("named.csv", "named.csv names them and probes numbers them"),
      ] {
        let result = try margin("evaluate", "probes", "--gallery", gallery, in: folder)
        #expect(result.code == 65, "\(gallery)")
        #expect(result.errors.contains(words), "\(result.errors)")
      }
      let none = try margin(
        "evaluate", "probes", "--gallery", "others", "--protocol", "identification", in: folder)
      #expect(none.code == 65)
      #expect(none.errors.contains("no probe has a mate in the gallery"), "\(none.errors)")
      let missing = try margin("evaluate", "probes", "--gallery", "nobody", in: folder)
      #expect(missing.code == 66)
    }
  }

  @Test("more scores than are held at once: the same numbers, and what is left out is said")
  func manyScores() throws {
    try withTemporaryFolder { folder in
      let (values, labels) = features(spread: 1.5)
      // Any scores of 12 classes will do.
      let logits = (0..<120 * 12).map { values[$0 % values.count] * Float($0 % 7) }
      try write(
        ["logits": .init(logits, shape: [120, 12]), "labels": .init(labels, shape: [120])],
        to: folder + "/s")
      let whole = try results(margin("evaluate", "s", "--json", in: folder))
      let text = try margin("evaluate", "s", "--score-limit", "1439", in: folder)
      #expect(
        text.output.contains(
          "Not judged: areas under the ROC of the classes: the 120 × 12 scores are judged a block at a "
            + "time, since they are more than the 1439 that are held at once"), "\(text.output)")
      #expect(!text.output.contains("one class against the rest"))
      let parts = try results(
        margin("evaluate", "s", "--score-limit", "1439", "--json", in: folder))
      for (part, keys) in [
        ("classification", ["accuracy", "balancedAccuracy", "negativeLogLikelihood"]),
        ("calibration", ["equalWidthError", "equalMassError", "brierScore"]),
      ] {
        let (a, b) = (whole[part] as? [String: Any], parts[part] as? [String: Any])
        for key in keys {
          let value = try #require(a?[key] as? [String: Double])
          #expect(value == b?[key] as? [String: Double], "\(key)")
        }
      }
      let scalings = try #require((parts["calibration"] as? [String: Any])?["scalings"] as? [Any])
      #expect(scalings.isEmpty)
      #expect((whole["notJudged"] as? [String: String]) == [:])
      #expect((parts["notJudged"] as? [String: String])?.count == 2)
    }
  }

  @Test("--output gives a page and figures, of features and of scores alone")
  func page() throws {
    try withTemporaryFolder { folder in
      let (values, labels) = features(spread: 0.5)
      try write(
        ["features": .init(values, shape: [120, 6]), "labels": .init(labels, shape: [120])],
        to: folder + "/f")
      let result = try margin(
        "evaluate", "f", "--protocol", "geometry", "--output", "judged", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let page = try String(contentsOfFile: folder + "/judged/report.html", encoding: .utf8)
      #expect(page.contains("How well does f separate the classes?"))
      #expect(page.contains("Whether another embedding does better cannot be said of one alone."))
      #expect(!page.contains("id=\"training\"") && !page.contains("id=\"scores\""))
    }
  }

  @Test("an operating point is stored, and refused where the pairs are too few to tell it")
  func operatingPoint() throws {
    try withTemporaryFolder { folder in
      let (values, labels) = features(spread: 0.6)
      let names = (0..<120).map { "c\($0 / 10)/c\($0 / 10)_000\($0 % 10)" }
      let json = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
      try write(
        ["features": .init(values, shape: [120, 6]), "labels": .init(labels, shape: [120])],
        ["names": json], to: folder + "/f")
      var lines = ["2\t50"]
      for fold in 0..<2 {
        for k in 0..<50 { lines.append("c\(k % 6 + fold * 6)\t\(k % 5)\t\(k % 5 + 2)") }
        for k in 0..<50 {
          lines.append("c\(k % 6 + fold * 6)\t\(k % 10)\tc\((k + 1) % 6 + fold * 6)\t\(k * 3 % 10)")
        }
      }
      try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: folder + "/pairs.txt")
      let found = try margin(
        "evaluate", "f", "--pairs", "pairs.txt", "--similarity", "cosine", "--operating-point",
        "0.1", "--output", "judged", in: folder)
      #expect(found.code == 0, "\(found.errors)")
      let data = try Data(contentsOf: URL(filePath: folder + "/judged/operating-point.json"))
      let point = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(point["measure"] as? String == "cosine")
      let rate = try #require((point["falseAcceptRate"] as? [String: Double])?["value"])
      #expect(rate <= 0.1 && rate > 0)

      let refused = try margin(
        "evaluate", "f", "--pairs", "pairs.txt", "--operating-point", "0.001", "--output", "x",
        in: folder)
      #expect(refused.code == 65)
      #expect(refused.errors.contains("not resolvable with 100 pairs"), "\(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/x"))

      try AtomicFile.write(
        lines.joined(separator: "\n").replacing("c3\t1\t3", with: "nobody\t1\t3") + "\n",
        to: folder + "/wrong.txt")
      let missing = try margin("evaluate", "f", "--pairs", "wrong.txt", in: folder)
      #expect(missing.code == 65)
      #expect(
        missing.errors.contains("wrong.txt names 2 pictures that are not among the 120 rows"),
        "\(missing.errors)")
    }
  }

  @Test("what cannot be judged is told exactly")
  func badInput() throws {
    try withTemporaryFolder { folder in
      func expect(
        _ arguments: [String], _ code: Int32, _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        let result = try wait(start(["evaluate"] + arguments, in: folder))
        #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(
          result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
      }
      let labels = Safetensors.Entry([0, 0, 1, 1] as [Int64], shape: [4])
      try write(
        [
          "features": .init([1, 2, 3, .nan, 5, 6, 7, 8] as [Float], shape: [4, 2]),
          "labels": labels,
        ],
        to: folder + "/nan")
      try expect(
        ["nan", "--protocol", "geometry"], 65,
        "nan: feature 1 of row 1 (both counted from 0) is nan, not a finite number")
      try write(
        [
          "features": .init([1, 2, 3, 4, 5, 6, 7, 8] as [Float], shape: [4, 2]),
          "labels": .init([0, 0, 0, 0] as [Int64], shape: [4]),
        ], to: folder + "/one")
      try expect(["one", "--protocol", "verification"], 65, "need 40 samples, not 4")
      try write(
        [
          "probabilities": .init([0.5, 0.5, 0.9, 0.3] as [Float], shape: [2, 2]),
          "labels": .init([0, 1] as [Int64], shape: [2]),
        ], to: folder + "/sum")
      try expect(["sum"], 65, "the probabilities of row 1 sum to 1.19")
      try write(
        ["logits": .init([1, 2, 3, 4] as [Float], shape: [2, 2]), "labels": labels],
        to: folder + "/lengths")
      try expect(["lengths"], 65, "there are 4 labels for 2 rows")
      try write(
        [
          "logits": .init([1, 2, 3, 4] as [Float], shape: [2, 2]),
          "labels": .init([0, 2] as [Int64], shape: [2]),
        ], to: folder + "/label")
      try expect(["label"], 65, "the label 2 of row 1 is not one of the 2 classes")
      try write(["labels": labels], to: folder + "/nothing")
      try expect(["nothing"], 65, "there are no features, logits or probabilities")
      try AtomicFile.write("a,b,c\n1,2,3\n4,5,6\n", to: folder + "/three.csv")
      try expect(["three.csv"], 65, "there is no column 'label' among 'a', 'b', 'c'")
      try expect(["nowhere.npz"], 66, "there is no such file, and no run")
      try expect(["nan", "--array", "speed=x"], 64, "--array is ROLE=NAME")
      try expect(["nan", "--pairs", "p", "--false-accept-rate", "2"], 64, "below 1, not 2")
      try expect(
        ["one", "--protocol", "classification"], 65, "there are no logits or probabilities")
    }
  }

  @Test(
    "calibration of published scores: the figures of the data's page",
    .enabled(
      if: FileManager.default.fileExists(atPath: "../shared/data/logits"),
      "../shared/data/logits is not there"),
    arguments: [
      ("lenet-5-cifar-10", 0.5308, 0.1079, 1.374),
      ("wideresnet-16-4-cifar-100", 0.7543, 0.0581, 1.110),
    ])
  func published(name: String, accuracy: Double, error: Double, temperature: Double) throws {
    let path = FileManager.default.currentDirectoryPath + "/../shared/data/logits/\(name).npz"
    let found = try results(
      margin(
        "evaluate", path, "--protocol", "classification", "--protocol", "calibration",
        "--replicates", "20", "--json"))
    func value(_ part: String, _ key: String) throws -> Double {
      let numbers = try #require(found[part] as? [String: Any])
      return try #require((numbers[key] as? [String: Double])?["value"])
    }
    #expect(try value("classification", "accuracy") == accuracy)
    #expect(abs(try value("calibration", "equalWidthError") - error) < 5e-5)
    let calibration = try #require(found["calibration"] as? [String: Any])
    let scaled = try #require((calibration["scalings"] as? [[String: Any]])?.first)
    let scaling = try #require(scaled["scaling"] as? [String: Any])
    #expect(abs(1 / (scaling["factors"] as! [Double])[0] - temperature) < 1e-3)
  }

  @Test(
    "grey pixels of Labeled Faces in the Wild: 65.3 % as they are, 68.7 % centred",
    .enabled(
      if: FileManager.default.fileExists(atPath: "../shared/data/lfw"),
      "../shared/data/lfw is not there"))
  func faces() throws {
    let data = FileManager.default.currentDirectoryPath + "/../shared/data/lfw"
    try withTemporaryFolder { folder in
      let tar = Process()
      tar.executableURL = URL(filePath: "/usr/bin/env")
      tar.arguments = ["tar", "xJf", data + "/lfw3d_frontalized_90x90.tar.xz", "-C", folder]
      try tar.run()
      tar.waitUntilExit()
      try #require(tar.terminationStatus == 0)
      let pictures = try #require(
        FileManager.default.contentsOfDirectory(atPath: folder).first)
      for (options, expected) in [([], 0.653), (["--center"], 0.687)] {
        let embedded = try wait(
          start(
            ["embed", "--pixels", "--input", pictures, "--output", "e"] + options, in: folder))
        #expect(embedded.code == 0, "\(embedded.errors)")
        let found = try results(
          margin(
            "evaluate", "e", "--pairs", data + "/pairs.txt", "--similarity", "cosine",
            "--replicates", "20", "--json", in: folder))
        let verification = try #require((found["verification"] as? [[String: Any]])?.first)
        let accuracy = try #require((verification["accuracy"] as? [String: Double])?["value"])
        #expect(abs(accuracy - expected) < 0.003)
      }
    }
  }
}
