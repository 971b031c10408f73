import Datasets
import Torch

extension RegressionTable {
  /// The features [N, D] and the targets [N, 1], as a network takes and gives them.
  ///
  /// - Parameter dtype: A type of floating-point numbers.
  public func tensors(_ dtype: DType = .float32) throws -> (features: Tensor, targets: Tensor) {
    (
      try Tensor(features, shape: [count, featureCount]).to(dtype),
      try Tensor(targets, shape: [count, 1]).to(dtype)
    )
  }
}
