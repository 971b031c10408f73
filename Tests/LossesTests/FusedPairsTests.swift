import Testing
import Torch

@testable import Losses

@Suite("The fused evaluation of a loss of pairs")
struct FusedPairsTests {
  struct Case: CustomStringConvertible, Sendable {
    let name: String
    let settings: [String: String]
    var description: String {
      "\(name) \(settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
    }

    init(_ name: String, _ settings: [String: String] = [:]) {
      self.name = name
      self.settings = settings
    }

    func loss(_ implementation: Implementation) throws -> any Loss {
      try LossCatalog.entry(named: name).makeLoss(settings).using(implementation)
    }
  }

  static let cases: [Case] = [
    Case("contrastive"), Case("contrastive", ["margin": "3", "power": "1", "rule": "apart"]),
    Case("contrastive", ["margin": "3", "average": "non-zero", "rule": "apart"]),
    Case("contrastive", ["distance": "cosine", "average": "non-zero", "reduction": "sum"]),
    Case("contrastive", ["distance": "squared-euclidean", "normalize": "yes"]),
    Case("triplet"),
    Case("triplet", ["margin": "2", "distance": "euclidean", "average": "non-zero"]),
    Case("triplet", ["normalize": "yes", "reduction": "none"]),
    Case("triplet", ["miner": "hard", "margin": "1"]),
    Case("triplet", ["miner": "hard", "distance": "euclidean", "average": "non-zero"]),
    Case("triplet", ["miner": "easy-positive", "distance": "cosine", "reduction": "sum"]),
    Case("triplet", ["miner": "semi-hard", "margin": "1.5"]),
    Case("triplet", ["miner": "semi-hard", "distance": "euclidean", "reduction": "none"]),
    Case("triplet", ["miner": "semi-hard", "rule": "nearest", "distance": "euclidean"]),
    Case("triplet", ["miner": "semi-hard", "rule": "nearest-or-farthest", "margin": "3"]),
    Case("multi-similarity"), Case("multi-similarity", ["miner": "all", "reduction": "none"]),
    Case("supcon"), Case("supcon", ["rule": "in", "temperature": "0.5"]),
    Case("supcon", ["reduction": "none"]), Case("nt-xent"),
    Case("nt-xent", ["temperature": "1", "reduction": "sum"]),
    Case("cross-batch-memory", ["loss": "triplet", "settings": "miner=semi-hard/margin=1"]),
    Case("cross-batch-memory", ["loss": "supcon"]),
    Case("cross-batch-memory", ["loss": "contrastive", "settings": "rule=apart/margin=2"]),
  ]

  /// How samples fall into classes.
  enum Classes: CaseIterable {
    /// A few of about the same size.
    case several
    /// One large, and many with one sample.
    case uneven
    case one
    /// Each its own.
    case all

    func labels(_ count: Int) -> [Int64] {
      (0..<Int64(count)).map { i in
        switch self {
        case .several: (i * i + i / 3) % 5 - 2
        case .uneven: i % 3 == 0 ? i : -7
        case .one: 4
        case .all: -i
        }
      }
    }
  }

  /// Loss and gradients, where samples (if there is no reduction) weigh differently.
  func results(_ loss: any Loss, _ inputs: LossInputs) throws -> [[Double]] {
    var leaves = inputs
    for (input, tensor) in inputs where tensor.dtype != .int64 {
      leaves[input] = try tensor.copy().requireGradient()
    }
    let value = try loss.value(leaves)
    let weights = try Tensor((0..<value.count).map { 1 + Double($0 % 3) }, shape: value.shape)
    if value.requiresGradient { try (value * weights.to(value.dtype!)).sum().backward() }
    return try [value.to(.float64).elements()]
      + leaves.filter { $0.value.requiresGradient }.sorted { $0.key < $1.key }.map {
        try ($0.value.gradient() ?? $0.value.zerosLike()).to(.float64).elements()
      }
  }

  func inputs(
    _ test: Case, _ labels: [Int64], features: Int, seed: UInt64
  ) throws -> LossInputs {
    let generator = try RandomGenerator(seed: seed)
    let n = labels.count
    var inputs: LossInputs = [
      .features: try .randomNormal([n, features], using: generator), .labels: try Tensor(labels),
    ]
    if test.name == "cross-batch-memory" {
      inputs[.memoryFeatures] = try .randomNormal([n + 3, features], using: generator)
      inputs[.memoryLabels] = try Tensor(labels + [-2, 0, 100])
    }
    return inputs
  }

  func widened(_ inputs: LossInputs) throws -> LossInputs {
    try inputs.mapValues { try $0.dtype == .int64 ? $0 : $0.to(.float64) }
  }

