import Torch

/// Each channel brought to the mean 0 and the variance 1, then scaled and moved by numbers that are
/// learned: of features [N, C], or of pictures [N, C, H, W].
///
///     y = (x − mean) / √(variance + ε) · scale + bias
///
/// In training, mean and variance are those of the batch and its pixels, and the running ones move a share
/// of `momentum` towards them (towards the variance without bias, Σ / (n − 1)). Otherwise the running ones
/// are used; so they are in training where a channel has a single number, which has no variance: the last
/// batch of an epoch may hold a single sample.
///
/// Parameters and running numbers are float32 whatever the input is.
///
/// Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal
/// covariate shift", ICML 2015.
public struct BatchNorm: Layer {
  /// [C].
  public let scale, bias, runningMean, runningVariance: Tensor
  /// ε, added to the variance.
  public let epsilon: Double
  /// In 0...1.
  public let momentum: Double

  /// Scales and running variances of 1, offsets and running means of 0.
  public init(_ channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5) throws {
    scale = try Tensor.ones([channels]).requireGradient()
    bias = try Tensor.zeros([channels]).requireGradient()
    runningMean = try Tensor.zeros([channels])
    runningVariance = try Tensor.ones([channels])
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.batchNorm(
      scale: scale, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
      isTraining: isTraining && x.count > scale.count, momentum: momentum, epsilon: epsilon)
  }

  public var parameters: [Parameter] {
    [
      Parameter(name: "scale", tensor: scale, decays: false),
      Parameter(name: "bias", tensor: bias, decays: false),
    ]
  }

  public var buffers: [(name: String, tensor: Tensor)] {
    [("running_mean", runningMean), ("running_variance", runningVariance)]
  }
}
