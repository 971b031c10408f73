import Formats
import Foundation
import Testing

@Suite("margin advise")
struct AdviseTests {
  @Test("prints the published numbers, as text and as JSON")
  func numbers() throws {
    let text = try margin("advise", "--classes", "10575", "--features", "512")
    #expect(text.code == 0, "\(text.errors)")
    for part in ["11.46", "8.266", "√2·ln(C−1)"] { #expect(text.output.contains(part)) }
    #expect(!text.output.contains("arning"))
    let object = try #require(
      try json(margin("advise", "--classes", "10", "--features", "2", "--json")) as? [String: Any])
    #expect(try abs(#require(object["leastScale"] as? Double) - 3.955) < 1e-3)
    let margin = try #require(object["cosfaceMargin"] as? [String: Any])
    #expect(try abs(#require(margin["atMost"] as? Double) - (1 - cos(.pi / 5))) < 1e-12)
    #expect((object["warnings"] as? [String]) == [])
  }

  @Test("judges the settings of a loss")
  func warnings() throws {
    let good = try margin(
      "advise", "--classes", "10", "--features", "512", "--loss", "am-softmax")
    #expect(good.output.hasSuffix("No warnings.\n"), "\(good.output)")
    let unknown = try margin(
      "advise", "--classes", "10", "--features", "512", "--loss", "proxy-anchor")
    #expect(unknown.output.hasSuffix("is not worked out here.\n"), "\(unknown.output)")
    #expect(!unknown.output.contains("No warnings"))
    let half = try margin(
      "advise", "--classes", "10", "--features", "512", "--loss", "am-softmax+center")
    #expect(
      half.output.contains("No warnings.\nNot judged: center: it has no proxies"), "\(half.output)")
    let bad = try margin(
      "advise", "--classes", "10", "--features", "2", "--loss", "cosface", "--set", "margin=0.5",
      "--set", "scale=1")
    #expect(bad.code == 0)
    #expect(bad.output.contains("Warning: cosface: the scale 1 is below 3.955"), "\(bad.output)")
    #expect(bad.output.contains("Warning: cosface: the margin 0.5 is impossible"))
    let object =
      try json(
        margin(
          "advise", "--classes", "10", "--features", "2", "--loss", "arcface", "--set",
          "margin=0.7", "--json")) as? [String: Any]
    #expect((object?["warnings"] as? [String])?.count == 1)
  }
}

@Suite("margin loss on families of tensors")
struct TensorFamilyTests {
  @Test("finds them by the beginning of their names")
  func families() throws {
    try withTemporaryFolder { folder in
      func entry(_ values: [Double], _ shape: [Int]) -> Safetensors.Entry {
        Safetensors.Entry(values, shape: shape)
      }
      try Safetensors(entries: [
        "parameters.a.weight": entry([3, -1], [2]), "parameters.a.bias": entry([5], [1]),
      ]).write(to: folder + "/parameters.safetensors")
      let price = try margin(
        "loss", "l1-regularization", "--input", "parameters.safetensors", "--output", "out",
        in: folder
      )
      #expect(price.output == "4.0\n", "\(price.errors)")
      let gradients = try Safetensors(contentsOf: folder + "/out").entries
      #expect(gradients["gradient.parameters.a.weight"]?.doubles == [1, -1])
      #expect(gradients["gradient.parameters.a.bias"]?.doubles == [0])

      try Safetensors(entries: [
        "predictions": entry([1, 2], [1, 1, 1, 2]), "targets": entry([0, 0], [1, 1, 1, 2]),
        "kernels.1": entry([2], [1, 1, 1, 1]),
      ]).write(to: folder + "/pictures.safetensors")
      let distance = try margin(
        "loss", "perceptual", "--input", "pictures.safetensors", "--output", "out", in: folder)
      #expect(distance.output == "10.0\n", "\(distance.errors)")
      #expect(
        try Safetensors(contentsOf: folder + "/out").entries["gradient.kernels.1"]?.doubles == [0])
    }
  }
}
