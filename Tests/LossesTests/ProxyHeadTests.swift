import Foundation
import Losses
import Testing
import Torch

@Suite("Proxy heads, worked by hand")
struct ProxyHeadTests {
  /// Directions in the plane at these angles, in degrees.
  static func directions(_ degrees: [Double], length: Double = 1) throws -> Tensor {
    try Tensor(
      degrees.flatMap { [length * cos($0 * .pi / 180), length * sin($0 * .pi / 180)] },
      shape: [degrees.count, 2])
  }

  @Test("A-Softmax's ψ falls from 1 to 1 − 2m, without a jump or a rise", arguments: 1...4)
  func psi(m: Int) throws {
    let count = 20_000
    let cosines = (0...count).map { cos(Double($0) / Double(count) * .pi) }
    let psi = try MultiplicativeAngle(m).psi(Tensor(cosines)).elements(Double.self)
    #expect(psi.first == 1)
    #expect(psi.last == 1 - 2 * Double(m))
    // |dψ/dθ| = m · |sin mθ| ≤ m; 1e-12 for rounding.
    let largestStep = Double(m) * .pi / Double(count) + 1e-12
    for (a, b) in zip(psi, psi.dropFirst()) {
      #expect(b <= a + 1e-12 && a - b <= largestStep)
    }
  }

  @Test("λ of the annealing falls as published")
  func annealing() {
    let l = MultiplicativeAngle.Annealing.lSoftmax
    #expect(l.lambda(at: 0) == 1000)
    // 1 + 2.5e-5 · 40,000 = 2.
    #expect(abs(l.lambda(at: 40_000) - 1000 * pow(2, -35)) < 1e-18)
    let a = MultiplicativeAngle.Annealing.sphereFace
    // 1 + 0.12 · 100 = 13.
    #expect(abs(a.lambda(at: 100) - 1000 / 13) < 1e-12)
    #expect(a.lambda(at: 1e6) == 5)
  }

  @Test("a head counts its batches from 0, for the annealing")
  func batches() throws {
    let annealing = MultiplicativeAngle.Annealing(base: 3, gamma: 1, power: 1, least: 0)
    let head = try ASoftmax(classCount: 2, featureCount: 2, m: 2, annealing: annealing)
    try head.weights.detached().copy(from: Tensor([1, 0, 0, 1] as [Float], shape: [2, 2]))
    let features = try Self.directions([60]).to(.float32)
    // cos θ = ½, ψ = cos 120° = −½; the other class has the cosine √¾.
    for lambda in [3.0, 1.5, 1] {
      let target = (lambda * 0.5 - 0.5) / (1 + lambda)
      let loss = try head(features, labels: Tensor([0] as [Int64])).item()
      #expect(abs(loss - log(1 + exp(sqrt(0.75) - target))) < 1e-6)
    }
  }

  @Test("softmax on squared distances is softmax on cosines with the same scale")
  func distances() throws {
    let (features, proxies) = ([10.0, 100, 200, 300], [0.0, 80, 190])
    let labels: [Int64] = [0, 1, 1, 2]
    let scale = 7.0
    var expected = 0.0
    for (x, y) in zip(features, labels) {
      let terms = proxies.map { w in
        let (a, b) = (x * .pi / 180, w * .pi / 180)
        let d = pow(cos(a) - cos(b), 2) + pow(sin(a) - sin(b), 2)
        return exp(-scale * d / 2)
      }
      expected -= log(terms[Int(y)] / terms.reduce(0, +)) / Double(labels.count)
    }
    let inputs: LossInputs = [
      .features: try Self.directions(features, length: 3), .weights: try Self.directions(proxies),
      .labels: try Tensor(labels),
    ]
    let cosines = try LossCatalog.entry(named: "normface").makeLoss(["scale": "\(scale)"])
    #expect(try abs(cosines.value(inputs).item() - expected) < 1e-10)
    let distances = try LossCatalog.entry(named: "proxy-nca").makeLoss(
      ["scale": "\(scale / 2)", "rule": "include-target"])
    #expect(try abs(distances.value(inputs).item() - expected) < 1e-10)
  }

  @Test("AdaCos begins at √2 · ln(C − 1), at least 1")
  func firstScale() throws {
    for rule in AdaptiveScale.allCases {
      #expect(abs(rule.initialState(classCount: 101)[0] - 2.0.squareRoot() * log(100)) < 1e-14)
      #expect(rule.initialState(classCount: 2) == [1])
    }
  }

