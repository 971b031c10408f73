import Torch

/// Named layers, one after another; itself a layer, so that blocks can be parts of larger ones.
///
///     let block = try Sequential([
///       ("conv", Conv2d(3, 16, size: 3, padding: 1, using: generator)), ("relu", ReLU()),
///     ])
///
/// Parameters and buffers are called by the names of their layers: "conv.weight".
public struct Sequential: Layer {
  public let layers: [(name: String, layer: any Layer)]

  /// - Precondition: No two layers have the same name.
  public init(_ layers: [(name: String, layer: any Layer)]) {
    precondition(
      Set(layers.map(\.name)).count == layers.count, "two layers have the same name")
    self.layers = layers
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try layers.reduce(x) { x, step in try step.layer(x, isTraining: isTraining) }
  }

  public var parameters: [Parameter] {
    layers.flatMap { step in step.layer.parameters(of: step.name) }
  }

  public var buffers: [(name: String, tensor: Tensor)] {
    layers.flatMap { step in step.layer.buffers(of: step.name) }
  }
}
