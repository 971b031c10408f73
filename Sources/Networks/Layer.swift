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

extension Tensor {
  /// A parameter in the type of a layer's input, which decides what the layer computes in; gradients
  /// flow back to the parameter in its own.
  func matching(_ input: Tensor) throws -> Tensor { try input.dtype.map(to) ?? self }
}

/// A convolution with kernels of equal sides and as many outputs as kernels.
public struct Conv2d: Layer {
  public let weight, bias: Tensor
  public let padding: Int

  /// Weights uniform in ±√(3 · gain / fan-in), so that outputs vary `gain` times as much as inputs;
  /// offsets 0.
  ///
  /// A gain of 1 is Caffe's "xavier" filler. Deep networks with ReLU, which takes half of the
  /// variance away, need 2: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
  public init(
    _ inputs: Int, _ outputs: Int, size: Int, padding: Int = 0, gain: Double = 1,
    using generator: RandomGenerator
  ) throws {
    let bound = (3 * gain / Double(inputs * size * size)).squareRoot()
    // Kernels in channels-last order make the whole network run in it.
    weight = try Tensor.randomUniform(
      [outputs, inputs, size, size], in: -bound...bound, using: generator
    ).copy(.channelsLast).requireGradient()
    bias = try Tensor.zeros([outputs]).requireGradient()
    self.padding = padding
  }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.conv2d(weight.matching(x), bias: bias.matching(x), padding: padding)
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

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.reshaped([x.shape[0], -1]).linear(weight.matching(x), bias: bias?.matching(x))
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

/// Pictures that are smaller than a square made as large, in the middle of it, by going on with the
/// pixels at their borders.
public struct PadToSize: Layer {
  public let size: Int

  public init(_ size: Int) { self.size = size }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let missing = x.shape[2...].map { max(0, size - $0) }
    guard missing.contains(where: { $0 > 0 }) else { return x }
    return try x.paddedByBorder(
      left: missing[1] / 2, right: missing[1] - missing[1] / 2, top: missing[0] / 2,
      bottom: missing[0] - missing[0] / 2)
  }
}
