import Formats
import Foundation
import Testing

@Suite("margin plot")
struct PlotTests {
  /// Three groups in five dimensions.
  func write(_ path: String, broken: Bool = false, labels: Int = 60) throws {
    var values = (0..<60 * 5).map { i -> Float in
      let (row, column) = (i / 5, i % 5)
      return (row % 3 == column ? 9 : 0) + Float((row * 31 + column * 17) % 23) / 23
    }
    if broken { values[5 * 12 + 2] = .nan }
    try Safetensors(entries: [
      "features": Safetensors.Entry(values, shape: [60, 5]),
      "labels": Safetensors.Entry((0..<labels).map { Int64($0 % 3) }, shape: [labels]),
    ]).write(to: path)
  }

  @Test(
    "draws by both methods, in two and in three dimensions", arguments: ["pca", "tsne"], [2, 3])
  func draws(method: String, dimensions: Int) throws {
    try withTemporaryFolder { folder in
      try write(folder + "/e.safetensors")
      let result = try margin(
        "plot", "e.safetensors", "--method", method, "--dimensions", "\(dimensions)",
        "--perplexity", "10", "--output", "x.svg", "--threads", "1", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("10 nearest neighbours kept"))
      #expect(result.output.contains(method == "pca" ? "variance" : "KL divergence: "))
      let figure = try String(contentsOfFile: folder + "/x.svg", encoding: .utf8)
      #expect(figure.contains("60 of 60 points drawn"))
      let file = try Safetensors(contentsOf: folder + "/x.safetensors")
      #expect(file.entries["points"]?.shape == [60, dimensions])
      #expect(file.entries["labels"]?.int64s?.count == 60)
    }
  }

  @Test("prints JSON, and takes fewer samples")
  func limited() throws {
    try withTemporaryFolder { folder in
      try write(folder + "/e.safetensors")
      let result = try margin(
        "plot", "e.safetensors", "--method", "pca", "--limit", "20", "--json", in: folder)
      let numbers = try #require(try json(result) as? [String: Any])
      #expect(numbers["samples"] as? Int == 20)
      let shares = try #require(numbers["explainedVarianceRatio"] as? [Double])
      #expect(shares.count == 2 && shares[0] >= shares[1] && shares[0] + shares[1] <= 1)
      #expect(contents(folder).contains("pca.svg"))
    }
  }

  @Test("says what is wrong with its input, and writes nothing")
  func refusals() throws {
    try withTemporaryFolder { folder in
      try write(folder + "/broken.safetensors", broken: true)
      try write(folder + "/short.safetensors", labels: 59)
      try write(folder + "/good.safetensors")
      for (arguments, code, message) in [
        (
          ["broken.safetensors"], 65,
          "feature 2 of row 12 (both counted from 0) is nan, not a finite number"
        ),
        (["short.safetensors"], 65, "there are 59 labels for 60 rows"),
        (["good.safetensors", "--perplexity", "20"], 64, "give a perplexity below 20"),
        (["good.safetensors", "--output", "nowhere/x.svg"], 74, "nowhere: there is no folder"),
      ] {
        let result = try wait(start(["plot", "--output", "x.svg"] + arguments, in: folder))
        #expect(result.code == Int32(code), "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(!contents(folder).contains("x.svg"))
      }
    }
  }
}
