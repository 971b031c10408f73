import Foundation
import Losses
import Testing
import Torch

private func tensor(_ rows: [[Double]]) throws -> Tensor {
  try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
}

private func elements(_ tensor: Tensor) throws -> [Double] { try tensor.elements() }

/// The loss of this name for inputs, without reduction where it has one.
private func value(
  _ name: String, _ settings: [String: String] = [:], _ inputs: LossInputs
) throws -> [Double] {
  let entry = try LossCatalog.entry(named: name)
  var settings = settings
  if settings["reduction"] == nil { settings["reduction"] = "none" }
  let loss = try entry.makeLoss(settings)
  try loss.validate(inputs)
  return try elements(loss.value(inputs))
}

private func expectEqual(
  _ a: [Double], _ b: [Double], within tolerance: Double = 1e-14,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.count == b.count, sourceLocation: sourceLocation)
  for (a, b) in zip(a, b) {
    #expect(abs(a - b) <= tolerance, "\(a) and \(b)", sourceLocation: sourceLocation)
  }
}

private let scores = [[2, -1, 0.5, 0], [0.3, 0.1, -4, 1], [-2, 5, 1, 1.5]]
private let shares = [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]]
private let classes: [Int64] = [0, 3, 2]

@Suite("Distributions of logits")
struct DistributionTests {
  @Test("are the softmax: worked numbers, and five times the logits")
  func softmax() throws {
    let logits = try tensor([[1.5, 1.2, 1.0]])
    expectEqual(
      try elements(ClassDistribution(softmaxOf: logits).probabilities),
      [0.42601251, 0.31559783, 0.25838965], within: 1e-8)
    for distribution in [
      try ClassDistribution(softmaxOf: logits * 5),
      try ClassDistribution(softmaxOf: logits, temperature: 0.2),
    ] {
      expectEqual(
        try elements(distribution.probabilities), [0.76615721, 0.17095278, 0.06289001],
        within: 1e-8)
    }
  }

  @Test("have cross-entropy = entropy of the target + divergence from it")
  func crossEntropyIdentity() throws {
    let inputs: LossInputs = [
      .logits: try tensor(scores), .probabilities: try tensor(shares),
    ]
    let entropies = shares.map { -$0.reduce(0) { $0 + $1 * log($1) } }
    expectEqual(
      try value("cross-entropy", [:], inputs),
      zip(entropies, try value("kl-divergence", [:], inputs)).map(+))
  }

  @Test("have no divergence from themselves, and more than none from others, in both directions")
  func divergence() throws {
    for rule in ["forward", "reverse"] {
      let logits = try tensor(scores)
      expectEqual(
        try value("kl-divergence", ["rule": rule], [.logits: logits, .teacherLogits: logits + 7]),
        [0, 0, 0])
      let apart = try value(
        "kl-divergence", ["rule": rule],
        [.logits: logits, .probabilities: tensor(shares)])
      #expect(apart.allSatisfy { $0 > 0.01 })
    }
    // KL((½,½)‖(¼,¾)) = ½·log 2 + ½·log ⅔, and the reverse ¼·log ½ + ¾·log 3/2.
    let inputs: LossInputs = [
      .logits: try tensor([[0, log(3)]]), .probabilities: try tensor([[0.5, 0.5]]),
    ]
    expectEqual(
      try value("kl-divergence", ["rule": "forward"], inputs), [log(2) / 2 + log(2.0 / 3) / 2])
    expectEqual(
      try value("kl-divergence", ["rule": "reverse"], inputs), [log(0.5) / 4 + log(1.5) * 3 / 4])
  }

  @Test("have a Jensen–Shannon divergence that is symmetric, and log 2 where nothing is shared")
  func jensenShannon() throws {
    let (a, b) = (try tensor(scores), try tensor(scores.reversed()))
    let forth = try value("js-divergence", [:], [.logits: a, .teacherLogits: b])
    expectEqual(forth, try value("js-divergence", [:], [.logits: b, .teacherLogits: a]))
    #expect(forth.allSatisfy { $0 < log(2) } && forth[0] > 0.1)
    let apart = try value(
      "js-divergence", [:],
      [.logits: tensor([[1e4, -1e4, -1e4]]), .probabilities: tensor([[0, 0.5, 0.5]])])
    expectEqual(apart, [log(2)])
  }

  @Test("have the largest entropy, log C, where all logits are equal")
  func entropy() throws {
    expectEqual(
      try value("entropy", [:], [.logits: tensor([[3, 3, 3, 3], [1e4, 0, 0, 0]])]), [log(4), 0])
  }
}

