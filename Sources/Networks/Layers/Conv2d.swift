import Torch

/// A convolution with kernels of equal sides and as many outputs as kernels: [N, C, H, W] to
/// [N, K, H', W'].
public struct Conv2d: Layer {
  public let weight: Tensor
  public let bias: Tensor?
  public let stride, padding, dilation: Int

  /// Weights uniform in ±√(3 · gain / fan-in), so that outputs vary `gain` times as much as inputs;
  /// offsets 0.
  ///
  /// A gain of 1 is Caffe's "xavier" filler. Deep networks with ReLU, which takes half of the
  /// variance away, need 2: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
  ///
  /// - Parameters:
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - size: The side of a kernel.
  ///   - stride: Pixels from one window to the next.
  ///   - padding: Rows and columns of zeros around the pictures.
  ///   - dilation: Pixels from one element of the window to the next.
  ///   - bias: Whether an offset is added; batch normalisation, which may follow, has its own.
  ///   - gain: How much more outputs vary than inputs, above 0.
  ///   - generator: Of the initial weights.
  public init(
    _ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    bias: Bool = true, gain: Double = 1, using generator: RandomGenerator
  ) throws {
    let bound = (3 * gain / Double(inputs * size * size)).squareRoot()
    // Kernels in channels-last order make the whole network run in it.
    weight = try Tensor.randomUniform(
      [outputs, inputs, size, size], in: -bound...bound, using: generator
    ).copy(.channelsLast).requireGradient()
    self.bias = try bias ? Tensor.zeros([outputs]).requireGradient() : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.conv2d(
      weight.matching(x), bias: bias?.matching(x), stride: stride, padding: padding,
      dilation: dilation)
  }

  public var parameters: [Parameter] {
    [Parameter(name: "weight", tensor: weight, decays: true)]
      + (bias.map { [Parameter(name: "bias", tensor: $0, decays: false)] } ?? [])
  }
}
