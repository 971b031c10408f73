import Foundation
import Torch

/// NormFace with a margin added to the target's angle.
///
///     L = −log( exp(s · cos(θ_y + m)) / (exp(s · cos(θ_y + m)) + Σ_{j≠y} exp(s · cos θ_j)) )
///
/// Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive angular margin loss for deep face recognition",
/// 2019.
public final class ArcFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: m in radians, in 0..<π.
  ///   - scale: s, above 0.
  ///   - beyondPi: What the target's cosine becomes where θ + m > π.
  ///   - gradient: Whether the gradient goes through the margin as it is.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: Double = 0.3, scale: Double = 30,
    beyondPi: AdditiveAngle.BeyondPi = .continued, gradient: MarginGradient = .exact,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: scale),
        margin: AdditiveAngle(margin, beyondPi: beyondPi, gradient: gradient), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// ψ(c) = cos(θ + m), m in radians.
///
/// The slope is dψ/dc = sin(θ + m) / sin θ; where sin²θ < 1e-9, at θ = 0 and π, sin θ counts as
/// constant and the slope is cos m.
public struct AdditiveAngle: Margin {
  /// m in radians, in 0..<π.
  public let margin: Double
  /// What holds for θ > π − m.
  public let beyondPi: BeyondPi
  public let gradient: MarginGradient

  /// What ψ is where θ + m > π, where cos(θ + m) would rise again. Implementations differ here
  /// without saying so.
  public enum BeyondPi: String, Sendable, CaseIterable {
    /// c + cos m − 1, which joins cos(θ + m) at −1 and falls on: continuous and monotone. The
    /// default.
    case continued
    /// c − m · sin m, as InsightFace has it: it jumps at θ = π − m.
    case linear
    /// −1: continuous, but without a gradient for the samples that need it most.
    case clamped
    /// cos(θ + m) all the same: not monotone.
    case unchanged
    /// cos(θ + m) only for θ < π/2, and c elsewhere: "easy margin". Jumps at θ = π/2.
    case easy = "easy-margin"
  }

  /// - Throws: `LossError` for a margin out of range.
  public init(
    _ margin: Double, beyondPi: BeyondPi = .continued, gradient: MarginGradient = .exact
  ) throws {
    guard (0..<Double.pi).contains(margin) else {
      throw LossError(.usage, "the margin must be in 0..<π, not \(margin)")
    }
    self.margin = margin
    self.beyondPi = beyondPi
    self.gradient = gradient
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try gradient(cosines, psi)
  }

  private func psi(_ cosine: Tensor) throws -> Tensor {
    let (cosM, sinM) = (Foundation.cos(margin), Foundation.sin(margin))
    let shifted = try cosine.cosineOfSum(cosM: cosM, sinM: sinM)
    let isBeyond = try cosine.isLess(than: -cosM)
    switch beyondPi {
    case .continued:
      return try shifted.replacing(with: cosine + (cosM - 1), where: isBeyond)
    case .linear:
      return try shifted.replacing(with: cosine - margin * sinM, where: isBeyond)
    case .clamped:
      return try shifted.replacing(with: cosine * 0 - 1, where: isBeyond)
    case .unchanged:
      return shifted
    case .easy:
      return try cosine.replacing(with: shifted, where: cosine.isGreater(than: 0))
    }
  }
}

extension Tensor {
  /// sin θ for cosines c: √(1 − c²), held above √1e-9, which keeps the gradient finite at c = ±1.
  func sine() throws -> Tensor {
    try (1 - self * self).clamped(min: 1e-9).squareRoot()
  }

  /// cos(θ + m) = c · cos m − sin θ · sin m for cosines c.
  func cosineOfSum(cosM: Double, sinM: Double) throws -> Tensor {
    try self * cosM - sine() * sinM
  }

  /// cos(θ + m) for cosines c and a margin for each; beyond π, and below 0 for negative margins, it
  /// goes on with slope 1, as `AdditiveAngle.BeyondPi.continued`.
  func cosineOfSum(_ margins: Tensor) throws -> Tensor {
    let (cosM, sinM) = try (margins.cosineOfAngle(), margins.sineOfAngle())
    let shifted = try self * cosM - sine() * sinM
    let isBeyondPi = try isLess(than: -cosM).and(margins.isGreater(than: 0))
    let isBelowZero = try cosM.isLess(than: self).and(margins.isLess(than: 0))
    return try shifted.replacing(with: self + cosM - 1, where: isBeyondPi)
      .replacing(with: self - cosM + 1, where: isBelowZero)
  }
}

extension LossEntry {
  static let arcface = LossEntry(
    name: "arcface", title: "ArcFace", family: .proxyHead,
    summary: "softmax on scaled cosines, with a margin added to the target's angle",
    formula: "z_y = s·cos(θ_y + m), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.3, 0..<Double.pi, "m in radians, added to the target's angle"),
      .scale(default: 30), .beyondPi, .gradient,
    ] + .headOptions,
    conventions: [
      "beyond-pi continued: c + cos m − 1, monotone and continuous; InsightFace has 'linear', "
        + "c − m·sin m, which jumps by 1 − cos m − m·sin m at θ = π − m",
      "the gradient is exact; some ports pass it straight through acos and cos",
      "margins are in radians; pytorch-metric-learning takes degrees",
      "with 'probabilities' the margin of a class counts in proportion to its probability",
    ],
    paper: "Deng et al., ArcFace: Additive angular margin loss for deep face recognition, CVPR 2019"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")), margin: $0.additiveAngle(), HeadOptions($0))
  }
}