@Suite("Losses on logits and labels")
struct LabelledLogitsTests {
  let logits: Tensor
  let inputs: LossInputs

  init() throws {
    logits = try tensor(scores)
    inputs = [.logits: logits, .labels: try Tensor(classes)]
  }

  @Test("of the focal kind are cross-entropy for γ = 0, and weigh it by (1−p)^γ else")
  func focal() throws {
    let plain = try value("cross-entropy", [:], inputs)
    #expect(try value("focal", ["gamma": "0"], inputs) == plain)
    expectEqual(
      try value("focal", ["gamma": "3"], inputs), plain.map { pow(1 - exp(-$0), 3) * $0 })
  }

  @Test(
    "of the generalized kind are cross-entropy for q → 0, and half the absolute error for q = 1")
  func generalized() throws {
    let plain = try value("cross-entropy", [:], inputs)
    let name = "generalized-cross-entropy"
    expectEqual(try value(name, ["q": "0"], inputs), plain)
    expectEqual(try value(name, ["q": "1e-9"], inputs), plain, within: 1e-7)
    let probabilities: [Double] = try elements(ClassDistribution(softmaxOf: logits).probabilities)
    let errors = classes.enumerated().map { row, label in
      (0..<4).reduce(0) { $0 + abs(probabilities[row * 4 + $1] - ($1 == Int(label) ? 1 : 0)) } / 2
    }
    expectEqual(try value(name, ["q": "1"], inputs), errors)
  }

  @Test("of the symmetric kind add −A·(1−p) for a label, one-hot or not")
  func symmetric() throws {
    let plain = try value("cross-entropy", [:], inputs)
    let settings = ["alpha": "2", "beta": "0.5", "log-clip": "-6"]
    let symmetric = try value("symmetric-cross-entropy", settings, inputs)
    expectEqual(symmetric, plain.map { 2 * $0 + 0.5 * 6 * (1 - exp(-$0)) })
    let oneHot = try Tensor(classes).oneHot(classCount: 4, dtype: .float64)
    expectEqual(
      symmetric,
      try value("symmetric-cross-entropy", settings, [.logits: logits, .probabilities: oneHot]))
  }

  @Test("count errors without a gradient in the logits; a distribution has an expected error")
  func zeroOne() throws {
    #expect(try value("zero-one", [:], inputs) == [0, 0, 1])
    expectEqual(
      try value("zero-one", [:], [.logits: logits, .probabilities: tensor(shares)]),
      [0.9, 0.9, 0.75])
    let loss = try LossCatalog.entry(named: "zero-one").makeLoss()
    var inputs = inputs
    inputs[.logits] = try logits.copy().requireGradient()
    #expect(try !loss.value(inputs).requiresGradient)
  }

  @Test("with a confidence penalty are lowered by β times the entropy")
  func confidencePenalty() throws {
    let entropies = try value("entropy", [:], [.logits: logits])
    expectEqual(
      try value("confidence-penalty", ["beta": "0.5"], inputs),
      zip(try value("cross-entropy", [:], inputs), entropies).map { $0 - 0.5 * $1 })
  }

  @Test("of the hinge kind look at the strongest rival, or at all: worked numbers")
  func multiclassHinge() throws {
    // Of class 0: z_j − z_0 + 1 is 0.75, 1.5 and −1.
    let inputs: LossInputs = [
      .logits: try tensor([[0, -0.25, 0.5, -2]]), .labels: try Tensor([0] as [Int64]),
    ]
    for (rule, power, expected) in [
      ("crammer-singer", "1", 1.5), ("crammer-singer", "2", 2.25), ("weston-watkins", "1", 2.25),
      ("weston-watkins", "2", 0.5625 + 2.25),
    ] {
      #expect(
        try value("multiclass-hinge", ["rule": rule, "power": power], inputs) == [expected])
    }
    #expect(try value("multiclass-hinge", ["margin": "0.25"], inputs) == [0.75])
  }

  @Test(
    "are 0 where every sample is ignored",
    arguments: LossCatalog.all.filter { entry in
      entry.family == .logits && entry.parameters.contains { $0.name == "ignore-label" }
    })
  func ignored(entry: LossEntry) throws {
    var inputs = inputs
    if entry.name == "distillation" { inputs[.teacherLogits] = logits }
    inputs[.labels] = try Tensor([7, 7, 7] as [Int64])
    for reduction in ["mean", "sum", "none", "weighted-mean"] {
      let values = try value(
        entry.name, ["ignore-label": "7", "reduction": reduction], inputs)
      #expect(values.allSatisfy { $0 == 0 })
    }
    inputs[.labels] = try Tensor([7, 3, 7] as [Int64])
    let some = try value(entry.name, ["ignore-label": "7"], inputs)
    #expect(some[0] == 0 && some[2] == 0)
  }
}

