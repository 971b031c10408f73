import Foundation
import Torch

/// What makes the target class harder to reach in training: the second choice of a proxy head.
///
/// A margin turns the target's cosine c = cos θ into ψ(c), smaller in general; the other classes stay
/// as they are.
public enum Margin: Sendable, Equatable {
  /// ψ(c) = c.
  case none
  /// ψ(c) = c − m, m ≥ 0: CosFace.
  case additiveCosine(Double)
  /// ψ(c) = cos(θ + m), m in radians in 0..<π: ArcFace; `beyondPi` says what holds for θ > π − m.
  case additiveAngle(Double, beyondPi: BeyondPi = .continued)

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

  /// ψ(c), element by element.
  public func callAsFunction(_ cosine: Tensor) throws -> Tensor {
    switch self {
    case .none:
      return cosine
    case .additiveCosine(let m):
      return try cosine - m
    case .additiveAngle(let m, let beyondPi):
      // cos(θ + m) = c · cos m − sin θ · sin m. Bounding sin θ from below keeps the gradient
      // finite where c = ±1.
      let sine = try (1 - cosine * cosine).clamped(min: Self.leastSquaredSine).squareRoot()
      let shifted = try cosine * Foundation.cos(m) - sine * Foundation.sin(m)
      let isBeyond = try cosine.isLess(than: -Foundation.cos(m))
      switch beyondPi {
      case .continued:
        return try shifted.replacing(with: cosine + (Foundation.cos(m) - 1), where: isBeyond)
      case .linear:
        return try shifted.replacing(with: cosine - m * Foundation.sin(m), where: isBeyond)
      case .clamped:
        return try shifted.replacing(with: cosine * 0 - 1, where: isBeyond)
      case .unchanged:
        return shifted
      case .easy:
        return try cosine.replacing(with: shifted, where: cosine.isGreater(than: 0))
      }
    }
  }

  private static let leastSquaredSine = 1e-9
}
