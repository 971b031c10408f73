import Torch

/// How the losses of the samples of a batch become one number.
public enum Reduction: String, Sendable, CaseIterable {
  /// Their sum divided by the number of samples: the default everywhere.
  case mean
  /// Their sum.
  case sum
  /// None: one loss for each sample.
  case none
  /// Their sum divided by the sum of the samples' class weights, as PyTorch has it; the mean where
  /// there are no weights.
  case weightedMean = "weighted-mean"

  /// - Parameters:
  ///   - losses: One loss for each sample, already multiplied by its weight.
  ///   - weights: The weights of the samples, for `weightedMean`.
  func callAsFunction(_ losses: Tensor, weights: Tensor? = nil) throws -> Tensor {
    switch self {
    case .mean: return try losses.sum() / Double(max(losses.count, 1))
    case .sum: return try losses.sum()
    case .none: return losses
    case .weightedMean:
      guard let weights else { return try Reduction.mean(losses) }
      // Where all weights vanish so do all losses: 0, not 0 / 0.
      let total = try weights.sum()
      return try losses.sum() / total.replacing(with: 1, where: total.isEqual(to: 0))
    }
  }
}
