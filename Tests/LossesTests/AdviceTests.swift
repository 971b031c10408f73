import Foundation
import Losses
import Testing
import Torch

@Suite("Advice")
struct AdviceTests {
  func geometry(_ classes: Int, _ features: Int) throws -> ClassGeometry {
    try ClassGeometry(classCount: classes, featureCount: features)
  }

  @Test("has the published numbers")
  func numbers() throws {
    #expect(try abs(geometry(10575, 512).lossFloor(scale: 1) - 8.27) < 5e-3)
    #expect(try abs(geometry(10, 2).leastScale(probability: 0.9) - 3.96) < 6e-3)
    #expect(try abs(geometry(10575, 512).leastScale(probability: 0.9) - 11.46) < 5e-3)
    #expect(try abs(geometry(13403, 512).leastAlpha(probability: 0.9) - 11.7) < 5e-2)
    #expect(try geometry(2, 2).leastAlpha(probability: 0.9) == 0)
    #expect(try abs(geometry(10, 2).adaCosScale - 2.0.squareRoot() * log(9)) < 1e-15)
    // Binary: features may stray θ/(m+1) to their side, so m = 3 leaves half the angle.
    #expect(ClassGeometry.multiplicativeGap(m: 3, angle: 1) == 0.5)
    #expect(ClassGeometry.multiplicativeGap(m: 1, angle: 1) == 0)
  }

  @Test("at the least scale the best placed feature has just the probability asked for")
  func leastScale() throws {
    for (classes, probability) in [(2, 0.6), (10, 0.9), (10575, 0.999)] {
      let geometry = try geometry(classes, 3)
      let scale = try geometry.leastScale(probability: probability)
      #expect(abs(exp(-geometry.lossFloor(scale: scale)) - probability) < 1e-12)
    }
    // Any scale is enough for less than an even share.
    #expect(try geometry(10, 2).leastScale(probability: 0.05) == 0)
    #expect(try geometry(10, 2).lossFloor(scale: 1e6) == 0)
    for probability in [0, 1, -1, Double.nan] {
      #expect(throws: LossError.self) { try geometry(10, 2).leastScale(probability: probability) }
    }
  }

  @Test("the loss floor is what a head on a simplex gives, with a margin too")
  func floor() throws {
    // Three classes at 120° in the plane, every feature on its proxy.
    let angles = [0, 2 * Double.pi / 3, 4 * Double.pi / 3]
    let points = try Tensor(angles.flatMap { [cos($0), sin($0)] }, shape: [3, 2])
    let inputs: LossInputs = [
      .features: points, .weights: points, .labels: try Tensor([0, 1, 2] as [Int64]),
    ]
    let loss = try ProxyLoss(.cosine(scale: 4), margin: AdditiveCosine(0.3)).value(inputs).item()
    #expect(try abs(geometry(3, 2).lossFloor(scale: 4, target: 0.7) - loss) < 1e-9)
  }

  @Test("knows the separations that are known")
  func separations() throws {
    for (classes, features, degrees) in [
      (2, 1, 180.0), (3, 1, 0), (3, 2, 120), (10, 2, 36), (4, 3, 109.4712), (6, 3, 90),
      (12, 3, 63.4349), (100, 99, 90.5788), (100, 50, 90),
    ] {
      let best = try geometry(classes, features).bestSeparation
      #expect(best.isReached && abs(best.angle * 180 / .pi - degrees) < 1e-4, "\(best)")
    }
    #expect(try abs(geometry(10, 9).largestCosineMargin - 10 / 9.0) < 1e-12)
    #expect(try abs(geometry(8, 2).largestCosineMargin - (1 - cos(.pi / 4))) < 1e-12)
    #expect(try abs(geometry(8, 2).largestAngularMargin - .pi / 4) < 1e-12)
  }

  @Test("no arrangement beats the bounds where they are not reached, and good ones come near")
  func bounds() throws {
    // Codes that meet Levenshtein's bound: the Clebsch, Schläfli and McLaughlin graphs.
    for (classes, features, cosine) in [(16, 5, 1 / 5.0), (27, 6, 1 / 4.0), (275, 22, 1 / 6.0)] {
      #expect(try abs(cos(geometry(classes, features).bestSeparation.angle) - cosine) < 1e-9)
    }
    // The best codes beyond its range have 60°: the 24-cell, and the roots of E8.
    for (classes, features) in [(24, 4), (240, 8)] {
      #expect(try geometry(classes, features).bestSeparation.angle > .pi / 3)
    }
    for (classes, features) in [(10, 3), (24, 4), (40, 5), (30, 8)] {
      let geometry = try geometry(classes, features)
      let measured = try #require(try geometry.measuredSeparation())
      #expect(measured.angle <= geometry.bestSeparation.angle)
      #expect(measured.angle > 0.75 * geometry.bestSeparation.angle)
    }
    // More classes never have more room.
    for features in [3, 4, 64] {
      let angles = try (2...400).map { try geometry($0 * 3, features).bestSeparation.angle }
      #expect(zip(angles, angles.dropFirst()).allSatisfy { $1 <= $0 + 1e-12 })
    }
    #expect(try geometry(10575, 512).measuredSeparation() == nil)
  }

