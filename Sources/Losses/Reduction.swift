import Torch

/// How the losses of the samples of a batch become one number.
public enum Reduction: String, Sendable, CaseIterable {
  /// Their mean: the default everywhere.
  case mean
  /// Their sum.
  case sum
  /// None: one loss for each sample.
  case none

  func callAsFunction(_ losses: Tensor) throws -> Tensor {
    switch self {
    case .mean: try losses.mean()
    case .sum: try losses.sum()
    case .none: losses
    }
  }
}
