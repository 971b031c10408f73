/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup {
  public var parameters: [Tensor]
  /// Matrices of which each step changes some rows.
  public var sampled: [SampledRows]
  /// The step's learning rate is the schedule's times this factor.
  public var learningRateFactor: Double
  /// The decay, at least 0: an L2 penalty with SGD, decoupled from the gradient with AdamW.
  public var weightDecay: Double

  public init(
    _ parameters: [Tensor], sampled: [SampledRows] = [], learningRateFactor: Double = 1,
    weightDecay: Double = 0
  ) {
    self.parameters = parameters
    self.sampled = sampled
    self.learningRateFactor = learningRateFactor
    self.weightDecay = weightDecay
  }
}

/// One of libtorch's optimisers: it changes parameters by their accumulated gradients.
public protocol Optimizer: AnyObject {
  var groups: [ParameterGroup] { get }

  /// Changes every parameter that has a gradient. `learningRate` is above 0.
  func step(learningRate: Double) throws

  /// What has to be kept to go on later, by name: change these tensors in place to restore them.
  var state: [String: Tensor] { get }
}

/// A training whose numbers are not finite any more.
public struct DivergenceError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Optimizer {
  /// Does one step down the gradient of a loss.
  ///
  /// - Parameters:
  ///   - loss: One number.
  ///   - learningRate: Above 0.
  ///   - limit: The largest common norm of all gradients.
  /// - Returns: The loss before the step.
  /// - Throws: `DivergenceError`, before any parameter changes, if the loss or a gradient is not finite.
  @discardableResult
  public func minimize(
    _ loss: Tensor, learningRate: Double, clippingTo limit: Double = .infinity
  ) throws -> Double {
    let value = try loss.item()
    guard value.isFinite else {
      throw DivergenceError(description: "the loss is \(value); try a lower learning rate")
    }
    try zeroGradients()
    try loss.backward()
    let norm = try clipGradients(to: limit)
    guard norm.isFinite else {
      throw DivergenceError(
        description: "the gradients' norm is \(norm); try a lower learning rate")
    }
    try step(learningRate: learningRate)
    return value
  }

  /// Forgets the gradients of all parameters.
  public func zeroGradients() throws {
    for group in groups {
      for parameter in group.parameters { try parameter.setGradient(nil) }
      for sampled in group.sampled { try sampled.current?.values.setGradient(nil) }
    }
  }

  /// Scales all gradients so that their common L2 norm is at most `limit`.
  ///
  /// - Returns: The norm before.
  @discardableResult
  public func clipGradients(to limit: Double) throws -> Double {
    let gradients = try groups.flatMap {
      try ($0.parameters + $0.sampled.compactMap { $0.current?.values })
        .compactMap { try $0.gradient() }
    }
    let norms = try gradients.map { try $0.norm().reshaped([1]) }
    guard !norms.isEmpty else { return 0 }
    let norm = try Tensor.concatenate(norms).norm().item()
    if norm > limit {
      for gradient in gradients { try gradient.multiply(by: limit / norm) }
    }
    return norm
  }
}
