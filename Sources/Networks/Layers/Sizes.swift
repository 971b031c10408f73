import Torch

/// The largest of each window.
public struct MaxPool2d: Layer {
  public let size, stride: Int
  /// Whether a last window that reaches over the border counts.
  public let roundsUp: Bool

  public init(_ size: Int, stride: Int, roundsUp: Bool = false) {
    self.size = size
    self.stride = stride
    self.roundsUp = roundsUp
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.maxPool2d(size: size, stride: stride, roundsUp: roundsUp)
  }
}

/// The mean of each window.
public struct AveragePool2d: Layer {
  public let size, stride: Int

  public init(_ size: Int, stride: Int) {
    self.size = size
    self.stride = stride
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.averagePool2d(size: size, stride: stride)
  }
}

/// The mean of each channel: [N, C, H, W] to [N, C, 1, 1], for pictures of any size.
public struct GlobalAveragePool: Layer {
  public init() {}

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.averagePool2d(toHeight: 1, width: 1)
  }
}

/// Pictures made larger, or smaller, to a given size.
public struct Upsample: Layer {
  public let height, width: Int
  public let interpolation: Interpolation

  public enum Interpolation: Sendable {
    /// Each pixel is that of the nearest one.
    case nearest
    /// Each pixel is a mean of its four neighbours, weighted by how near they are.
    case bilinear
  }

  public init(toHeight height: Int, width: Int, interpolation: Interpolation = .nearest) {
    self.height = height
    self.width = width
    self.interpolation = interpolation
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    switch interpolation {
    case .nearest: try x.resizedToNearest(height: height, width: width)
    case .bilinear: try x.resizedBilinearly(height: height, width: width)
    }
  }
}

/// What a sample has, in another shape: [N, …] to [N] and the shape given.
public struct Reshape: Layer {
  public let shape: [Int]

  public init(_ shape: [Int]) { self.shape = shape }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.reshaped([x.shape[0]] + shape)
  }
}

/// Pictures that are smaller than a square made as large, in the middle of it, by going on with the
/// pixels at their borders.
public struct PadToSize: Layer {
  public let size: Int

  public init(_ size: Int) { self.size = size }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    let missing = x.shape[2...].map { max(0, size - $0) }
    guard missing.contains(where: { $0 > 0 }) else { return x }
    return try x.paddedByBorder(
      left: missing[1] / 2, right: missing[1] - missing[1] / 2, top: missing[0] / 2,
      bottom: missing[0] - missing[0] / 2)
  }
}

/// Pictures made larger on all sides, by going on with the pixels at their borders.
public struct PadByBorder: Layer {
  /// The rows and columns added on each side.
  public let margin: Int

  public init(_ margin: Int) { self.margin = margin }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try x.paddedByBorder(left: margin, right: margin, top: margin, bottom: margin)
  }
}
