import Losses
import Torch

/// The share of the nearest neighbours of each sample in the features that are among as many nearest of its
/// point in a projection, 0...1: the mean over the samples.
///
/// - Parameters:
///   - features: float32 [N, D].
///   - points: float32 [N, d].
///   - count: Neighbours of each, 10 as a rule; fewer if there are not as many samples.
/// - Throws: `LossError` for what has no distances; `EvaluationError` for tensors that do not fit.
public func neighborPreservation(
  of features: Tensor, in points: Tensor, count: Int = 10
) throws -> Double {
  let samples = features.shape[0]
  guard points.shape[0] == samples, samples > 1 else {
    throw EvaluationError(
      .data, "there are \(samples) samples and \(points.shape[0]) points: give as many, at least 2")
  }
  let count = min(count, samples - 1)
  let search = try NearestNeighbors(count: count)
  let original = try search(features).indices.elements(Int64.self)
  let projected = try search(points).indices.elements(Int64.self)
  var kept = 0
  for start in stride(from: 0, to: original.count, by: count) {
    let found = Set(projected[start..<start + count])
    kept += original[start..<start + count].count { found.contains($0) }
  }
  return Double(kept) / Double(original.count)
}
