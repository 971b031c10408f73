import Foundation
import Losses
import Testing
import Torch

@Suite("The softmax family")
struct ProxyLossTests {
  /// For margins that depend on the cosine alone.
  static let batch = MarginBatch(features: try! .zeros([1, 1]))

  /// Features that give the logits z with the unit matrix as weights.
  static func loss(_ logits: [Double], label: Int64, smoothing: Double = 0) throws -> Double {
    let n = logits.count
    let unit = (0..<n * n).map { $0 % (n + 1) == 0 ? 1.0 : 0.0 }
    let loss = try ProxyLoss(
      .innerProduct(bias: .none), HeadOptions(labelSmoothing: smoothing))
    return try loss.value([
      .features: Tensor(logits, shape: [1, n]), .weights: Tensor(unit, shape: [n, n]),
      .labels: Tensor([label]),
    ]).item()
  }

  @Test(
    "softmax gives the published probabilities",
    arguments: [
      (1.0, [0.42601251, 0.31559783, 0.25838965]), (5.0, [0.76615721, 0.17095278, 0.06289001]),
    ])
  func workedNumbers(factor: Double, expected: [Double]) throws {
    for (label, probability) in expected.enumerated() {
      let loss = try Self.loss([1.5, 1.2, 1.0].map { $0 * factor }, label: Int64(label))
      #expect(abs(exp(-loss) - probability) < 5e-9)
    }
  }

  @Test("label smoothing mixes the target with the uniform distribution")
  func smoothing() throws {
    let logits = [1.5, 1.2, 1.0]
    let each = try (0..<3).map { try Self.loss(logits, label: $0) }
    let smoothed = try Self.loss(logits, label: 1, smoothing: 0.3)
    let expected = 0.7 * each[1] + 0.3 * each.reduce(0, +) / 3
    #expect(abs(smoothed - expected) < 1e-14)
  }

  @Test("logits of ±1e4 neither overflow nor lose the loss")
  func extremeLogits() throws {
    #expect(try Self.loss([1e4, -1e4], label: 0) == 0)
    #expect(try Self.loss([1e4, -1e4], label: 1) == 2e4)
  }

  @Test("probabilities that are one-hot give the loss of the label", arguments: LossCatalog.all)
  func oneHot(entry: LossEntry) throws {
    // Margins that are drawn would differ from one evaluation to the next.
    let isDrawn = entry.parameters.contains { $0.name == "deviation" }
    let loss = try entry.makeLoss(isDrawn ? ["deviation": "0"] : [:])
    guard entry.family == .proxyHead, loss.signatures.count == 2 else { return }
    let inputs = try ProofCase.standard[0].inputs(for: loss.signatures[0])
    var soft = inputs
    soft[.labels] = nil
    soft[.probabilities] = try inputs[.labels]!.oneHot(
      classCount: ProofCase.standard[0].classCount, dtype: .float64)
    #expect(try abs(loss.value(inputs).item() - loss.value(soft).item()) < 1e-12)
  }

  @Test("margins make the target's cosine smaller: worked by hand at 60°")
  func margins() throws {
    func psi(_ margin: (any Margin)?) throws -> Double {
      // Two classes at right angles, the feature at 60° from its own; s = 1.
      let loss = try ProxyLoss(.cosine(scale: 1), margin: margin).value([
        .features: Tensor([0.5, sqrt(0.75)], shape: [1, 2]),
        .weights: Tensor([1, 0, 0, 1.0], shape: [2, 2]), .labels: Tensor([0] as [Int64]),
      ]).item()
      // L = log(1 + exp(z_other − ψ))
      return sqrt(0.75) - log(exp(loss) - 1)
    }
    #expect(try abs(psi(nil) - 0.5) < 1e-11)
    #expect(try abs(psi(AdditiveCosine(0.35)) - 0.15) < 1e-11)
    #expect(try abs(psi(AdditiveAngle(0.5)) - cos(.pi / 3 + 0.5)) < 1e-11)
  }

  @Test("ArcFace's default falls with θ all the way to π, without a jump")
  func monotone() throws {
    let angles = (1..<20_000).map { Double($0) / 20_000 * .pi }
    for margin in [0.1, 0.5, 1.0, 2.0] {
      let psi = try AdditiveAngle(margin).target(Tensor(angles.map(cos)), Self.batch)
        .elements(Double.self)
      for (a, b) in zip(psi, psi.dropFirst()) {
        #expect(b < a && a - b < 2e-4)
      }
    }
  }

