import Losses
import Testing
import Torch

@Suite("The fused evaluation of a proxy head")
struct FusedTests {
  /// Presets and options that our own kernels have.
  static let kernelCases: [(name: String, settings: [String: String])] = [
    ("softmax", [:]), ("modified-softmax", [:]), ("normface", [:]), ("cosface", [:]),
    ("arcface", [:]), ("combined-margin", [:]), ("a-softmax", [:]), ("magface", [:]),
    ("adaface", [:]), ("l2-softmax", [:]), ("proxy-nca", [:]),
    ("proxy-nca", ["rule": "include-target"]), ("cosface", ["scale": "64"]),
    ("arcface", ["label-smoothing": "0.1"]), ("arcface", ["focal-gamma": "2"]),
    ("softmax", ["label-smoothing": "0.2", "temperature": "3"]),
    ("arcface", ["temperature": "2", "ignore-label": "1", "reduction": "sum"]),
    ("normface", ["reduction": "weighted-mean", "label-smoothing": "0.3"]),
    ("arcface", ["reduction": "none"]), ("normface", ["scale-rule": "learned"]),
    ("subcenter-arcface", [:]), ("subcenter-arcface", ["subcenters": "5", "focal-gamma": "2"]),
    ("curricularface", [:]), ("curricularface", ["scale": "64", "decay": "0.3"]),
    ("mv-softmax", [:]), ("mv-softmax", ["weighting": "fixed", "rule": "cos", "t": "0.6"]),
    ("adacos", [:]), ("adacos", ["rule": "fixed", "label-smoothing": "0.1"]),
    ("elasticface", ["deviation": "0.1"]),
  ]

  /// Those that libtorch's operations work out, on one tile after another.
  static let tileCases: [(name: String, settings: [String: String])] = [
    ("sphereface2", [:]), ("soft-triple", [:]), ("l-softmax", [:]), ("proxy-anchor", [:]),
    ("c-contrastive", ["margin": "3"]), ("c-triplet", [:]), ("c-triplet", ["rule": "hardest"]),
    ("multiclass-hinge-head", [:]),
    ("multiclass-hinge-head", ["rule": "weston-watkins", "power": "2"]),
    ("arcface", ["label-smoothing": "0.1", "focal-gamma": "2"]),
    ("arcface", ["label-smoothing": "0.1", "focal-gamma": "2", "temperature": "2"]),
    ("subcenter-arcface", ["label-smoothing": "0.1"]),
    ("curricularface", ["label-smoothing": "0.1"]),
  ]

  static let cases = kernelCases + tileCases

