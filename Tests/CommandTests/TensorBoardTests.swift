import Formats
import Foundation
import TensorBoardReader
import Testing

@Suite("TensorBoard shows runs and comparisons")
struct TensorBoardTests {
  /// What `tensorboard` answers over HTTP.
  private func serve(_ folder: String) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: TensorBoardReader.serve(folder)) as? [String: Any])
  }

  @Test(
    "a comparison, served over HTTP: every kind of summary, the table of runs, the projector",
    .enabled(if: TensorBoardReader.isInstalled, Comment(rawValue: TensorBoardReader.remedy)))
  func comparison() throws {
    try withTemporaryFolder { folder in
      let arguments =
        ["compare", "--losses", "softmax,arcface:margin=0.2", "--features", "3", "--output", "c"]
        + small
      let result = try wait(start(arguments, in: folder))
      #expect(result.code == 0, "\(result.errors)")
      let runs = ["arcface:margin=0.2", "softmax"]
      let served = try serve(folder + "/c")

      let tags = try #require(served["tags"] as? [String: [String: [String: Any]]])
      for (plugin, expected) in [
        ("scalars", ["results/accuracy", "test/accuracy", "training/loss"]),
        ("histograms", ["head/weights", "test/feature-norms"]),
        ("pr_curves", (0..<10).map { "class/\($0)" }),
      ] {
        #expect(tags[plugin]?.keys.sorted() == runs)
        for run in runs {
          #expect(Set(expected).isSubset(of: try #require(tags[plugin]?[run]).keys), "\(plugin)")
        }
      }
      let images = try #require(served["images"] as? [String: [String: [String: Any]]])
      for run in runs {
        let pictures = try #require(images[run])
        #expect((1...12).contains(pictures.count))
        #expect(pictures.keys.contains { $0.hasPrefix("mistaken/") })
        #expect(pictures.values.allSatisfy { $0["type"] as? String == "image/png" })
        #expect(pictures.values.allSatisfy { $0["size"] as? [Int] == [28, 28] })
      }

      // The table of runs has the settings of each, and the numbers of summary.json.
      let experiment = try #require(served["experiment"] as? [String: Any])
      let infos = try #require(experiment["hparamInfos"] as? [[String: Any]])
      let differing = infos.filter { $0["differs"] as? Bool == true }.map { $0["name"] as? String }
      #expect(differing == ["loss"])
      #expect(infos.contains { $0["name"] as? String == "arcface.margin" })
      let groups = try #require(
        (served["session_groups"] as? [String: Any])?["sessionGroups"] as? [[String: Any]])
      #expect(groups.compactMap { $0["name"] as? String }.sorted() == runs)
      for group in groups {
        let name = try #require(group["name"] as? String)
        let settings = try #require(group["hparams"] as? [String: Any])
        #expect(settings["epochs"] as? Double == 1)
        #expect(settings["arcface.margin"] as? Double == (name == "softmax" ? nil : 0.2))
        let values = try #require(group["metricValues"] as? [[String: Any]])
        let accuracy = values.first {
          ($0["name"] as? [String: Any])?["tag"] as? String == "results/accuracy"
        }
        let stored = try #require(
          JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(filePath: folder + "/c/\(name)/summary.json")))
            as? [String: Any])
        let metrics = (stored["run"] as? [String: Any])?["metrics"] as? [[String: Any]]
        let expected = metrics?.first { $0["key"] as? String == "accuracy" }?["value"] as? Double
        #expect(accuracy?["value"] as? Double == expected.map { Double(Float($0)) })
      }

      // The projector's points are the features that the run keeps.
      let projector = try #require(served["projector"] as? [String: [String: Any]])
      #expect(projector.keys.sorted() == runs)
      for run in runs {
        let points = try #require(projector[run])
        let values = try #require(points["values"] as? [Double])
        let stored = try embeddings(folder + "/c/\(run)")
        #expect(values.map { Float($0) } == stored)
        let lines = try #require(points["metadata"] as? String).split(separator: "\n")
        #expect(lines.count == 61)
        #expect(lines[0] == "class\tpredicted\tsample")
        // 60 pictures of 28 pixels, eight in a row.
        #expect(points["sprite_type"] as? String == "image/png")
        #expect(points["sprite_size"] as? [Int] == [224, 224])
      }

      // The same command with --resume leaves no second copy of anything.
      let files = contents(folder + "/c")
      #expect(try wait(start(arguments + ["--resume"], in: folder)).code == 0)
      #expect(contents(folder + "/c") == files)
    }
  }

  @Test("--no-tensorboard writes none of its files")
  func off() throws {
    try withTemporaryFolder { folder in
      for command in ["train", "compare"] {
        let result = try wait(
          start([command, "--no-tensorboard", "--output", command] + small, in: folder))
        #expect(result.code == 0, "\(result.errors)")
      }
      #expect(contents(folder).contains("train/summary.json"))
      #expect(
        !contents(folder).contains { $0.contains("tfevents") || $0.contains("projector") })
    }
  }
}

/// The features that a run keeps.
private func embeddings(_ folder: String) throws -> [Float] {
  try #require(
    Safetensors(contentsOf: folder + "/embeddings.safetensors").entries["features"]?.floats)
}