  @Test(
    "warns of settings that cannot work, and of nothing else",
    arguments: [
      (10575, 512, "normface", ["scale": "10"], "below 11.46"),
      (10575, 512, "normface", ["scale": "10", "temperature": "0.5"], nil),
      (10575, 512, "cosface", ["scale": "64", "margin": "0.35"], nil),
      (10, 2, "cosface", ["margin": "0.15"], nil),
      (10, 2, "cosface", ["margin": "0.2"], "0.2 is impossible"),
      (10, 2, "arcface", ["margin": "0.62"], nil),
      (10, 2, "arcface", ["margin": "0.64"], "36.0° apart"),
      (10, 3, "cosface", ["margin": "0.62"], "doubtful"),
      (10, 512, "arcface", ["label-smoothing": "0.1"], "label-smoothing 0.1"),
      (10, 512, "normface", ["label-smoothing": "0.1"], nil),
      (10, 2, "normface", ["scale": "64"], "large for 10 classes"),
      (3, 1, "normface", ["scale": "10"], "one feature"),
      (10, 2, "softmax", [:], nil),
      (10, 2, "l2-softmax", ["alpha": "2"], "below 4.277"),
      (10, 2, "a-softmax", ["label-smoothing": "0.1"], nil),
      (10, 2, "adacos", [:], nil),
      (10, 2, "combined-margin", ["m2": "0.7", "m3": "0"], "40.1°"),
      (10, 2, "elasticface", ["margin": "0.7"], "40.1°"),
      (10, 2, "c-contrastive", ["margin": "0.5"], "at most 0.382"),
      (10, 3, "c-triplet", ["margin": "0.5"], nil),
      (10, 2, "arcface+center", ["arcface.margin": "3"], "arcface: the margin 3"),
    ] as [(Int, Int, String, [String: String], String?)])
  func warnings(
    classes: Int, features: Int, loss: String, settings: [String: String], part: String?
  ) throws {
    let warnings = try geometry(classes, features).warnings(
      for: ObjectiveSpecification(loss, settings: settings))
    #expect(warnings.count == (part == nil ? 0 : 1), "\(warnings)")
    if let part { #expect(warnings.first?.contains(part) == true, "\(warnings)") }
  }

  @Test(
    "says which losses it does not judge",
    arguments: [
      ("softmax", []), ("arcface+center", ["center: it has no proxies"]),
      ("triplet", ["triplet: it has no proxies"]),
      ("proxy-anchor", ["proxy-anchor: what its criterion asks"]),
      ("sphereface2", ["sphereface2: what its criterion asks"]), ("c-triplet", []),
    ] as [(String, [String])])
  func notJudged(loss: String, beginnings: [String]) throws {
    let found = try ClassGeometry.notJudged(ObjectiveSpecification(loss))
    #expect(found.count == beginnings.count, "\(found)")
    for (text, beginning) in zip(found, beginnings) { #expect(text.hasPrefix(beginning)) }
  }

  @Test("judges l2-softmax's length, and margins that it does not know by what they do")
  func otherHeads() throws {
    struct Half: Margin {
      func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor { try cosines * 0.5 }
    }
    let plane = try geometry(10, 2)
    let short = try ProxyLoss(.normalizedFeatures(alpha: 2))
    #expect(try plane.warnings(for: short).first?.contains("below 4.277") == true)
    #expect(try plane.warnings(for: ProxyLoss(.normalizedFeatures(alpha: 5))) == [])
    let half = try ProxyLoss(.cosine(scale: 30), margin: Half())
    #expect(try plane.warnings(for: half).first?.contains("60.0°") == true)
    #expect(try geometry(4, 3).warnings(for: half) == [])
  }

  @Test("needs two classes and a feature")
  func refusals() {
    #expect(throws: LossError.self) { try geometry(1, 2) }
    #expect(throws: LossError.self) { try geometry(2, 0) }
  }
}
