import Foundation
import Torch

/// One binary classification for each class, in the place of the competition of all in softmax.
///
///     g(c) = 2 · ((c + 1) / 2)^t − 1
///     L = λ/r · log(1 + exp(−(r · (g(cos θ_y) − m) + b)))
///       + (1−λ)/r · Σ_{j≠y} log(1 + exp(r · (g(cos θ_j) + m) + b))
///
/// Wen, Liu, Weller, Raj, Singh, "SphereFace2: Binary classification is all you need for deep face
/// recognition", 2022.
public final class SphereFace2: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: g and m.
  ///   - scale: r, above 0.
  ///   - positiveShare: λ, in 0...1.
  ///   - options: Which samples count, and the reduction.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: BinaryMargin, scale: Double = 30,
    positiveShare: Double = 0.7, options: SampleOptions = SampleOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      Self.loss(margin, scale: scale, positiveShare: positiveShare, options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }

  fileprivate static func loss(
    _ margin: BinaryMargin, scale: Double, positiveShare: Double, _ options: SampleOptions
  ) throws -> ProxyLoss {
    var similarity = Similarity.cosine(scale: scale)
    similarity.bias = .shared
    return try ProxyLoss(
      similarity, margin: margin,
      criterion: OneAgainstRest(positiveShare: positiveShare, divisor: scale), options: options)
  }
}

/// g(cos θ) − m for the target and g(cos θ) + m for the others: the margin of `SphereFace2`.
public struct BinaryMargin: Margin {
  /// m, in 0..<2.
  public let margin: Double
  /// t of g, at least 1; 1 leaves the cosine as it is.
  public let power: Double
  let scale: Double
  let positiveShare: Double

  /// - Parameters:
  ///   - margin: m, in 0..<2.
  ///   - power: t, at least 1.
  ///   - scale: r of the head, for the initial bias.
  ///   - positiveShare: λ of the head, for the initial bias.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    _ margin: Double = 0.2, power: Double = 3, scale: Double = 30, positiveShare: Double = 0.7
  ) throws {
    guard (0..<2).contains(margin), power >= 1, power.isFinite else {
      throw LossError(
        .usage, "the margin must be in 0..<2 and the power at least 1, not \(margin), \(power)")
    }
    (self.margin, self.power) = (margin, power)
    (self.scale, self.positiveShare) = (scale, positiveShare)
  }

  private func g(_ cosines: Tensor) throws -> Tensor {
    // Rounding may take a cosine below −1, where the power has no value.
    try ((cosines + 1) / 2).clamped(min: 0).power(power) * 2 - 1
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try g(cosines) - margin
  }

  public var changesOthers: Bool { true }

  public func others(_ cosines: Tensor, target: Tensor, _ batch: MarginBatch) throws -> Tensor? {
    try g(cosines) + margin
  }

  public var needsLabels: String? { "every class but one is a negative" }

  /// The b at which, with all angles right, a target pulls as hard as all other classes push:
  /// λ · σ(−(r(g − m) + b)) = (1 − λ) · (C − 1) · σ(r(g + m) + b). With the C − 1 negatives pushing
  /// from the start, features would have to turn from everything first.
  public func initialBias(classCount: Int) -> Double {
    let g = 2 * pow(0.5, power) - 1
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func pull(_ b: Double) -> Double {
      positiveShare * sigmoid(-(scale * (g - margin) + b))
        - (1 - positiveShare) * Double(classCount - 1) * sigmoid(scale * (g + margin) + b)
    }
    var (low, high) = (-1e3 - 4 * scale, 1e3 + 4 * scale)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if pull(middle) > 0 { low = middle } else { high = middle }
    }
    return low
  }
}

/// The logistic loss of every class against the rest, on scores z with margin:
/// (λ · log(1 + e^{−z_y}) + (1 − λ) · Σ_{j≠y} log(1 + e^{z_j})) / r.
public struct OneAgainstRest: TiledCriterion {
  /// λ, in 0...1.
  public let positiveShare: Double
  /// r, above 0.
  public let divisor: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(positiveShare: Double, divisor: Double = 1) throws {
    guard (0...1).contains(positiveShare), divisor > 0 else {
      throw LossError(
        .usage, "the share of the positive class must be in 0...1, not \(positiveShare)")
    }
    (self.positiveShare, self.divisor) = (positiveShare, divisor)
  }

  public var acceptsProbabilities: Bool { false }

  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let own = try scores.own()
    let negative = try scores.gather {
      [try $0.replacingOwn($0.scores.softplus()).sum(axis: 1)]
    }[0].sum(axis: 0)
    let losses = try (-own).softplus() * positiveShare + negative * (1 - positiveShare)
    return try target.weighted(losses / divisor)
  }
}

extension LossEntry {
  static let sphereface2 = LossEntry(
    name: "sphereface2", title: "SphereFace2", family: .proxyHead,
    summary: "one binary classification for each class",
    formula: "L = λ/r·log(1+exp(−(r·(g(cos θ_y)−m)+b))) "
      + "+ (1−λ)/r·Σ_{j≠y} log(1+exp(r·(g(cos θ_j)+m)+b)), g(c) = 2·((c+1)/2)^t − 1",
    parameters: [
      .margin(default: 0.2, 0..<2, "m, on both sides"), .scale(default: 30),
      LossParameter("lambda", default: 0.7, range: .closed(0, 1), "λ, the share of the target"),
      LossParameter(
        "t", default: 3, range: .closed(1, .infinity), "of g, which spreads the cosines"),
    ] + .sampleOptions,
    refusals: .noProbabilities,
    conventions: [
      "the bias is one number for all classes; in training it starts where target and others pull "
        + "alike at right angles",
      "the gradient goes through g; the authors' code has that of the plain cosine, and 50 times the "
        + "loss",
      "published settings are λ = 0.7, r = 30, m = 0.4, t = 3",
    ],
    paper:
      "Wen et al., SphereFace2: Binary classification is all you need for deep face recognition, "
      + "ICLR 2022"
  ) {
    let (scale, share) = ($0.number("scale"), $0.number("lambda"))
    return try SphereFace2.loss(
      BinaryMargin($0.number("margin"), power: $0.number("t"), scale: scale, positiveShare: share),
      scale: scale, positiveShare: share, SampleOptions($0))
  }
}