  @Test("the other rules beyond π do what their names say")
  func beyondPi() throws {
    func psi(_ rule: AdditiveAngle.BeyondPi, _ angle: Double) throws -> Double {
      try AdditiveAngle(0.5, beyondPi: rule).target(Tensor([cos(angle)]), Self.batch).item()
    }
    let angle = 3.0
    #expect(try abs(psi(.linear, angle) - (cos(angle) - 0.5 * sin(0.5))) < 1e-12)
    #expect(try psi(.clamped, angle) == -1)
    #expect(try abs(psi(.unchanged, angle) - cos(angle + 0.5)) < 1e-12)
    #expect(try psi(.easy, angle) == cos(angle))
    #expect(try abs(psi(.easy, 1) - cos(1.5)) < 1e-12)
  }

  @Test("unit rows have length 1 whatever their size, and the zero vector stays zero")
  func unitRows() throws {
    for size in [1e-3, 1, 1e8, 1e30, 8e37] as [Float] {
      let row = try Tensor([3 * size, 4 * size], shape: [1, 2]).unitRows().elements(Float.self)
      #expect(abs(row[0] - 0.6) < 1e-6 && abs(row[1] - 0.8) < 1e-6)
    }
    #expect(try Tensor.zeros([1, 3]).unitRows().elements() == [0, 0, 0] as [Float])
  }

  @Test("the loss floor of normalised softmax holds, and is reached by evenly spread proxies")
  func lossFloor() throws {
    // Three classes at 120° in the plane, every feature on its proxy.
    let angles = [0, 2 * Double.pi / 3, 4 * Double.pi / 3]
    let points = try Tensor(angles.flatMap { [cos($0), sin($0)] }, shape: [3, 2])
    for scale in [1.0, 4, 16] {
      let loss = try ProxyLoss(.cosine(scale: scale)).value([
        .features: points, .weights: points, .labels: Tensor([0, 1, 2] as [Int64]),
      ]).item()
      #expect(abs(loss - log(1 + 2 * exp(-1.5 * scale))) < 1e-10)
    }
  }

  @Test("impossible combinations are refused with the reason")
  func refusals() {
    #expect(throws: LossError.self) {
      try ProxyLoss(.innerProduct(), margin: AdditiveAngle(0.5))
    }
    #expect(throws: LossError.self) { try ProxyLoss(.cosine(scale: 0)) }
    #expect(throws: LossError.self) { try ProxyLoss(.cosine(scale: .nan)) }
    #expect(throws: LossError.self) { try AdditiveAngle(.pi) }
    #expect(throws: LossError.self) { try AdditiveCosine(-0.1) }
    #expect(throws: LossError.self) { try CrossEntropy(labelSmoothing: 1.5) }
    #expect(throws: LossError.self) { try Softmax(classCount: 1, featureCount: 2) }
    #expect(throws: LossError.self) { try Softmax(classCount: 2, featureCount: 0) }
  }
}

