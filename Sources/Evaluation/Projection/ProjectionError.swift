import Torch

/// A projection that was asked for something it cannot do.
public struct ProjectionError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// An option that does not fit, such as a perplexity.
    case usage
    /// Features that cannot be projected.
    case data
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

extension Embeddings {
  /// The features as a tensor, float32 [N, D].
  public func tensor() throws -> Tensor { try Tensor(values, shape: [count, dimension]) }
}

/// The features, contiguous and without a graph.
///
/// - Throws: `ProjectionError` for what is not float32 [N, D] on the CPU, is empty, or is not finite: the
///   message names the first such row.
func checkedFeatures(_ features: Tensor) throws -> Tensor {
  guard features.dtype == .float32, features.device == .cpu else {
    throw ProjectionError(
      .data,
      "the features must be float32 on the CPU, not "
        + "\(features.dtype.map(\.description) ?? "of another type") on \(features.device.name)")
  }
  guard features.rank == 2, features.count > 0 else {
    throw ProjectionError(
      .data, "the features are \(features.shape), not rows of numbers [N, D]")
  }
  let features = try features.detached().contiguous()
  guard try !features.isAllFinite() else { return features }
  let width = features.shape[1]
  let place = try features.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
    elements.firstIndex { !$0.isFinite }!
  }
  let value = try features.withUnsafeElements { (elements: UnsafeBufferPointer<Float>) in
    elements[place]
  }
  throw ProjectionError(
    .data,
    "row \(place / width) of the features has \(value) in column \(place % width) (both counted from "
      + "0): every number must be finite. Leave the row out, or find out where it comes from")
}
