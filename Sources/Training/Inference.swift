import Datasets
import Losses
import Networks
import Torch

extension Network {
  /// The features [N, D] of all pictures of a set, without gradients.
  public func features(of pictures: PictureSet, batchSize: Int = 250) throws -> Tensor {
    try withoutGradients {
      try Tensor.concatenate(
        stride(from: 0, to: pictures.count, by: batchSize).map { start in
          try self(pictures.batch(start..<min(start + batchSize, pictures.count)).pictures)
        })
    }
  }
}

extension ProxyHead {
  /// The predicted class of each row of features.
  public func predictions(_ features: Tensor) throws -> [Int] {
    try withoutGradients {
      try logits(features).argmax(axis: 1).elements(Int64.self).map { Int($0) }
    }
  }
}
