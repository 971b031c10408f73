import Torch

/// What layers give, added to what came in: body(x) + shortcut(x).
///
/// The parameters of the body keep their names; those of the shortcut have "shortcut." in front.
///
/// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
public struct Residual: Layer {
  public let body: Sequential
  /// What brings the input to the shape of the body's output; nil if it has it.
  public let shortcut: (any Layer)?

  public init(_ body: Sequential, shortcut: (any Layer)? = nil) {
    self.body = body
    self.shortcut = shortcut
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try body(x, isTraining: isTraining) + (shortcut.map { try $0(x, isTraining: isTraining) } ?? x)
  }

  public var parameters: [Parameter] {
    body.parameters + (shortcut?.parameters(of: "shortcut") ?? [])
  }

  public var buffers: [(name: String, tensor: Tensor)] {
    body.buffers + (shortcut?.buffers(of: "shortcut") ?? [])
  }
}

/// Every `stride`-th pixel, with channels of zeros added: the shortcut without parameters (the paper's
/// option A).
public struct PaddedShortcut: Layer {
  public let stride, addedChannels: Int

  public init(stride: Int, addedChannels: Int) {
    self.stride = stride
    self.addedChannels = addedChannels
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.maxPool2d(size: 1, stride: stride).paddedByZeros(channels: addedChannels)
  }
}
