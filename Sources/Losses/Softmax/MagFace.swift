import Torch

/// ArcFace whose margin grows with the length of the feature, which thereby becomes a measure of
/// quality.
///
///     a = ‖x‖ held in [l_a, u_a],   m(a) = l_m + (u_m − l_m) · (a − l_a) / (u_a − l_a)
///     z_y = s · cos(θ_y + m(a)),    z_j = s · cos θ_j
///     L = −log softmax(z)_y + λ_g · (1/a + a/u_a²)
///
/// Meng, Zhao, Huang, Zhou, "MagFace: A universal representation for face recognition and quality
/// assessment", 2021.
public final class MagFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m(a) and the weight of the lengths.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: MagnitudeMargin, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: margin, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// The margin of `MagFace`; the gradient goes through the length.
public struct MagnitudeMargin: Margin {
  /// l_a ≤ u_a, the lengths between which the margin grows; l_a above 0.
  public let lengths: ClosedRange<Double>
  /// l_m ≤ u_m in radians, in 0..<π.
  public let margins: ClosedRange<Double>
  /// λ_g, at least 0.
  public let lengthWeight: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    lengths: ClosedRange<Double> = 10...110, margins: ClosedRange<Double> = 0.2...0.4,
    lengthWeight: Double = 35
  ) throws {
    guard lengths.lowerBound > 0, lengths.upperBound > lengths.lowerBound,
      margins.lowerBound >= 0, margins.upperBound < .pi, lengthWeight >= 0, lengthWeight.isFinite
    else {
      throw LossError(
        .usage,
        "lengths must be above 0 and rise, margins in 0..<π and the weight at least 0; they are "
          + "\(lengths), \(margins) and \(lengthWeight)")
    }
    (self.lengths, self.margins, self.lengthWeight) = (lengths, margins, lengthWeight)
  }

  private func boundedLengths(_ batch: MarginBatch) throws -> Tensor {
    try batch.featureNorms().clamped(min: lengths.lowerBound, max: lengths.upperBound)
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    let slope =
      (margins.upperBound - margins.lowerBound) / (lengths.upperBound - lengths.lowerBound)
    let margin = try (boundedLengths(batch) - lengths.lowerBound) * slope + margins.lowerBound
    return try cosines.cosineOfSum(margin)
  }

  public func penalty(_ batch: MarginBatch) throws -> Tensor? {
    let a = try boundedLengths(batch).reshaped([-1])
    let upper = lengths.upperBound
    return try (a.power(-1) + a / (upper * upper)) * lengthWeight
  }
}

extension LossEntry {
  static let magface = LossEntry(
    name: "magface", title: "MagFace", family: .proxyHead,
    summary: "ArcFace whose margin grows with the length of the feature",
    formula:
      "z_y = s·cos(θ_y + m(a)), m(a) = l_m + (u_m−l_m)(a−l_a)/(u_a−l_a), a = ‖x‖ in [l_a,u_a]; "
      + "L = −log softmax(z)_y + λ_g·(1/a + a/u_a²)",
    parameters: [
      LossParameter("lower-margin", default: 0.2, range: .halfOpen(0, .pi), "l_m in radians"),
      LossParameter("upper-margin", default: 0.4, range: .halfOpen(0, .pi), "u_m in radians"),
      LossParameter("lower-length", default: 10, range: .above(0), "l_a"),
      LossParameter("upper-length", default: 110, range: .above(0), "u_a"),
      LossParameter("length-weight", default: 35, range: .closed(0, .infinity), "λ_g"),
      .scale(default: 30),
    ] + .headOptions,
    refusals: .onlyExact("the margin depends on the length, through which the gradient has to go"),
    conventions: [
      "beyond π the target goes on with slope 1 in cos θ; the authors' code subtracts m(a)·sin m(a) "
        + "there, or by default has the margin only for θ_y < π/2",
      "published settings are margins 0.45 to 0.8, scale 64",
    ],
    paper: "Meng et al., MagFace: A universal representation for face recognition and quality "
      + "assessment, CVPR 2021"
  ) {
    let lengths = ($0.number("lower-length"), $0.number("upper-length"))
    let margins = ($0.number("lower-margin"), $0.number("upper-margin"))
    guard lengths.0 < lengths.1, margins.0 <= margins.1 else {
      throw LossError(
        .usage,
        "magface: lower-length must be below upper-length, lower-margin not above upper-margin")
    }
    return try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: MagnitudeMargin(
        lengths: lengths.0...lengths.1, margins: margins.0...margins.1,
        lengthWeight: $0.number("length-weight")), HeadOptions($0))
  }
}
