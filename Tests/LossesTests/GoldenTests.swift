import Foundation
import Losses
import Testing
import Torch

/// Values and gradients that other programs gave: see `Utilities/Reference`.
struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Values: Decodable, Sendable {
    var shape: [Int]
    var dtype: String
    var values: [Double]

    /// int64 as it is; floating point as asked for.
    func tensor(_ dtype: DType) throws -> Tensor {
      self.dtype == "int64"
        ? try Tensor(values.map { Int64($0) }, shape: shape)
        : try Tensor(values, shape: shape).to(dtype)
    }
  }

  var loss: String
  var settings: [String: String]
  var inputs: [String: Values]
  /// The loss; several numbers where it is not reduced.
  var value: [Double]
  /// By input.
  var gradients: [String: [Double]]
  /// Which program gave it.
  var source: String
  /// The largest error of that program's own float32 against its float64, over value and gradients.
  var float32Error: Double?

  var testDescription: String { "\(loss) \(settings) from \(source)" }

  static let all: [GoldenCase] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.flatMap {
      try! JSONDecoder().decode([GoldenCase].self, from: Data(contentsOf: $0))
    }
  }()

  /// The largest difference of value and gradients to what they should be, and the largest number.
  func difference(in dtype: DType) throws -> (error: Double, scale: Double) {
    let loss = try LossCatalog.entry(named: loss).makeLoss(settings)
    var tensors: LossInputs = [:]
    for (name, values) in inputs {
      let tensor = try values.tensor(dtype)
      tensors[LossInput(name)] = values.dtype == "int64" ? tensor : try tensor.requireGradient()
    }
    try loss.validate(tensors)
    let result = try loss.value(tensors)
    if result.requiresGradient { try result.sum().backward() }
    var error = 0.0
    var scale = 1e-3
    func compare(_ actual: [Double], _ expected: [Double]) {
      guard actual.count == expected.count else {
        error = .infinity
        return
      }
      for (a, b) in zip(actual, expected) {
        error = max(error, (a - b).isNaN ? .infinity : abs(a - b))
        scale = max(scale, abs(b))
      }
    }
    compare(try result.to(.float64).elements(), value)
    for (name, expected) in gradients {
      let tensor = try #require(tensors[LossInput(name)])
      compare(try (tensor.gradient() ?? tensor.zerosLike()).to(.float64).elements(), expected)
    }
    return (error, scale)
  }
}

@Suite("Golden values")
struct GoldenTests {
  @Test("are there for every loss of the catalogue", arguments: LossCatalog.all.map(\.name))
  func coverage(name: String) {
    #expect(
      GoldenCase.all.contains { $0.loss == name },
      """
      no file of Tests/LossesTests/Golden has a case of '\(name)': add one to the script of its family in \
      Utilities/Reference and run it (CONTRIBUTING, "Adding a loss")
      """)
  }

  @Test("are met in float64 to 1e-9 of the largest number", arguments: GoldenCase.all)
  func float64(golden: GoldenCase) throws {
    let (error, scale) = try golden.difference(in: .float64)
    #expect(error <= 1e-9 * scale)
  }

  @Test(
    "are met in float32 as well as by the program they are from, and 2 roundings more",
    arguments: GoldenCase.all.filter { $0.float32Error != nil })
  func float32(golden: GoldenCase) throws {
    let (error, scale) = try golden.difference(in: .float32)
    #expect(error <= golden.float32Error! + 2 * Double(Float(scale).ulp))
  }
}