  /// The errors of the fused and of the composed evaluation in float32, against the composed one in
  /// float64, over the largest number of loss or gradient.
  func errors(
    _ name: String, _ settings: [String: String], _ proofCase: ProofCase, classWeights: Bool,
    call: Int = 0
  ) throws -> [(what: String, fused: Double, composed: Double)] {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings)
    var inputs = try proofCase.inputs(for: loss.signatures[call])
    if !classWeights { inputs[.classWeights] = nil }
    inputs[.state] = nil
    func results(
      _ implementation: Implementation, _ dtype: DType
    ) throws -> [(name: String, values: [Double])] {
      var leaves = inputs
      for (input, tensor) in inputs where tensor.dtype != .int64 {
        leaves[input] = try tensor.to(dtype).copy()
        if ![.classWeights, .probabilities].contains(input) {
          try leaves[input]!.requireGradient()
        }
      }
      let value = try loss.using(implementation).value(leaves)
      // Samples weigh differently, so that no gradient cancels another.
      let weights = try Tensor((0..<value.count).map { 1 + Double($0 % 3) }, shape: value.shape)
      try (value * weights.to(dtype)).sum().backward()
      return try [("loss", value.to(.float64).elements())]
        + leaves.filter { $0.value.requiresGradient }.sorted { $0.key < $1.key }.map {
          let gradient = try $0.value.gradient() ?? $0.value.zerosLike()
          return try ($0.key.rawValue, gradient.to(.float64).elements())
        }
    }
    let exact = try results(.composed, .float64)
    let (fused, composed) = try (results(.fused, .float32), results(.composed, .float32))
    return exact.indices.map { index in
      let scale = max(exact[index].values.map(\.magnitude).max()!, 1e-3)
      func error(_ values: [Double]) -> Double {
        zip(exact[index].values, values).map { abs($0 - $1) }.max()! / scale
      }
      return (exact[index].name, error(fused[index].values), error(composed[index].values))
    }
  }

  @Test("is as exact as the composed one in float32, at odd shapes too", arguments: cases)
  func agrees(name: String, settings: [String: String]) throws {
    // With one feature the gradient by a unit vector is exactly 0, and all that is left is rounding.
    for proofCase in ProofCase.standard where proofCase.featureCount > 1 {
      for classWeights in [false, true] {
        for error in try errors(name, settings, proofCase, classWeights: classWeights) {
          #expect(
            error.fused <= 3 * error.composed + 5e-6,
            "\(name) \(settings), \(proofCase.name), \(error), class weights: \(classWeights)")
        }
      }
    }
  }

  @Test(
    "of distributions is as exact as the composed one",
    arguments: [
      ("softmax", [:]), ("arcface", [:]), ("arcface", ["label-smoothing": "0.1"]),
      ("l-softmax", ["focal-gamma": "2"]), ("soft-triple", ["temperature": "2"]),
    ] as [(String, [String: String])])
  func distributions(name: String, settings: [String: String]) throws {
    for proofCase in ProofCase.standard where proofCase.featureCount > 1 {
      for classWeights in [false, true] {
        for error in try errors(name, settings, proofCase, classWeights: classWeights, call: 1) {
          #expect(
            error.fused <= 3 * error.composed + 5e-6,
            "\(name) \(settings), \(proofCase.name), \(error), class weights: \(classWeights)")
        }
      }
    }
  }

  @Test("in tiles is proved in float64", arguments: tileCases)
  func proof(name: String, settings: [String: String]) throws {
    var loss = try #require(
      LossCatalog.entry(named: name).makeLoss(settings).using(.fused) as? ProxyLoss)
    // Tiles as small as they get.
    loss.fused.memoryBudget = 0
    for proofCase in ProofCase.standard {
      for signature in loss.signatures {
        let inputs = try proofCase.inputs(for: signature)
        let target = inputs.filter { [.probabilities, .classWeights].contains($0.key) }
        let proof = try proveGradient(
          of: FixedTarget(loss: loss, signature: signature, target: target),
          at: inputs.filter { target[$0.key] == nil })
        #expect(proof.error <= 1e-6, "\(proofCase.name): \(proof)")
      }
    }
  }

  @Test("stays finite at extreme inputs", arguments: cases)
  func extremes(name: String, settings: [String: String]) throws {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings).using(.fused)
    let failure = try firstFailure(of: ConstantTarget(loss: loss), draws: 300)
    #expect(failure == nil, "\(name) \(settings): \(failure ?? "")")
  }

  /// More samples than a chunk has and more classes than two tiles have, no size a multiple of 16; some
  /// samples of one class, some proxies equal.
  static func manyClasses(_ loss: ProxyLoss, length: Double) throws -> LossInputs {
    let (samples, proxies, features) = (530, 702, 19)
    let classes = proxies / loss.similarity.pooling.proxiesPerClass
    let generator = try RandomGenerator(seed: 3)
    func normal(_ shape: [Int]) throws -> Tensor {
      try Tensor.randomNormal(shape, standardDeviation: length, dtype: .float64, using: generator)
    }
    var inputs: LossInputs = [
      .features: try normal([samples, features]), .weights: try normal([proxies, features]),
      .labels: try Tensor((0..<samples).map { Int64($0 * $0 % (classes - 1)) }),
    ]
    if loss.inputs.contains(where: { $0.input == .bias }) {
      inputs[.bias] = try normal([loss.similarity.bias == .shared ? 1 : classes])
    }
    return inputs
  }

  @Test(
    "is right over many tiles, whatever is kept, computed again or left out",
    arguments: [
      ("arcface", 1.0, FusedOptions(), 5e-6), ("arcface", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("arcface", 1, FusedOptions(memoryBudget: 1_500_000), 5e-6),
      ("normface", 1, FusedOptions(tolerance: 0), 5e-6),
      ("softmax", 1, FusedOptions(), 5e-6), ("subcenter-arcface", 1, FusedOptions(), 5e-6),
      // Scores of thousands, in which float32 has few digits left: offsets rise from tile to tile.
      ("softmax", 12, FusedOptions(), 5e-4), ("softmax", 12, FusedOptions(memoryBudget: 0), 5e-4),
      ("softmax", 12, FusedOptions(memoryBudget: 1_500_000), 5e-4),
      ("curricularface", 1, FusedOptions(), 5e-6),
      ("curricularface", 1, FusedOptions(memoryBudget: 1_500_000), 5e-6),
      ("mv-softmax", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("adacos", 1, FusedOptions(), 5e-6),
      ("sphereface2", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("proxy-anchor", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("soft-triple", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("multiclass-hinge-head", 1, FusedOptions(memoryBudget: 0), 5e-6),
      ("c-triplet", 1, FusedOptions(memoryBudget: 0), 5e-6),
    ])
  func manyTiles(name: String, length: Double, options: FusedOptions, limit: Double) throws {
    // The others have kernels without smoothing only, or no smoothing at all.
    let isSmoothed = ["arcface", "normface", "softmax", "adacos"].contains(name)
    let settings = isSmoothed ? ["label-smoothing": "0.1"] : [:]
    for (what, error) in try manyTileErrors(name, settings, length, options) {
      #expect(error <= limit, "\(name), \(what): \(error)")
    }
  }

  @Test(
    "in bfloat16 is off by what rounding the products' factors explains",
    .enabled(if: BlockProduct.supportsBFloat16, "this CPU has no bfloat16 products"),
    arguments: ["arcface", "softmax"])
  func bfloat16(name: String) throws {
    for memoryBudget in [0, 256 << 20] {
      let options = FusedOptions(precision: .bf16, memoryBudget: memoryBudget)
      for (what, error) in try manyTileErrors(name, [:], 1, options) {
        #expect(error <= 0.03, "\(name), \(what): \(error)")
      }
    }
  }

  @Test("leaves out classes within the bound that the tolerance promises")
  func tolerance() throws {
    let tolerance = 1e-4
    // Unit features: the gradient by one is at most s · C · tolerance off, over the mean of N losses.
    let limit = 30 * 702 * tolerance / 530
    let results = try [0, tolerance].map { tolerance in
      try manyTileResults(
        "arcface", ["margin": "0", "scale": "30"], 1, FusedOptions(tolerance: tolerance),
        .float32, .fused, isTrained: true)
    }
    #expect(results[0][0].values == results[1][0].values, "the loss counts every class")
    let (exact, near) = (results[0][1].values, results[1][1].values)
    let squares = zip(exact, near).map { ($0 - $1) * ($0 - $1) }
    for row in stride(from: 0, to: squares.count, by: 19) {
      let error = squares[row..<row + 19].reduce(0, +).squareRoot()
      #expect(error <= limit, "sample \(row / 19): \(error), limit \(limit)")
    }
    #expect(exact != near)
  }

  private func manyTileErrors(
    _ name: String, _ settings: [String: String], _ length: Double, _ options: FusedOptions
  ) throws -> [(what: String, error: Double)] {
    let exact = try manyTileResults(name, settings, length, options, .float64, .composed)
    let fused = try manyTileResults(name, settings, length, options, .float32, .fused)
    return zip(exact, fused).map { exact, fused in
      let scale = exact.values.map(\.magnitude).max()!
      return (
        exact.name, zip(exact.values, fused.values).map { abs($0 - $1) }.max()! / scale
      )
    }
  }

  private func manyTileResults(
    _ name: String, _ settings: [String: String], _ length: Double, _ options: FusedOptions,
    _ dtype: DType, _ implementation: Implementation, isTrained: Bool = false
  ) throws -> [(name: String, values: [Double])] {
    var loss = try #require(
      LossCatalog.entry(named: name).makeLoss(settings).using(implementation) as? ProxyLoss)
    loss.fused = options
    var leaves = try Self.manyClasses(loss, length: length)
    if isTrained {
      leaves[.features] =
        try leaves[.features]! * 0.2 + leaves[.weights]!.select(leaves[.labels]!)
    }
    for (input, tensor) in leaves where tensor.dtype != .int64 {
      leaves[input] = try tensor.to(dtype).copy().requireGradient()
    }
    let value = try loss.value(leaves)
    try value.backward()
    return try [("loss", [value.item()])]
      + leaves.filter { $0.value.requiresGradient }.sorted { $0.key < $1.key }.map {
        try ($0.key.rawValue, #require(try $0.value.gradient()).to(.float64).elements())
      }
  }

  @Test("of a single class has the loss 0 and no gradient")
  func singleClass() throws {
    let loss = try LossCatalog.entry(named: "arcface").makeLoss().using(.fused)
    let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).requireGradient()
    let w = try Tensor([0.5, -1] as [Float], shape: [1, 2]).requireGradient()
    let value = try loss.value([
      .features: x, .weights: w, .labels: Tensor([0, 0] as [Int64]),
    ])
    try value.backward()
    #expect(try value.item() == 0)
    #expect(try x.gradient()!.elements(Float.self) == [0, 0, 0, 0])
    #expect(try w.gradient()!.elements(Float.self) == [0, 0])
  }

  @Test("gives no gradients of gradients, and says so")
  func secondDerivatives() throws {
    let loss = try LossCatalog.entry(named: "arcface").makeLoss().using(.fused)
    let inputs = try ProofCase.standard[0].inputs(for: loss.signatures[0])
    let x = try inputs[.features]!.to(.float32).requireGradient()
    let value = try loss.value([
      .features: x, .weights: inputs[.weights]!.to(.float32), .labels: inputs[.labels]!,
    ])
    #expect(throws: TorchError.self) { try gradients(of: value, for: [x], createGraph: true) }
  }

  @Test("says why it cannot be used")
  func refusals() throws {
    var loss = try #require(
      LossCatalog.entry(named: "sphereface2").makeLoss().using(.automatic) as? ProxyLoss)
    loss.fused.precision = .bf16
    let inputs = try ProofCase.standard[0].inputs(for: loss.signatures[0])
    #expect(throws: LossError.self) { try loss.value(inputs) }
    let arcface = try LossCatalog.entry(named: "arcface").makeLoss().using(.fused)
    var learned = try ProofCase.standard[0].inputs(for: arcface.signatures[1])
    try learned[.probabilities]!.requireGradient()
    #expect(throws: LossError.self) { try arcface.value(learned) }
    #expect(throws: LossError.self) {
      try LossCatalog.entry(named: "center").makeLoss().using(.fused)
    }
  }
}

/// A loss by which the target is not differentiated.
private struct FixedTarget: Loss {
  let loss: ProxyLoss
  let signature: Signature
  let target: LossInputs
  var signatures: [Signature] { [signature.filter { target[$0.input] == nil }] }
  func value(_ inputs: LossInputs) throws -> Tensor {
    try loss.value(inputs.merging(target) { $1 })
  }
}

/// A loss that gives no gradient by the target.
private struct ConstantTarget: Loss {
  let loss: any Loss
  var signatures: [Signature] { loss.signatures }
  func value(_ inputs: LossInputs) throws -> Tensor {
    var inputs = inputs
    for name in [LossInput.probabilities, .classWeights] {
      inputs[name] = try inputs[name]?.detached()
    }
    return try loss.value(inputs)
  }
}