  @Test("AdaCos follows the batch: the median angle, at most 45°, and the other classes")
  func nextScale() throws {
    func scale(_ degrees: [Double], before: Double = 10) throws -> Double {
      let loss = try ProxyLoss(.cosine(scale: 1), margin: AdaptiveScale.dynamic)
      let parameters = try ProxyLoss.Parameters(
        weights: Self.directions([0, 90, 180]), state: Tensor([before]))
      let labels = try Tensor([Int64](repeating: 0, count: degrees.count))
      return try #require(
        loss.evaluate(
          Self.directions(degrees), parameters: parameters, target: Target(.labels(labels))
        ).state
      ).elements(Double.self)[0]
    }
    func others(_ degrees: Double) -> Double {
      let angle = degrees * .pi / 180
      return exp(10 * sin(angle)) + exp(-10 * cos(angle))
    }
    #expect(try abs(scale([60]) - log(others(60)) / sqrt(0.5)) < 1e-9)
    #expect(try abs(scale([30]) - log(others(30)) / cos(.pi / 6)) < 1e-9)
    // Of an even number of angles the lower: 10°, not 40°.
    let mean = (others(10) + others(40)) / 2
    #expect(try abs(scale([40, 10]) - log(mean) / cos(.pi / 18)) < 1e-9)
    // The other class is 30° away: each batch would multiply the scale by cos 30° / cos 45°.
    #expect(try scale([60], before: 55) == 64)
  }

  @Test("AdaFace keeps running mean and deviation of the lengths, batch by batch")
  func quality() throws {
    let head = try AdaFace(classCount: 2, featureCount: 2, margin: QualityMargin(0.1, rate: 0.5))
    let state = try #require(head.state)
    func see(_ features: [Float]) throws -> [Float] {
      _ = try head(Tensor(features, shape: [2, 2]), labels: Tensor([0, 1] as [Int64]))
      return try state.elements()
    }
    // Lengths 3 and 5: mean 4, deviation √2; before the first batch 20 and 100.
    let first = try see([3, 0, 0, 5])
    #expect(first[0] == 12 && abs(first[1] - (50 + sqrt(0.5))) < 1e-5)
    // Lengths 10 and 1000, which counts as 100: mean 55, deviation 90/√2.
    let second = try see([0, 10, -1000, 0])
    #expect(second[0] == 33.5 && abs(second[1] - (first[1] + 90 * sqrt(0.5)) / 2) < 1e-5)
  }

  @Test("CurricularFace's t is the running cosine of the targets, and comes back with the buffers")
  func curriculum() throws {
    func makeHead() throws -> CurricularFace {
      try CurricularFace(classCount: 3, featureCount: 2, decay: 0.5, seed: 4)
    }
    let head = try makeHead()
    let features = try head.weights.detached().copy()
    for t in [0.5, 0.75] as [Float] {
      _ = try head(features, labels: Tensor([0, 1, 2] as [Int64]))
      #expect(try abs(head.buffers[0].tensor.elements()[0] - t) < 1e-6)
    }
    // Every sample is on the proxy of another class: a hard one, which counts by t.
    func mistaken(_ head: ProxyHead) throws -> Double {
      try head(features, labels: Tensor([1, 2, 0] as [Int64])).item()
    }
    let restored = try makeHead()
    for (saved, buffer) in zip(head.buffers, restored.buffers) {
      #expect(saved.name == buffer.name)
      try buffer.tensor.copy(from: saved.tensor)
    }
    let expected = try mistaken(head)
    #expect(try mistaken(restored) == expected)
    #expect(try mistaken(makeHead()) < expected - 1)
  }

  @Test("ElasticFace draws anew for each batch, and the same again for the same batch")
  func draws() throws {
    func losses(seed: UInt64) throws -> [Double] {
      let head = try ElasticFace(
        classCount: 3, featureCount: 2, margin: ElasticMargin(0.3, deviation: 0.1, seed: seed),
        scale: 2)
      let features = try Self.directions([10, 100, 250]).to(.float32)
      return try (0..<2).map { _ in
        try head(features, labels: Tensor([0, 1, 2] as [Int64])).item()
      }
    }
    let first = try losses(seed: 0)
    #expect(first[0] != first[1])
    #expect(try losses(seed: 0) == first)
    #expect(try losses(seed: 1) != first)
  }

  @Test("ElasticFace+ deals the larger margin to the sample farther from its proxy")
  func sorted() throws {
    let cosines = [0.3, -0.8, 0.9, 0.1, -0.2]
    let margin = try ElasticMargin(0.5, deviation: 0.2, rule: .cos, assignment: .sorted)
    let psi = try margin.target(Tensor(cosines, shape: [5, 1]), ProxyLossTests.batch)
      .elements(Double.self)
    let margins = zip(cosines, psi).map { (cosine: $0, margin: $0 - $1) }
      .sorted { $0.cosine < $1.cosine }.map(\.margin)
    for (a, b) in zip(margins, margins.dropFirst()) { #expect(a > b) }
  }

  @Test("a learned scale gets a gradient, and counts as 0.01 below that")
  func learnedScale() throws {
    for head in [
      try NormFace(classCount: 3, featureCount: 2, scale: 5, learnsScale: true),
      try L2Softmax(classCount: 3, featureCount: 2, alpha: 5, learnsAlpha: true),
    ] {
      let features = try Self.directions([10, 100, 250]).to(.float32)
      let scale = try #require(head.parameters.first { $0.name == "scale" }?.tensor)
      try head(features, labels: Tensor([0, 1, 1] as [Int64])).backward()
      #expect(try #require(try scale.gradient()).item() != 0)
      let logits = try head.logits(features).elements(Float.self)
      try scale.detached().copy(from: Tensor([-3 as Float], shape: []))
      for (small, logit) in zip(try head.logits(features).elements(Float.self), logits) {
        #expect(abs(small - logit * 0.002) < 1e-7)
      }
    }
  }

  @Test("SphereFace2's bias begins where, at right angles, target and others pull alike")
  func balance() throws {
    let head = try SphereFace2(classCount: 10, featureCount: 3, margin: BinaryMargin())
    // Proxies in a plane, and a feature that stands upon it.
    let flat = try Tensor(
      (0..<10).flatMap { [cos(Float($0)), sin(Float($0)), 0] }, shape: [10, 3])
    try head.weights.detached().copy(from: flat)
    let bias = try #require(head.bias)
    func pull(_ b: Float) throws -> Double {
      try bias.detached().copy(from: Tensor([b]))
      return try gradients(
        of: head(Tensor([0, 0, 2] as [Float], shape: [1, 3]), labels: Tensor([4] as [Int64])),
        for: [bias])[0]!.item()
    }
    let start = try bias.detached().elements(Float.self)[0]
    #expect(try abs(pull(start)) < 1e-7)
    #expect(try pull(start - 1) < -1e-3 && pull(start + 1) > 1e-3)
  }

  @Test(
    "a batch of ignored samples has the loss 0 and no gradient, but for what is no sample's",
    arguments: LossCatalog.all.filter { $0.family == .proxyHead })
  func allIgnored(entry: LossEntry) throws {
    let loss = try entry.makeLoss(["ignore-label": "-1"])
    var inputs = try ProofCase.standard[0].inputs(for: loss.signatures[0])
    inputs[.labels] = try Tensor([Int64](repeating: -1, count: 6))
    try inputs[.features]!.requireGradient()
    try loss.validate(inputs)
    let value = try loss.value(inputs)
    // SoftTriple's penalty is on the proxies alone.
    #expect(try (value.item() == 0) == (entry.name != "soft-triple"))
    try value.backward()
    #expect(
      try inputs[.features]!.gradient()!.elements(Double.self).allSatisfy { $0 == 0 })
  }
}

