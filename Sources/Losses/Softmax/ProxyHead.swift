import Foundation
import Torch

/// A `ProxyLoss` together with what it learns: one proxy for each class, and a bias where the
/// similarity has one. This is the last layer of a classifier and its loss in one.
public class ProxyHead {
  /// The function of features and parameters.
  public private(set) var loss: ProxyLoss
  private let fullScale: Double
  /// The proxies [C, D].
  public let weights: Tensor
  /// The offsets [C], where the similarity has them.
  public let bias: Tensor?

  /// - Parameters:
  ///   - loss: The function.
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - seed: The seed of the initial proxies: spread over the unit sphere where they are
  ///     normalised, else uniform in ±√(3 / D); a bias starts at 0.
  /// - Throws: `LossError` for counts out of range.
  public init(_ loss: ProxyLoss, classCount: Int, featureCount: Int, seed: UInt64 = 0) throws {
    guard classCount >= 2 else {
      throw LossError(.usage, "a head needs at least 2 classes, not \(classCount)")
    }
    guard featureCount >= 1 else {
      throw LossError(.usage, "a head needs at least 1 feature, not \(featureCount)")
    }
    self.loss = loss
    fullScale = loss.similarity.scale
    let generator = try RandomGenerator(seed: seed)
    let bound = (3 / Double(featureCount)).squareRoot()
    weights =
      try loss.similarity.normalizesWeights
      ? spreadDirections(count: classCount, dimension: featureCount, using: generator)
      : Tensor.randomUniform(
        [classCount, featureCount], in: -bound...bound, using: generator)
    bias = try loss.similarity.hasBias ? Tensor.zeros([classCount]) : nil
    try weights.requireGradient()
    try bias?.requireGradient()
  }

  /// Sets the scale of a cosine on its way from √2 · ln(C − 1), at least 1, to its own, `progress` in 0...1 of
  /// it; a similarity that is no cosine, or has a smaller scale, keeps what it has.
  ///
  /// A small scale makes every proxy felt from afar, so that the classes find places before a large
  /// one makes them tight. The start is the fixed scale of Zhang et al., "AdaCos", 2019.
  public func setScale(progress: Double) {
    let start = max(1, 2.0.squareRoot() * log(Double(weights.shape[0] - 1)))
    guard loss.similarity.isCosine, start < fullScale else { return }
    loss.similarity.scale = start * (1 - progress) + fullScale * progress
  }

  /// The loss for features [N, D] and labels int64 [N].
  public func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try loss(features, weights: weights, bias: bias, labels: labels)
  }

  /// The loss for features [N, D] and distributions over the classes [N, C].
  public func callAsFunction(_ features: Tensor, probabilities: Tensor) throws -> Tensor {
    try loss(features, weights: weights, bias: bias, probabilities: probabilities)
  }

  /// The scores of the classes [N, C], without margin.
  public func logits(_ features: Tensor) throws -> Tensor {
    try loss.logits(features: features, weights: weights, bias: bias)
  }
}
