import Torch

/// A price on the size of a model's parameters, to be added to a loss.
///
///     λ · Σ_k f_k · Φ(θ_k)
///
/// over the parameters θ_k that are chosen, f_k being the factor of each: 1, or a weight of its layer.
public protocol Regularizer: Loss {
  /// λ, at least 0.
  var weight: Double { get }
  /// Which parameters count, and how much.
  var selection: ParameterSelection { get }

  /// Φ of one parameter: a single number.
  func penalty(_ parameter: Tensor) throws -> Tensor
}

extension Regularizer {
  /// The price of named parameters.
  ///
  /// - Throws: `LossError` if none of them is chosen.
  public func callAsFunction(_ parameters: [(name: String, tensor: Tensor)]) throws -> Tensor {
    let penalties = try selection.chosen(from: parameters).map { parameter in
      try penalty(parameter.tensor) * (weight * parameter.factor)
    }
    return try penalties.dropFirst().reduce(penalties[0]) { try $0 + $1 }
  }

  public var signatures: [Signature] { [[.parameters]] }

  /// The price of the inputs "parameters.NAME", by their names.
  public func value(_ inputs: LossInputs) throws -> Tensor {
    let prefix = LossInput.parameters.familyPrefix!.count
    return try self(
      inputs.tensors(of: .parameters).map { name, tensor in
        (String(name.rawValue.dropFirst(prefix)), tensor)
      })
  }
}

extension InputDeclaration {
  /// Tensors of any shapes.
  static let parameters = InputDeclaration(.parameters, "…")
}

extension LossParameter {
  /// For regularizers.
  static let penaltyWeight = LossParameter(
    "weight", default: 1, range: .closed(0, .infinity), "λ, before the sum")
  static let on = LossParameter(
    "on", default: .word("weights"), range: .parameterNames,
    "the parameters that count; weights are all but offsets, slopes and scales", isOption: true)
}

extension LossEntry {
  static let penaltyConventions = [
    "the sum is over all elements of all parameters that count: no mean, and λ is not divided by N",
    "in training the parameters are called network.LAYER.weight, head.weights and so on, and the "
      + "optimizer's weight decay, if it has some, comes on top",
  ]
  static let penaltyRefusals = [
    "reduction": "it is one number, however many samples there are"
  ]
}
