import Formats
import Foundation
import Testing

@Suite("The commands do their job", .serialized)
struct CommandTests {
  @Test("bench times a work, holds what comes out against float64, and prints rows")
  func bench() throws {
    struct Row: Decodable {
      let work, shape, implementation: String
      let milliseconds: Double
      let ratio: Double?
      let peakMegabytes: Int?
      let error: Double?
    }
    try withTemporaryFolder { folder in
      let result = try margin(
        "bench", "triplet, semi-hard 1024·128", "--rounds", "1", "--json", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let rows = try JSONDecoder().decode([Row].self, from: Data(result.output.utf8))
      #expect(rows.map(\.implementation) == ["bare products", "margin"])
      #expect(rows.allSatisfy { $0.shape == "1024·128" && $0.milliseconds > 0 && $0.ratio != nil })
      #expect(try #require(rows.last?.error) < 1e-3)

      #expect(try margin("bench", "--list", in: folder).output.contains("arcface 256·512·100000"))
      #expect(try margin("bench", "no such work", in: folder).code == 64)
      #expect(try margin("bench", "--rounds", "0", in: folder).code == 64)
    }
  }

  @Test("compare trains each loss and ends with a table and a page")
  func compare() throws {
    try withTemporaryFolder { folder in
      let arguments =
        ["compare", "--losses", "softmax,arcface:margin=0.2,softmax+center", "--output", "runs/c"]
        + small
      let result = try wait(start(arguments, in: folder))
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("Test accuracy %"))
      #expect(result.output.hasSuffix("runs/c/report.html\n"))
      let files = contents(folder + "/runs/c")
      for run in ["softmax", "arcface:margin=0.2", "softmax+center"] {
        for file in ["run.json", "metrics.jsonl", "summary.json", "embeddings.safetensors"] {
          #expect(files.contains("\(run)/\(file)"))
        }
        #expect(files.contains("figures/\(run).svg"))
      }
      #expect(files.contains("report.html"))
      #expect(!files.contains { $0.hasSuffix(".tmp") })

      // The same command with --resume finds all done and changes no number.
      let summary = try String(contentsOfFile: folder + "/runs/c/summary.json", encoding: .utf8)
      let again = try wait(start(arguments + ["--resume"], in: folder))
      #expect(again.code == 0, "\(again.errors)")
      #expect(again.output == result.output)
      #expect(
        try String(contentsOfFile: folder + "/runs/c/summary.json", encoding: .utf8) == summary)

      let report = try margin(
        "report", "runs/c/softmax", "runs/c/arcface:margin=0.2", "--output", "both.html",
        in: folder)
      #expect(report.code == 0, "\(report.errors)")
      #expect(try String(contentsOfFile: folder + "/both.html", encoding: .utf8).contains("<svg"))
    }
  }

  @Test("a loss of pairs alone is trained, compared and evaluated by neighbours")
  func withoutHead() throws {
    try withTemporaryFolder { folder in
      let result = try wait(
        start(["compare", "--losses", "triplet", "--output", "c"] + small, in: folder))
      #expect(result.code == 0, "\(result.errors)")
      let evaluated = try margin("evaluate", "c/triplet", in: folder)
      #expect(evaluated.code == 0, "\(evaluated.errors)")
      #expect(evaluated.output.contains("Recall@1"))
      #expect(!evaluated.output.contains("calibration"))
      let report = try margin("report", "c/triplet", "--output", "one.html", in: folder)
      #expect(report.code == 0, "\(report.errors)")
    }
  }

  @Test("compare over seeds gives means with intervals")
  func seeds() throws {
    try withTemporaryFolder { folder in
      let result = try wait(
        start(
          ["compare", "--losses", "softmax", "--seeds", "2", "--output", "s"] + small, in: folder))
      #expect(result.code == 0, "\(result.errors)")
      #expect(contents(folder + "/s").contains("softmax-seed2/run.json"))
      #expect(result.output.contains("±"))
    }
  }

  @Test("train, then evaluate: the same accuracy, every protocol, as text and as JSON")
  func trainAndEvaluate() throws {
    try withTemporaryFolder { folder in
      let train = try wait(
        start(
          ["train", "--loss", "cosface", "--output", "a", "--features", "3"] + small, in: folder))
      #expect(train.code == 0, "\(train.errors)")
      let text = try margin("evaluate", "a", in: folder)
      #expect(text.code == 0, "\(text.errors)")
      #expect(text.output.contains("smallest angle between class centres"))
      func results(_ result: CommandResult) throws -> [String: Any] {
        let object = try json(result) as? [String: Any]
        return try #require((object?["results"] as? [[String: Any]])?.first)
      }
      let object = try results(margin("evaluate", "a", "--json", in: folder))
      // The user's word wins over the run's own.
      func threads(_ result: CommandResult) throws -> Int? {
        (try json(result) as? [String: Any])?["threads"] as? Int
      }
      let geometry = ["evaluate", "a", "--protocol", "geometry", "--json"]
      #expect(try threads(wait(start(geometry, in: folder))) == 1)
      #expect(try threads(wait(start(geometry + ["--threads", "2"], in: folder))) == 2)
      let classification = object["classification"] as? [String: Any]
      let accuracy = try #require((classification?["accuracy"] as? [String: Double])?["value"])
      #expect(train.output.contains(String(format: "%.2f", accuracy * 100)))
      // The cosine, and the others as they are and at unit length.
      #expect((object["verification"] as? [Any])?.count == 5)
      #expect(FileManager.default.fileExists(atPath: folder + "/a/evaluation.json"))
      #expect(FileManager.default.fileExists(atPath: folder + "/a/calibration.json"))
      let part = try results(
        margin("evaluate", "a", "--protocol", "geometry", "--json", in: folder))
      #expect(Set(part.keys) == ["geometry", "name", "notJudged"])
    }
  }

  @Test("Ctrl-C finishes the batch, saves and exits with 130; --resume ends as if nothing had been")
  func interruption() throws {
    try withTemporaryFolder { folder in
      let options = [
        "--loss", "arcface", "--network", "lenet", "--train-count", "4000", "--test-count", "60",
        "--epochs", "3",
        "--threads", "1",
      ]
      let whole = try wait(start(["train", "--output", "whole"] + options, in: folder))
      #expect(whole.code == 0, "\(whole.errors)")
      let running = try start(["train", "--output", "stopped"] + options, in: folder)
      // The second line of the metrics says that training is under way.
      let metrics = folder + "/stopped/metrics.jsonl"
      let deadline = Date.now + 60
      while (try? String(contentsOfFile: metrics, encoding: .utf8))?.contains("\n{") != true,
        Date.now < deadline
      {
        usleep(2000)
      }
      running.0.interrupt()
      let stopped = try wait(running)
      #expect(stopped.code == 130, "\(stopped.errors)")
      #expect(stopped.errors.contains("--resume"))
      #expect(contents(folder + "/stopped").contains { $0.hasPrefix("checkpoint-") })
      let resumed = try margin("train", "--output", "stopped", "--resume", in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      func table(_ result: CommandResult, _ name: String) -> String {
        result.output.replacingOccurrences(of: name, with: "run")
          .split(separator: "\n").dropFirst(2).first.map(String.init)?
          .split(separator: " ").joined(separator: " ") ?? ""
      }
      #expect(table(resumed, "stopped") == table(whole, "whole"))
    }
  }

  @Test("a killed training resumes to the same numbers")
  func kill() throws {
    try withTemporaryFolder { folder in
      let options = [
        "--loss", "softmax", "--network", "lenet", "--train-count", "3000", "--test-count", "60",
        "--epochs", "3", "--threads", "1",
      ]
      let whole = try wait(start(["train", "--output", "whole"] + options, in: folder))
      let running = try start(["train", "--output", "killed"] + options, in: folder)
      let deadline = Date.now + 60
      while !contents(folder + "/killed").contains(where: { $0.hasPrefix("checkpoint-") }),
        Date.now < deadline
      {
        usleep(2000)
      }
      Foundation.kill(running.0.processIdentifier, SIGKILL)
      #expect(try wait(running).code == -SIGKILL)
      let resumed = try margin("train", "--output", "killed", "--resume", in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      let states = try ["whole", "killed"].map { name in
        try Safetensors(contentsOf: "\(folder)/\(name)/embeddings.safetensors").entries
          .mapValues(\.bytes)
      }
      #expect(whole.code == 0)
      #expect(states[0] == states[1])
    }
  }

  @Test("loss computes value and gradients from a file, in float32 and float64")
  func loss() throws {
    try withTemporaryFolder { folder in
      let features: [Double] = [3, 4, 1, 0]
      let weights: [Double] = [1, 0, 0, 1, -1, -1]
      let labels = Safetensors.Entry([1, 0] as [Int64], shape: [2])
      for isDouble in [true, false] {
        func entry(_ values: [Double], _ shape: [Int]) -> Safetensors.Entry {
          isDouble
            ? Safetensors.Entry(values, shape: shape)
            : Safetensors.Entry(values.map { Float($0) }, shape: shape)
        }
        try Safetensors(entries: [
          "features": entry(features, [2, 2]), "weights": entry(weights, [3, 2]), "labels": labels,
        ]).write(to: folder + "/in.safetensors")
        let result = try margin(
          "loss", "cosface", "--input", "in.safetensors", "--set", "margin=0.1", "--set",
          "scale=2", "--output", "out.safetensors", in: folder)
        #expect(result.code == 0, "\(result.errors)")
        let out = try Safetensors(contentsOf: folder + "/out.safetensors")
        #expect(out.entries.keys.sorted() == ["gradient.features", "gradient.weights", "loss"])
        #expect(out.entries["gradient.weights"]?.shape == [3, 2])
        // Cosines (.6, .8, −1.4/√2) for class 1 and (1, 0, −1/√2) for class 0, by hand.
        func term(_ target: Double, _ others: [Double]) -> Double {
          let z = 2 * (target - 0.1)
          return log(exp(z) + others.reduce(0) { $0 + exp(2 * $1) }) - z
        }
        let expected =
          (term(0.8, [0.6, -1.4 / 2.0.squareRoot()]) + term(1, [0, -1 / 2.0.squareRoot()])) / 2
        let value =
          isDouble
          ? out.entries["loss"]?.doubles?[0] : out.entries["loss"]?.floats.map { Double($0[0]) }
        #expect(abs(value! - expected) < (isDouble ? 1e-11 : 1e-6))
      }
    }
  }

  /// Every name of the catalogue, by family.
  static let lossNames = """
    softmax modified-softmax l-softmax a-softmax l2-softmax normface cosface arcface combined-margin
    adacos curricularface mv-softmax magface adaface elasticface subcenter-arcface sphereface2 proxy-nca
    proxy-anchor soft-triple c-contrastive c-triplet multiclass-hinge-head center contrastive triplet
    n-pair lifted-structure multi-similarity nt-xent supcon circle ranked-list cross-batch-memory
    zero-one cross-entropy binary-cross-entropy focal sigmoid-focal kl-divergence js-divergence entropy
    confidence-penalty distillation noisy-labels generalized-cross-entropy symmetric-cross-entropy hinge
    squared-hinge multiclass-hinge exponential logistic dice tversky l1 l2 smooth-l1 huber log-cosh
    quantile charbonnier perceptual l1-regularization l2-regularization elastic-net
    """.split { $0.isWhitespace }.map(String.init)

  @Test("losses, datasets and networks list what there is; check proves a gradient")
  func catalogs() throws {
    let losses = try json(margin("losses", "--json")) as? [[String: Any]]
    let names = losses?.compactMap { $0["name"] as? String } ?? []
    #expect(Set(names) == Set(Self.lossNames), "a new loss is added to lossNames")
    for key in ["aliases", "family", "formula", "inputs", "parameters", "paper"] {
      #expect(losses?.allSatisfy { $0[key] != nil } == true)
    }
    #expect(try margin("losses", "am-softmax").output.contains("CosFace"))
    #expect(try margin("datasets").output.contains("mnist"))
    #expect(try margin("networks").output.contains("lenet++"))
    let check = try margin("check", "hinge")
    #expect(check.code == 0, "\(check.errors)")
    #expect(check.output.contains("hinge"))
  }
}
