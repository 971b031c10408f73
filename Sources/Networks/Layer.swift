import Torch

/// A tensor that training changes.
public struct Parameter {
  /// The name within its network: "conv1_1.weight".
  public let name: String
  public let tensor: Tensor
  /// Whether weight decay applies: to weights, not to offsets and slopes.
  public let decays: Bool
}

/// One step of a network.
public protocol Layer {
  func callAsFunction(_ x: Tensor) throws -> Tensor
  /// The parameters, with names that are unique within the layer.
  var parameters: [Parameter] { get }
}

extension Layer {
  public var parameters: [Parameter] { [] }
}

/// A convolution with kernels of equal sides and as many outputs as kernels.
public struct Conv2d: Layer {
  public let weight, bias: Tensor
  public let padding: Int

  /// Weights uniform in ±√(3 / fan-in), as Caffe's "xavier" filler; offsets 0.
  public init(
    _ inputs: Int, _ outputs: Int, size: Int, padding: Int = 0, using generator: RandomGenerator
  ) throws {
    let bound = (3 / Double(inputs * size * size)).squareRoot()
    // Kernels in channels-last order make the whole network run in it.
    weight = try Tensor.randomUniform(
      [outputs, inputs, size, size], in: -bound...bound, using: generator
    ).copy(.channelsLast).requireGradient()
    bias = try Tensor.zeros([outputs]).requireGradient()
    self.padding = padding
  }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.conv2d(weight, bias: bias, padding: padding)
  }

  public var parameters: [Parameter] {
    [
      Parameter(name: "weight", tensor: weight, decays: true),
      Parameter(name: "bias", tensor: bias, decays: false),
    ]
  }
}

/// A fully connected layer on all that a sample has, in whatever shape.
public struct Linear: Layer {
  public let weight: Tensor
  public let bias: Tensor?

  /// Weights uniform in ±√(3 / fan-in), as Caffe's "xavier" filler; offsets 0.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, using generator: RandomGenerator
  ) throws {
    let bound = (3 / Double(inputs)).squareRoot()
    weight = try Tensor.randomUniform([outputs, inputs], in: -bound...bound, using: generator)
      .requireGradient()
    self.bias = try bias ? Tensor.zeros([outputs]).requireGradient() : nil
  }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.reshaped([x.shape[0], -1]).linear(weight, bias: bias)
  }

  public var parameters: [Parameter] {
    [Parameter(name: "weight", tensor: weight, decays: true)]
      + (bias.map { [Parameter(name: "bias", tensor: $0, decays: false)] } ?? [])
  }
}

/// max(x, 0).
public struct ReLU: Layer {
  public init() {}
  public func callAsFunction(_ x: Tensor) throws -> Tensor { try x.relu() }
}

/// The largest of each window.
public struct MaxPool2d: Layer {
  public let size, stride: Int

  public init(_ size: Int, stride: Int) {
    self.size = size
    self.stride = stride
  }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.maxPool2d(size: size, stride: stride)
  }
}