@Suite("Distillation")
struct DistillationTests {
  @Test("has the same gradient in both forms, none in the teacher, and needs no labels for mix = 1")
  func gradients() throws {
    func gradient(_ rule: Distillation.Rule) throws -> (value: Double, logits: [Double]) {
      let logits = try tensor(scores).requireGradient()
      let teacher = try tensor(scores.reversed()).requireGradient()
      let loss = try Distillation(temperature: 3, mix: 1, rule: rule)(
        logits, teacherLogits: teacher)
      try loss.backward()
      #expect(try teacher.gradient() == nil)
      let gradient = try #require(try logits.gradient())
      return (try loss.item(), try elements(gradient))
    }
    let divergence = try gradient(.klDivergence)
    let crossEntropy = try gradient(.crossEntropy)
    expectEqual(divergence.logits, crossEntropy.logits)
    let entropy = try Entropy(temperature: 3)(tensor(scores)).item()
    #expect(abs(crossEntropy.value - divergence.value - 9 * entropy) < 1e-13)
  }

  @Test("is nothing but cross-entropy for mix = 0")
  func withoutTeacher() throws {
    let inputs: LossInputs = [.logits: try tensor(scores), .labels: try Tensor(classes)]
    var taught = inputs
    taught[.teacherLogits] = try tensor(scores.reversed())
    expectEqual(
      try value("distillation", ["mix": "0"], taught), try value("cross-entropy", [:], inputs))
  }
}

@Suite("Noisy labels", .serialized)
struct NoisyLabelsTests {
  @Test("are replaced at the rate that is set, by every class alike")
  func draws() throws {
    try Runtime.seed(1)
    let count = 20_000
    // Scores whose losses tell which class was the target: all right targets are class 1 of 4.
    let logits = try tensor([[0, 1, 2, 3]]).broadcast(to: [count, 4])
    let target = Target(.labels(try Tensor([Int64](repeating: 1, count: count))))
    let losses: [Double] = try elements(
      NoisyLabels(rate: 0.4, criterion: CrossEntropy()).losses(logits, target))
    let shift = log((0...3).reduce(0) { $0 + exp(Double($1)) })
    var shares = [Double](repeating: 0, count: 4)
    for loss in losses { shares[Int((shift - loss).rounded())] += 1 / Double(count) }
    // 0.1 each, and 0.6 more for the label: four standard deviations of 20,000 draws.
    expectEqual(shares, [0.1, 0.7, 0.1, 0.1], within: 4 * (0.7 * 0.3 / Double(count)).squareRoot())
  }

  @Test("of a distribution are replaced row by row; a rate of 1 leaves nothing, of 0 everything")
  func extremes() throws {
    try Runtime.seed(2)
    let inputs: LossInputs = [.logits: try tensor(scores), .probabilities: try tensor(shares)]
    let plain = try value("cross-entropy", [:], inputs)
    #expect(try value("noisy-labels", ["rate": "0"], inputs) == plain)
    let costs: [Double] = try elements(-tensor(scores).logSoftmax(axis: 1))
    for (row, loss) in try value("noisy-labels", ["rate": "1"], inputs).enumerated() {
      #expect(costs[row * 4..<row * 4 + 4].contains { abs($0 - loss) < 1e-14 })
    }
  }

  @Test("are label smoothing in the mean")
  func expected() throws {
    let inputs: LossInputs = [.logits: try tensor(scores), .labels: try Tensor(classes)]
    expectEqual(
      try value("noisy-labels", ["rule": "expected", "rate": "0.3"], inputs),
      try value("cross-entropy", ["label-smoothing": "0.3"], inputs))
    #expect(throws: LossError.self) {
      try NoisyLabels(rule: .expected, criterion: MulticlassHinge())
    }
  }
}

