import Torch

extension Tensor {
  /// The largest |x|; NaN where one is.
  func largestMagnitude() throws -> Double {
    let flat = try reshaped([-1])
    let (most, least) = (try flat.max(axis: 0).item(), try flat.min(axis: 0).item())
    return most.isNaN || least.isNaN ? .nan : Swift.max(most, -least)
  }
}

/// The features, contiguous and without a graph.
///
/// - Throws: `EvaluationError` for what is not float32 [N, D] on the CPU, is empty, or is not finite: the
///   message names the first such row.
func checkedFeatures(_ features: Tensor) throws -> Tensor {
  guard features.dtype == .float32, features.device == .cpu else {
    throw EvaluationError(
      .data,
      "the features must be float32 on the CPU, not "
        + "\(features.dtype.map(\.description) ?? "of another type") on \(features.device.name)")
  }
  guard features.rank == 2, features.count > 0 else {
    throw EvaluationError(
      .data, "the features are \(features.shape), not rows of numbers [N, D]")
  }
  let features = try features.detached().contiguous()
  // Largest and smallest are NaN where one is, and found much sooner than each is asked.
  guard try !features.largestMagnitude().isFinite else { return features }
  let width = features.shape[1]
  let place = try features.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
    elements.firstIndex { !$0.isFinite }!
  }
  let value = try features.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
    elements[place]
  }
  throw EvaluationError(
    .data,
    "row \(place / width) of the features has \(value) in column \(place % width) (both counted from "
      + "0): every number must be finite. Leave the row out, or find out where it comes from")
}
