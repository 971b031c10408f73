import Foundation
import Torch

/// NormFace with all three margins on the target: on its angle as factor and sum, and on its cosine.
///
///     z_y = s · (cos(m1 · θ_y + m2) − m3),   z_j = s · cos θ_j,   L = −log softmax(z)_y
///
/// (1, m, 0) is ArcFace, (1, 0, m) CosFace; the paper's CM1 is (1, 0.3, 0.2), CM2 (0.9, 0.4, 0.15).
///
/// Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive angular margin loss for deep face recognition",
/// 2019.
public final class CombinedMarginHead: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m1, m2 and m3.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: CombinedMargin, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: margin, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// ψ(c) = cos(m1 · θ + m2) − m3; where m1 · θ + m2 > π it goes on with slope 1 in c.
public struct CombinedMargin: Margin {
  /// The factor of the angle, above 0, at most 4.
  public let m1: Double
  /// Added to the angle, in radians, in 0..<π.
  public let m2: Double
  /// Taken off the cosine, in 0..<2.
  public let m3: Double
  public let gradient: MarginGradient

  /// - Throws: `LossError` for a margin out of range.
  public init(
    m1: Double = 1, m2: Double = 0.2, m3: Double = 0.05, gradient: MarginGradient = .exact
  ) throws {
    guard m1 > 0, m1 <= 4, (0..<Double.pi).contains(m2), (0..<2).contains(m3) else {
      throw LossError(
        .usage,
        "m1 must be above 0 and at most 4, m2 in 0..<π and m3 in 0..<2, not \(m1), \(m2), \(m3)")
    }
    (self.m1, self.m2, self.m3, self.gradient) = (m1, m2, m3, gradient)
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try gradient(cosines) { c in
      // The angle by way of sine and cosine: acos has an infinite slope at ±1.
      let within = try (c.sine().angle(x: c) * m1 + m2).cosineOfAngle()
      let border = cos((.pi - m2) / m1)
      guard (.pi - m2) / m1 < .pi else { return try within - m3 }
      return try within.replacing(with: c - (border + 1), where: c.isLess(than: border)) - m3
    }
  }
}

extension LossEntry {
  static let combinedMargin = LossEntry(
    name: "combined-margin", title: "Combined margin", family: .proxyHead,
    summary: "softmax on scaled cosines, with three margins on the target",
    formula: "z_y = s·(cos(m1·θ_y + m2) − m3), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      LossParameter("m1", default: .number(1), range: .aboveUpTo(0, 4), "the factor of the angle"),
      LossParameter(
        "m2", default: 0.2, range: .halfOpen(0, .pi), "in radians, added to the angle"),
      LossParameter("m3", default: 0.05, range: .halfOpen(0, 2), "taken off the cosine"),
      .scale(default: 30), .gradient,
    ] + .headOptions,
    conventions: [
      "where m1·θ + m2 > π the target goes on with slope 1 in cos θ: monotone and continuous; "
        + "InsightFace's MXNet code lets it rise again",
      "the paper's CM1 is m1 = 1, m2 = 0.3, m3 = 0.2, CM2 is 0.9, 0.4, 0.15",
    ],
    paper: "Deng et al., ArcFace: Additive angular margin loss for deep face recognition, CVPR 2019"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: CombinedMargin(
        m1: $0.number("m1"), m2: $0.number("m2"), m3: $0.number("m3"),
        gradient: $0.choice("gradient", MarginGradient.self)), HeadOptions($0))
  }
}
