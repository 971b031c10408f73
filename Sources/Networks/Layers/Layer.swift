import Torch

/// A tensor that training changes.
public struct Parameter: Sendable {
  /// The name within its network: "conv1_1.weight".
  public let name: String
  public let tensor: Tensor
  /// Whether weight decay applies: to weights, not to offsets, slopes and scales.
  public let decays: Bool

  public init(name: String, tensor: Tensor, decays: Bool) {
    self.name = name
    self.tensor = tensor
    self.decays = decays
  }
}

/// One step of a network.
///
/// A layer computes in the type of its input: its parameters are float32 and are brought to that type, as
/// `matching` does.
public protocol Layer: Sendable {
  /// The output for a batch of inputs, which are along the first axis.
  ///
  /// `isTraining` says whether a training step follows: batch normalisation then looks at the batch, and
  /// dropout drops.
  func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor
  /// The parameters, with names that are unique within the layer.
  var parameters: [Parameter] { get }
  /// What changes in training by a rule of its own, not by gradients, with names that are unique
  /// within the layer: running means and variances. Checkpoints keep them; they are float32.
  var buffers: [(name: String, tensor: Tensor)] { get }
}

extension Layer {
  public var parameters: [Parameter] { [] }
  public var buffers: [(name: String, tensor: Tensor)] { [] }

  /// The output where no training step follows.
  public func callAsFunction(_ x: Tensor) throws -> Tensor { try self(x, isTraining: false) }

  /// The parameters, with a name in front of theirs.
  func parameters(of name: String) -> [Parameter] {
    parameters.map {
      Parameter(name: "\(name).\($0.name)", tensor: $0.tensor, decays: $0.decays)
    }
  }

  /// The buffers, with a name in front of theirs.
  func buffers(of name: String) -> [(name: String, tensor: Tensor)] {
    buffers.map { ("\(name).\($0.name)", $0.tensor) }
  }
}

extension Tensor {
  /// A parameter in the type of a layer's input, which decides what the layer computes in; gradients
  /// flow back to the parameter in its own.
  public func matching(_ input: Tensor) throws -> Tensor { try input.dtype.map(to) ?? self }
}
