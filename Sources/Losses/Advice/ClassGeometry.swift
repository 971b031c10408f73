import Foundation

/// How C classes share the unit sphere of D features, and what that asks of scales and margins.
///
/// The formulas are those of a normalised head at its best: every feature on its proxy, and the
/// proxies as far from each other as they can be.
public struct ClassGeometry: Sendable, Equatable {
  /// C, at least 2.
  public let classCount: Int
  /// D, at least 1.
  public let featureCount: Int

  /// - Throws: `LossError` for counts out of range.
  public init(classCount: Int, featureCount: Int) throws {
    guard classCount >= 2 else {
      throw LossError(.usage, "advice needs at least 2 classes, not \(classCount)")
    }
    guard featureCount >= 1 else {
      throw LossError(.usage, "advice needs at least 1 feature, not \(featureCount)")
    }
    self.classCount = classCount
    self.featureCount = featureCount
  }

  var otherCount: Double { Double(classCount - 1) }

  // MARK: Scales

  /// The least scale at which a normalised head can give the target the probability P:
  ///
  ///     s ≥ (C − 1) / C · ln((C − 1) · P / (1 − P))
  ///
  /// 0 where any will do. Wang et al., "CosFace", 2018.
  ///
  /// - Parameter probability: P, between 0 and 1.
  /// - Throws: `LossError` for a probability out of range.
  public func leastScale(probability: Double) throws -> Double {
    let odds = try logOdds(probability)
    return max(0, otherCount / Double(classCount) * (log(otherCount) + odds))
  }

  /// The least length of the features at which L2-constrained softmax can give the target the
  /// probability p:
  ///
  ///     α ≥ ln(p · (C − 2) / (1 − p))
  ///
  /// 0 where any will do, as with two classes. Ranjan, Castillo, Chellappa, "L2-constrained softmax
  /// loss for discriminative face verification", 2017.
  ///
  /// - Parameter probability: p, between 0 and 1.
  /// - Throws: `LossError` for a probability out of range.
  public func leastAlpha(probability: Double) throws -> Double {
    max(0, try log(otherCount - 1) + logOdds(probability))
  }

  /// AdaCos's fixed scale, s = √2 · ln(C − 1): 0 for two classes. Zhang et al., "AdaCos", 2019.
  public var adaCosScale: Double { 2.0.squareRoot() * log(otherCount) }

  /// The least loss of a normalised softmax, however well it is trained:
  ///
  ///     L ≥ log(1 + (C − 1) · e^(−s · (ψ + 1 / (C − 1))))
  ///
  /// with ψ = 1 that is log(1 + (C − 1) · e^(−s · C / (C − 1))). Wang, Xiang, Cheng, Yuille,
  /// "NormFace", 2017.
  ///
  /// - Parameters:
  ///   - scale: s.
  ///   - target: ψ, the target's cosine with its margin, of a feature on its proxy.
  public func lossFloor(scale: Double, target: Double = 1) -> Double {
    let exponent = log(otherCount) - scale * (target + 1 / otherCount)
    return max(exponent, 0) + log1p(exp(-exponent.magnitude))
  }

  /// The angle from its proxy, in radians, at which a feature has the probability P already if it is
  /// at right angles to all others: π/2 means that hardly anything is asked of it.
  ///
  ///     cos θ = ln((C − 1) · P / (1 − P)) / s
  ///
  /// 0 if the scale is too small for that at any angle.
  ///
  /// - Throws: `LossError` for a probability out of range.
  public func sufficientAngle(scale: Double, probability: Double) throws -> Double {
    acos(min(1, max(-1, try (log(otherCount) + logOdds(probability)) / scale)))
  }

  private func logOdds(_ probability: Double) throws -> Double {
    guard probability > 0, probability < 1 else {
      throw LossError(.usage, "the probability must be between 0 and 1, not \(probability)")
    }
    return log(probability) - log1p(-probability)
  }

  // MARK: Margins

  /// The largest margin of CosFace that every class can meet: 1 − cos θ of the best separation. For
  /// C ≤ D + 1 that is C / (C − 1), for D = 2 1 − cos(2π / C).
  public var largestCosineMargin: Double { 1 - cos(bestSeparation.angle) }

  /// The largest margin of ArcFace, in radians, that every class can meet: the best separation.
  public var largestAngularMargin: Double { bestSeparation.angle }

  /// What A-Softmax leaves between two classes whose proxies are θ apart: a feature at θ₁ from its own
  /// and θ₂ from the other is on the boundary at m · θ₁ = θ₂, so that between the boundaries of both
  /// there are
  ///
  ///     (m − 1) / (m + 1) · θ
  ///
  /// Liu et al., "SphereFace", 2017.
  ///
  /// - Parameters:
  ///   - m: At least 1.
  ///   - angle: θ, in radians.
  public static func multiplicativeGap(m: Double, angle: Double) -> Double {
    (m - 1) / (m + 1) * angle
  }
}