@Suite("What a proxy head cannot do")
struct ProxyHeadRefusalTests {
  static let heads = LossCatalog.all.filter { $0.family == .proxyHead }

  @Test("is refused with a reason, for every option of the family", arguments: heads)
  func options(entry: LossEntry) {
    let names = [
      "label-smoothing", "temperature", "focal-gamma", "ignore-label", "reduction", "gradient",
    ]
    for name in names where !entry.parameters.contains(where: { $0.name == name }) {
      let reason = entry.refusals[name]
      #expect(reason != nil, "\(entry.name) neither has \(name) nor says why")
      let error = #expect(throws: LossError.self) { try entry.makeLoss([name: "1"]) }
      #expect(error?.description == "\(entry.name) takes no \(name): \(reason ?? "")")
    }
  }

  @Test(
    "is a distribution, where the loss needs a class",
    arguments: heads.compactMap { entry in
      let loss = try! entry.makeLoss()
      return loss.signatures.count == 1 ? (entry.name, loss as! ProxyLoss) : nil
    })
  func distributions(name: String, loss: ProxyLoss) throws {
    let head = try ProxyHead(loss, classCount: 3, featureCount: 2)
    let features = try Tensor([1, 2] as [Float], shape: [1, 2])
    let probabilities = try Tensor([0.2, 0.3, 0.5] as [Float], shape: [1, 3])
    let error = #expect(throws: LossError.self) {
      try head(features, probabilities: probabilities)
    }
    #expect(error?.description.hasPrefix("give 'labels', not 'probabilities': ") == true)
    let missing = #expect(throws: LossError.self) {
      try loss.validate([
        .features: features, .weights: head.weights, .probabilities: probabilities,
      ])
    }
    #expect(missing?.description.contains("'labels' [N] is missing") == true)
  }

  @Test("are class weights, where the loss is no sum over samples")
  func classWeights() throws {
    let head = try ProxyAnchor(classCount: 2, featureCount: 2, criterion: ProxyAnchorCriterion())
    #expect(throws: LossError.self) {
      try head(
        Tensor([1, 2] as [Float], shape: [1, 2]), labels: Tensor([0] as [Int64]),
        classWeights: Tensor([1, 2] as [Float]))
    }
  }
}