@Suite("Losses of independent decisions")
struct BinaryLossTests {
  @Test("are the cross-entropy of two classes of which one has the score 0, and of signs")
  func identities() throws {
    let column = [-3.0, 0, 0.4, 800]
    let targets = [0.0, 1, 1, 0]
    let binary = try value(
      "binary-cross-entropy", [:],
      [.logits: tensor(column.map { [$0] }), .targets: tensor(targets.map { [$0] })])
    expectEqual(
      binary,
      try value(
        "cross-entropy", [:],
        [.logits: tensor(column.map { [0, $0] }), .labels: Tensor(targets.map { Int64($0) })]))
    expectEqual(
      binary,
      try value(
        "logistic", [:],
        [.logits: Tensor(column), .targets: Tensor(targets.map { 2 * $0 - 1 })]))
    expectEqual(
      binary.map { $0 / 2 },
      try value(
        "sigmoid-focal", ["gamma": "0", "alpha": "0.5"],
        [.logits: tensor(column.map { [$0] }), .targets: tensor(targets.map { [$0] })]))
  }

  @Test("weigh positive targets, and classes; the weighted mean divides by the latter alone")
  func weights() throws {
    let inputs: LossInputs = [
      .logits: try tensor([[0, 0], [0, 0]]), .targets: try tensor([[1, 0], [0, 1]]),
      .positiveWeights: try Tensor([3.0, 5]), .classWeights: try Tensor([1.0, 2]),
    ]
    let unit = log(2.0)
    expectEqual(
      try value("binary-cross-entropy", [:], inputs), [3 * unit, 2 * unit, unit, 10 * unit])
    expectEqual(
      try value("binary-cross-entropy", ["reduction": "weighted-mean"], inputs), [16 * unit / 6])
    expectEqual(try value("binary-cross-entropy", ["reduction": "mean"], inputs), [16 * unit / 4])
  }

  @Test("on signs: worked numbers, the same for any shape")
  func signs() throws {
    let inputs: LossInputs = [
      .logits: try Tensor([0.25, -2.0, 3.0, 1.0], shape: [2, 1, 2]),
      .targets: try Tensor([1.0, 1, 1, -1], shape: [2, 1, 2]),
    ]
    #expect(try value("hinge", [:], inputs) == [0.75, 3, 0, 2])
    #expect(try value("squared-hinge", [:], inputs) == [0.5625, 9, 0, 4])
    expectEqual(try value("exponential", [:], inputs), [exp(-0.25), exp(2), exp(-3), exp(1)])
    expectEqual(
      try value("logistic", [:], inputs), [-0.25, 2, -3, 1].map { Foundation.log1p(exp($0)) })
  }

  @Test("of the exponential kind go on as the tangent, and are finite for every finite score")
  func tangent() throws {
    let losses = try elements(Exponential(reduction: .none).losses(Tensor([-30.0, -31, -40])))
    expectEqual(losses.map { $0 / exp(30) }, [1, 2, 11], within: 1e-12)
    let largest = Float.greatestFiniteMagnitude
    let scores = try Tensor([largest, -largest, 1e20, -1e20, 100, -100, 0]).requireGradient()
    let targets = try Tensor([1, 1, 1, 1, 1, 1, 1] as [Float])
    for reduction in [Reduction.none, .sum, .mean] {
      let loss = try Exponential(reduction: reduction)(scores, targets: targets)
      #expect(try loss.isAllFinite())
      try loss.sum().backward()
      #expect(try scores.gradient()?.isAllFinite() == true)
    }
  }
}

@Suite("Losses of masks")
struct MaskLossTests {
  let inputs: LossInputs

  init() throws {
    // Predictions of 1, ½ and 0, to the last digit.
    inputs = [
      .logits: try Tensor([800.0, 0, -800, 0, 0, 0], shape: [2, 3]),
      .targets: try Tensor([1.0, 1, 1, 0, 0, 1], shape: [2, 3]),
    ]
  }

  @Test("measure overlaps of each sample, or of the batch: worked numbers")
  func overlaps() throws {
    // Shared, false positives, false negatives: 1.5, 0, 1.5 and 0.5, 1, 0.5.
    let none = ["smooth": "0"]
    let batch = ["smooth": "0", "rule": "per-batch"]
    expectEqual(try value("dice", none, inputs), [1.5 / 4.5, 1.5 / 2.5])
    expectEqual(try value("dice", batch, inputs), [3 / 7.0])
    expectEqual(try value("dice", ["smooth": "2"], inputs), [1.5 / 6.5, 1.5 / 4.5])
    // Σ(p−t)² is 1.25 and 0.75; Σp² + Σt² is 4.25 and 1.75.
    expectEqual(
      try value("dice", none.merging(["denominator": "squares"]) { $1 }, inputs),
      [1.25 / 4.25, 0.75 / 1.75])
    let prices = ["alpha": "0.25", "beta": "2"]
    expectEqual(
      try value("tversky", none.merging(prices) { $1 }, inputs), [3 / 4.5, 1.25 / 1.75])
    expectEqual(try value("tversky", batch.merging(prices) { $1 }, inputs), [4.25 / 6.25])
  }

