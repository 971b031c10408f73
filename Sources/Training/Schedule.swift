import Foundation

/// How the learning rate changes over a training.
public enum Schedule: Codable, Sendable, Equatable {
  /// It stays.
  case constant
  /// It is multiplied by `factor` at each of these shares of the training, in 0...1.
  case step(factor: Double, at: [Double])
  /// It falls to 0 along half a cosine.
  case cosine

  /// The factor of the base rate at a step in 0..<`count`.
  public func factor(step: Int, of count: Int) -> Double {
    switch self {
    case .constant:
      return 1
    case .step(let factor, let shares):
      // Milestones are whole steps, so that a step's rate does not hang on rounding.
      return shares.reduce(1) { step >= Int(($1 * Double(count)).rounded()) ? $0 * factor : $0 }
    case .cosine:
      return (1 + cos(Double.pi * Double(step) / Double(count))) / 2
    }
  }
}