  func compare(_ test: Case, _ inputs: LossInputs, _ what: String) throws {
    let exact = try results(test.loss(.composed), widened(inputs))
    let composed = try results(test.loss(.composed), inputs)
    let fused = try results(test.loss(.fused), inputs)
    for index in exact.indices {
      let scale = max(exact[index].map(\.magnitude).max() ?? 0, 1e-2)
      func error(_ values: [Double]) -> Double {
        zip(exact[index], values).map { abs($0 - $1) }.max() ?? 0
      }
      #expect(exact[index].count == fused[index].count)
      #expect(
        error(fused[index]) <= 3 * error(composed[index]) + 2e-5 * scale,
        "\(test), \(what), \(index == 0 ? "loss" : "gradient"): \(error(fused[index]) / scale), composed \(error(composed[index]) / scale)"
      )
    }
  }

  @Test("is as exact as the composed one in float32, at odd shapes too", arguments: cases)
  func agrees(test: Case) throws {
    for classes in Classes.allCases {
      for (count, features, seed) in [(1, 3, 1), (2, 5, 2), (17, 2, 3), (50, 33, 4), (131, 7, 5)] {
        try compare(
          test, inputs(test, classes.labels(count), features: features, seed: UInt64(seed)),
          "\(classes) \(count)×\(features)")
      }
    }
    // Classes large enough for the negatives to be ranked among the positives.
    try compare(
      test, inputs(test, (0..<200).map { $0 % 2 }, features: 4, seed: 6), "two large classes")
  }

  @Test("keeps the digits of near and of equal samples", arguments: cases)
  func near(test: Case) throws {
    let generator = try RandomGenerator(seed: 7)
    let centres = try Tensor.randomNormal([10, 6], using: generator)
    let labels = (0..<40).map { Int64($0 % 10) }
    for spread in [1e-2, 1e-4] {
      var inputs = try inputs(test, labels, features: 6, seed: 8)
      inputs[.features] =
        try centres.select(Tensor(labels))
        + .randomNormal([40, 6], using: generator) * spread
      try compare(test, inputs, "spread \(spread)")
    }
  }

  @Test(
    "knows ties, as whole coordinates give them",
    arguments: cases.filter {
      // Which of equally near negatives is taken, is left open.
      $0.settings["rule"]?.hasPrefix("nearest") != true
    })
  func ties(test: Case) throws {
    guard test.settings["distance"] != "cosine", test.settings["normalize"] != "yes" else { return }
    var inputs = try inputs(test, Classes.several.labels(60), features: 2, seed: 9)
    for (name, tensor) in inputs where tensor.dtype != .int64 {
      inputs[name] = try (tensor * 2).roundedDown()
    }
    try compare(test, inputs, "ties")
  }

  @Test("stays finite at extreme inputs", arguments: cases)
  func extremes(test: Case) throws {
    struct OnLabels: Loss {
      let loss: any Loss
      var signatures: [Signature] { loss.signatures.filter { $0.contains { $0.input == .labels } } }
      func value(_ inputs: LossInputs) throws -> Tensor { try loss.value(inputs) }
    }
    let failure = try firstFailure(of: OnLabels(loss: test.loss(.fused)), draws: 500)
    #expect(failure == nil, "\(test): \(failure ?? "")")
  }

  @Test("shows a NaN in the loss and in the gradient", arguments: cases)
  func poison(test: Case) throws {
    for bad in [Float.nan, .infinity] {
      var inputs = try inputs(test, [0, 0, 1, 2, 2], features: 2, seed: 1)
      inputs[.features] = try Tensor([1, 2, 3, 4, bad, 0, 1, 1, 0, 2], shape: [5, 2])
      let results = try results(test.loss(.fused), inputs)
      #expect(results[0].allSatisfy { $0.isNaN }, "\(test)")
      #expect(results[1].contains { $0.isNaN }, "\(test)")
    }
  }

  @Test(
    "is the same in blocks that are not kept",
    arguments: cases.filter { $0.name != "cross-batch-memory" })
  func blocks(test: Case) throws {
    let loss = try #require(try test.loss(.fused) as? any AnchorwisePairLoss)
    let inputs = try inputs(test, Classes.several.labels(150), features: 9, seed: 10)
    let expected = try results(loss, inputs)
    let x = try loss.usesUnitRows ? inputs[.features]!.unitRows() : inputs[.features]!
    let labels = try inputs[.labels]!.elements(Int64.self)
    let set = try PairSet(
      anchors: x, candidates: nil, labels: labels, candidateLabels: labels)
    let pass = PairPass(
      set, kernel: loss.kernel, reduction: loss.reduction, keepsSlopes: true, memoryBudget: 0)
    let value = try pass.forward().to(.float64).elements(Double.self)
    #expect(zip(value, expected[0]).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
    let weights = try Tensor(
      (0..<value.count).map { 1 + Float($0 % 3) },
      shape: loss.reduction == .none ? [value.count] : [])
    // Twice, as a graph that is kept would.
    for _ in 0..<2 {
      let gradient = try pass.backward(weights)[0]
      guard !loss.usesUnitRows else { continue }
      let numbers = try gradient.to(.float64).elements(Double.self)
      let scale = expected[1].map(\.magnitude).max()!
      #expect(zip(numbers, expected[1]).allSatisfy { abs($0 - $1) <= 1e-5 * scale }, "\(test)")
    }
  }

  @Test("says why it cannot be used")
  func refusals() throws {
    let wide = try inputs(Case("triplet"), [0, 1, 1], features: 2, seed: 1)
    for name in ["triplet", "supcon"] {
      #expect(throws: LossError.self) { try Case(name).loss(.fused).value(widened(wide)) }
    }
    for test in [
      Case("contrastive", ["reduction": "none"]), Case("nt-xent", ["reduction": "none"]),
    ] {
      #expect(throws: LossError.self) { try test.loss(.fused).value(wide) }
      #expect(try test.loss(.automatic).value(wide).shape == [3, 3])
    }
    for name in ["circle", "n-pair", "lifted-structure"] {
      #expect(throws: LossError.self) { try Case(name).loss(.fused) }
    }
    let overflowing = try Tensor([1e19, 0, 2e19, 1] as [Float], shape: [2, 2])
    let inputs: LossInputs = [.features: overflowing, .labels: try Tensor([0, 1] as [Int64])]
    #expect(throws: LossError.self) { try Case("triplet").loss(.fused).value(inputs) }
    #expect(try Case("triplet").loss(.automatic).value(inputs).item() == 0)
  }
}