  @Test("agree: Dice is Tversky with prices of ½ and half the smooth term")
  func identity() throws {
    expectEqual(
      try value("dice", ["smooth": "0.6"], inputs), try value("tversky", ["smooth": "0.3"], inputs))
  }

  @Test("are 0 for two empty masks, without a smooth term too")
  func empty() throws {
    for smooth in ["0", "1e-300", "1"] {
      let empty: LossInputs = [
        .logits: try Tensor([-800.0, -800], shape: [1, 2]),
        .targets: try Tensor([0.0, 0], shape: [1, 2]),
      ]
      #expect(try value("dice", ["smooth": smooth], empty) == [0])
      #expect(try value("tversky", ["smooth": smooth], empty) == [0])
    }
  }
}

@Suite("Losses on logits with other settings than the default", .serialized)
struct LogitSettingsTests {
  static let settings: [(String, [String: String])] = [
    ("cross-entropy", ["focal-gamma": "0.5", "label-smoothing": "0.1", "temperature": "3"]),
    ("focal", ["gamma": "0.5", "reduction": "weighted-mean"]),
    ("generalized-cross-entropy", ["q": "0", "label-smoothing": "0.1"]),
    ("generalized-cross-entropy", ["q": "1e-30", "temperature": "0.5"]),
    ("generalized-cross-entropy", ["q": "1", "reduction": "none"]),
    ("symmetric-cross-entropy", ["log-clip": "-80", "label-smoothing": "0.1"]),
    ("symmetric-cross-entropy", ["log-clip": "0", "reduction": "weighted-mean"]),
    ("confidence-penalty", ["beta": "3", "focal-gamma": "2", "temperature": "0.5"]),
    ("noisy-labels", ["rate": "0.5", "reduction": "weighted-mean", "focal-gamma": "1"]),
    ("noisy-labels", ["rule": "expected", "rate": "0.5", "ignore-label": "1"]),
    ("distillation", ["mix": "1", "temperature": "0.5", "ignore-label": "1"]),
    ("distillation", ["rule": "cross-entropy", "label-smoothing": "0.1", "reduction": "none"]),
    ("kl-divergence", ["rule": "reverse", "reduction": "none"]),
    ("kl-divergence", ["temperature": "0.1"]),
    ("js-divergence", ["temperature": "4", "reduction": "none"]),
    ("binary-cross-entropy", ["label-smoothing": "0.2", "reduction": "weighted-mean"]),
    ("sigmoid-focal", ["gamma": "0.01", "alpha": "1", "reduction": "weighted-mean"]),
    ("multiclass-hinge", ["rule": "weston-watkins", "power": "2", "ignore-label": "1"]),
    ("multiclass-hinge", ["power": "2", "reduction": "weighted-mean"]),
    ("dice", ["denominator": "squares", "rule": "per-batch", "smooth": "0"]),
    ("tversky", ["alpha": "0", "beta": "3", "smooth": "0"]),
    ("zero-one", ["reduction": "weighted-mean", "ignore-label": "0"]),
  ]

  @Test("have the gradient of their value, and stay finite at extreme inputs", arguments: settings)
  func proof(name: String, settings: [String: String]) throws {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings)
    for signature in loss.signatures {
      for proofCase in ProofCase.standard where proofCase.sampleCount < 100 {
        let proof = try proveGradient(of: loss, at: proofCase.inputs(for: signature))
        #expect(proof.error <= 1e-7, "\(proofCase.name): \(proof.input) \(proof.error)")
      }
    }
    let failure = try firstFailure(of: loss, draws: 200)
    #expect(failure == nil, "\(failure ?? "")")
  }

  @Test("refuse options without a meaning, and say why")
  func refusals() {
    for (name, option, reason) in [
      ("zero-one", "temperature", "highest"), ("focal", "focal-gamma", "called gamma"),
      ("noisy-labels", "label-smoothing", "rule=expected"), ("hinge", "temperature", "unit"),
      ("multiclass-hinge", "label-smoothing", "one right class"),
      ("kl-divergence", "ignore-label", "no labels"), ("dice", "focal-gamma", "one number"),
    ] {
      let error = #expect(throws: LossError.self, "\(name)") {
        try LossCatalog.entry(named: name).makeLoss([option: "1"])
      }
      #expect(error?.description.contains(reason) == true, "\(name) \(option)")
    }
  }
}
