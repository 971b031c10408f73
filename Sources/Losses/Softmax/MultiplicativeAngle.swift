import Foundation
import Torch

/// A margin that multiplies the angle: what L-Softmax and A-Softmax share.
///
///     ψ(θ) = (−1)^k · cos(m · θ) − 2k   for θ in [kπ/m, (k+1)π/m],
///     target = (λ · cos θ + ψ(θ)) / (1 + λ),   λ = max(λ_min, λ_base · (1 + γ · t)^(−power))
///
/// ψ falls from 1 at θ = 0 to 1 − 2m at π, without a jump or a kink. t counts batches; λ begins large,
/// because ψ alone is too hard to learn from scratch.
public struct MultiplicativeAngle: Margin {
  /// m, in 1...4.
  public let m: Int
  public let annealing: Annealing
  public let gradient: MarginGradient

  /// How the share λ of the plain cosine falls with the number of batches t.
  public struct Annealing: Sendable, Equatable {
    /// λ_base, at least 0.
    public var base: Double
    /// γ, at least 0.
    public var gamma: Double
    /// At least 0.
    public var power: Double
    /// λ_min, at least 0.
    public var least: Double
    /// The t at which a loss is computed outside of training.
    public var iteration = 1e9

    public init(base: Double, gamma: Double, power: Double, least: Double) {
      (self.base, self.gamma, self.power, self.least) = (base, gamma, power, least)
    }

    /// As published for L-Softmax on MNIST.
    public static let lSoftmax = Annealing(base: 1000, gamma: 2.5e-5, power: 35, least: 0)
    /// As published for SphereFace.
    public static let sphereFace = Annealing(base: 1000, gamma: 0.12, power: 1, least: 5)
    /// λ = 0 from the start.
    public static let none = Annealing(base: 0, gamma: 0, power: 0, least: 0)

    /// λ at batch t.
    public func lambda(at t: Double) -> Double {
      max(least, base * pow(1 + gamma * t, -power))
    }
  }

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    _ m: Int, annealing: Annealing = .none, gradient: MarginGradient = .exact
  ) throws {
    guard (1...4).contains(m) else { throw LossError(.usage, "m must be in 1...4, not \(m)") }
    let numbers = [annealing.base, annealing.gamma, annealing.power, annealing.least]
    guard numbers.allSatisfy({ $0 >= 0 && $0.isFinite }), annealing.iteration >= 0 else {
      throw LossError(.usage, "the numbers of the annealing must be at least 0")
    }
    self.m = m
    self.annealing = annealing
    self.gradient = gradient
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    // The state counts this batch too.
    let lambda = annealing.lambda(at: (batch.state.first ?? 1) - 1)
    return try gradient(cosines) { c in try (c * lambda + psi(c)) / (1 + lambda) }
  }

  /// ψ(c), by the Chebyshev polynomial of cos(m · θ): without acos, whose slope is infinite at ±1.
  public func psi(_ c: Tensor) throws -> Tensor {
    let square = try c * c
    let multiple =
      switch m {
      case 1: c
      case 2: try square * 2 - 1
      case 3: try c * (square * 4 - 3)
      default: try square * (square - 1) * 8 + 1
      }
    // k = the number of borders jπ/m that θ is beyond.
    let k = try (1..<max(m, 2)).prefix(m - 1).reduce(c.detached().zerosLike()) { sum, j in
      try sum + c.isLess(than: cos(Double(j) * .pi / Double(m))).to(c.dtype ?? .float32)
    }
    let sign = try 1 - (k - (k / 2).roundedDown() * 2) * 2
    return try multiple * sign - k * 2
  }

  // MARK: The count of batches

  public func initialState(classCount: Int) -> [Double] { [0] }
  public func stateOutsideTraining(classCount: Int) -> [Double] { [annealing.iteration] }
  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor { try state + 1 }
}

extension [LossParameter] {
  /// The parameters of `MultiplicativeAngle`.
  static func multiplicativeAngle(
    m: Int, _ annealing: MultiplicativeAngle.Annealing
  ) -> [LossParameter] {
    func number(_ name: String, _ value: Double, _ meaning: String) -> LossParameter {
      LossParameter(name, default: value, range: .closed(0, .infinity), meaning)
    }
    return [
      LossParameter(
        "m", default: .number(Double(m)), range: .whole(1...4), "the factor of the target's angle"),
      number("lambda-base", annealing.base, "λ = max(λ_min, λ_base·(1+γt)^−power): λ_base"),
      number("lambda-gamma", annealing.gamma, "γ of the annealing"),
      number("lambda-power", annealing.power, "the power of the annealing"),
      number("lambda-min", annealing.least, "λ_min of the annealing"),
      number(
        "iteration", annealing.iteration,
        "t, outside of training: long after the annealing; training counts its batches"),
      .gradient,
    ]
  }
}

extension ParameterValues {
  func multiplicativeAngle() throws -> MultiplicativeAngle {
    var annealing = MultiplicativeAngle.Annealing(
      base: number("lambda-base"), gamma: number("lambda-gamma"), power: number("lambda-power"),
      least: number("lambda-min"))
    annealing.iteration = number("iteration")
    return try MultiplicativeAngle(
      whole("m"), annealing: annealing, gradient: choice("gradient", MarginGradient.self))
  }
}
