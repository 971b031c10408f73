import Torch

/// What learning minimises: the mean losses of the samples, and the price of the model.
///
///     R(θ) = Σ_i μ_i · (1/N) Σ_n L_i(n) + Σ_k λ_k · Φ_k(θ)
///
/// Several losses with factors, and several regularizers, each on parameters of its own choice with
/// a weight for each layer if need be:
///
///     let risk = try StructuralRisk(
///       losses: [LossSum.Term(softmax), LossSum.Term(center, weight: 0.01)],
///       regularizers: [L2Regularization(on: ["network.conv*": 1e-4, "network.ip1.*": 1e-3])])
///     let value = try risk(inputs, parameters: namedParameters)
///
/// Vapnik, "Principles of risk minimization for learning theory", 1991.
public struct StructuralRisk: Loss {
  /// The losses, with their factors.
  public let losses: [LossSum.Term]
  /// The regularizers, with factors beside their own λ.
  public let regularizers: [LossSum.Term]

  /// - Parameters:
  ///   - losses: At least one, each with the reduction `mean`.
  ///   - regularizers: None, or several.
  /// - Throws: `LossError` if there is no loss.
  public init(losses: [LossSum.Term], regularizers: [any Regularizer] = []) throws {
    try self.init(losses, regularizers.map { LossSum.Term($0) })
  }

  /// - Parameter specification: A sum such as "softmax+0.01\*center+0.001\*elastic-net".
  /// - Throws: `LossError` if there is no loss but only regularizers.
  public init(_ specification: ObjectiveSpecification) throws {
    let terms = specification.terms.map { LossSum.Term($0.loss, weight: $0.weight) }
    try self.init(
      terms.filter { !($0.loss is any Regularizer) }, terms.filter { $0.loss is any Regularizer })
  }

  private init(_ losses: [LossSum.Term], _ regularizers: [LossSum.Term]) throws {
    guard !losses.isEmpty else {
      throw LossError(.usage, "a structural risk needs a loss besides its regularizers")
    }
    self.losses = losses
    self.regularizers = regularizers
  }

  /// The risk of samples and named parameters.
  public func callAsFunction(
    _ inputs: LossInputs, parameters: [(name: String, tensor: Tensor)]
  ) throws -> Tensor {
    try value(inputs.adding(parameters))
  }

  /// The part of the samples: Σ_i μ_i · (1/N) Σ_n L_i(n).
  public func empirical(_ inputs: LossInputs) throws -> Tensor {
    try LossSum(losses).value(inputs)
  }

  /// The part of the parameters: Σ_k λ_k · Φ_k(θ), 0 without regularizers.
  public func penalty(_ parameters: [(name: String, tensor: Tensor)]) throws -> Tensor {
    guard !regularizers.isEmpty else { return try Tensor.zeros([]) }
    return try LossSum(regularizers).value(LossInputs().adding(parameters))
  }

  public var signatures: [Signature] { LossSum(losses + regularizers).signatures }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try LossSum(losses + regularizers).value(inputs)
  }
}

extension LossInputs {
  /// With parameters as the inputs "parameters.NAME".
  fileprivate func adding(_ parameters: [(name: String, tensor: Tensor)]) -> LossInputs {
    parameters.reduce(into: self) { inputs, parameter in
      inputs[LossInput(LossInput.parameters.familyPrefix! + parameter.name)] = parameter.tensor
    }
  }
}