@Suite("Presets")
struct PresetTests {
  @Test("have the defaults that the catalogue names, every one of them")
  func defaults() throws {
    let (c, d) = (3, 2)
    let heads: [String: ProxyHead] = [
      "softmax": try Softmax(classCount: c, featureCount: d),
      "modified-softmax": try ModifiedSoftmax(classCount: c, featureCount: d),
      "l-softmax": try LSoftmax(classCount: c, featureCount: d),
      "a-softmax": try ASoftmax(classCount: c, featureCount: d),
      "l2-softmax": try L2Softmax(classCount: c, featureCount: d),
      "normface": try NormFace(classCount: c, featureCount: d),
      "cosface": try CosFace(classCount: c, featureCount: d),
      "arcface": try ArcFace(classCount: c, featureCount: d),
      "combined-margin": try CombinedMarginHead(
        classCount: c, featureCount: d, margin: CombinedMargin()),
      "adacos": try AdaCos(classCount: c, featureCount: d),
      "curricularface": try CurricularFace(classCount: c, featureCount: d),
      "mv-softmax": try MVSoftmax(
        classCount: c, featureCount: d, margin: MisclassifiedMargin(AdditiveAngle(0.3))),
      "magface": try MagFace(classCount: c, featureCount: d, margin: MagnitudeMargin()),
      "adaface": try AdaFace(classCount: c, featureCount: d, margin: QualityMargin()),
      "elasticface": try ElasticFace(classCount: c, featureCount: d, margin: ElasticMargin()),
      "subcenter-arcface": try SubcenterArcFace(classCount: c, featureCount: d),
      "sphereface2": try SphereFace2(classCount: c, featureCount: d, margin: BinaryMargin()),
      "proxy-nca": try ProxyNCA(classCount: c, featureCount: d),
      "proxy-anchor": try ProxyAnchor(
        classCount: c, featureCount: d, criterion: ProxyAnchorCriterion()),
      "soft-triple": try SoftTriple(classCount: c, featureCount: d),
      "c-contrastive": try CContrastive(classCount: c, featureCount: d),
      "c-triplet": try CTriplet(classCount: c, featureCount: d, criterion: CTripletCriterion()),
      "multiclass-hinge-head": try MulticlassHingeHead(
        classCount: c, featureCount: d, criterion: MulticlassHinge()),
    ]
    for entry in LossCatalog.all where entry.family == .proxyHead {
      let head = try #require(heads[entry.name], "add \(entry.name) to the list above")
      #expect(try "\(entry.makeLoss())" == "\(head.loss)", "\(entry.name)")
    }
  }

  @Test("raise their scale to its own, from AdaCos's; without a cosine there is none to raise")
  func scale() throws {
    let head = try NormFace(classCount: 10, featureCount: 2, scale: 16)
    head.setScale(progress: 0)
    #expect(abs(head.loss.similarity.scale - 2.0.squareRoot() * log(9)) < 1e-12)
    head.setScale(progress: 1)
    #expect(head.loss.similarity.scale == 16)
    let small = try NormFace(classCount: 10, featureCount: 2, scale: 2)
    small.setScale(progress: 0)
    #expect(small.loss.similarity.scale == 2)
    let plain = try Softmax(classCount: 10, featureCount: 2)
    plain.setScale(progress: 0)
    #expect(plain.loss.similarity.scale == 1)
    let binary = try SphereFace2(
      classCount: 1000, featureCount: 2, margin: BinaryMargin(0.4), scale: 30)
    binary.setScale(progress: 0)
    #expect(binary.loss.similarity.scale == 30, "its bias is that of the whole scale")
  }

  @Test("learn: gradients reach features, proxies and bias")
  func gradients() throws {
    let head = try Softmax(classCount: 3, featureCount: 2)
    let features = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).requireGradient()
    try head(features, labels: Tensor([0, 2] as [Int64])).backward()
    #expect(try features.gradient()?.shape == [2, 2])
    #expect(try head.weights.gradient()?.shape == [3, 2])
    #expect(try head.bias?.gradient()?.shape == [3])
  }
}

@Suite("Proxies of a cosine head start spread out")
struct SpreadDirectionsTests {
  /// The smallest angle between two proxies, in degrees.
  func smallestAngle(classes: Int, features: Int) throws -> Double {
    let head = try NormFace(classCount: classes, featureCount: features, seed: 7)
    let rows = try head.weights.detached().elements(Float.self).map(Double.init)
    var smallest = 180.0
    for i in 0..<classes {
      for j in 0..<i {
        let cosine = (0..<features).reduce(0) {
          $0 + rows[i * features + $1] * rows[j * features + $1]
        }
        smallest = min(smallest, acos(max(-1, min(1, cosine))) * 180 / .pi)
      }
    }
    return smallest
  }

  @Test("evenly where the best arrangement is known")
  func known() throws {
    #expect(try abs(smallestAngle(classes: 10, features: 2) - 36) < 1)
    #expect(try abs(smallestAngle(classes: 4, features: 3) - 109.47) < 1)
    #expect(try abs(smallestAngle(classes: 2, features: 5) - 180) < 1)
    #expect(try smallestAngle(classes: 10, features: 3) > 60)
  }

  @Test("and at random where there is only one feature, or very many classes")
  func random() throws {
    #expect(try NormFace(classCount: 3, featureCount: 1).weights.isAllFinite())
    #expect(try NormFace(classCount: 2000, featureCount: 8).weights.shape == [2000, 8])
  }
}
