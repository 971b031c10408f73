import Torch

/// A fully connected layer on all that a sample has, in whatever shape: [N, …] to [N, outputs].
public struct Linear: Layer {
  public let weight: Tensor
  public let bias: Tensor?

  /// Weights uniform in ±√(3 · gain / fan-in), as those of `Conv2d`; offsets 0.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, gain: Double = 1,
    using generator: RandomGenerator
  ) throws {
    let bound = (3 * gain / Double(inputs)).squareRoot()
    weight = try Tensor.randomUniform([outputs, inputs], in: -bound...bound, using: generator)
      .requireGradient()
    self.bias = try bias ? Tensor.zeros([outputs]).requireGradient() : nil
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.reshaped([x.shape[0], -1]).linear(weight.matching(x), bias: bias?.matching(x))
  }

  public var parameters: [Parameter] {
    [Parameter(name: "weight", tensor: weight, decays: true)]
      + (bias.map { [Parameter(name: "bias", tensor: $0, decays: false)] } ?? [])
  }
}
