/// Adam with decoupled weight decay, libtorch's fused kernel.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
public final class AdamW: Optimizer {
  public let groups: [ParameterGroup]
  /// The decay rates of the two moments, each in [0, 1).
  public let beta1, beta2: Double
  /// Added to the denominator, above 0.
  public let epsilon: Double
  private let moments: [[Moments]]

  private struct Moments {
    let first, second, step: Tensor
  }

  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) throws {
    self.groups = groups
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    moments = try groups.map { group in
      try group.parameters.map { parameter in
        let parameter = try parameter.detached()
        return Moments(
          first: try parameter.zerosLike(), second: try parameter.zerosLike(),
          step: try Tensor.zeros([], device: parameter.device))
      }
    }
  }

  public func step(learningRate: Double) throws {
    try withoutGradients {
      for (group, moments) in zip(groups, moments) {
        let active = try zip(group.parameters, moments).compactMap { parameter, moments in
          try parameter.gradient().map { (parameter, $0, moments) }
        }
        guard !active.isEmpty else { continue }
        for (_, _, moments) in active { try moments.step.add(Tensor.ones([])) }
        try Operators.fusedAdamW.mutate(
          .tensors(active.map(\.0)), .tensors(active.map(\.1)), .tensors(active.map(\.2.first)),
          .tensors(active.map(\.2.second)), .tensors([]), .tensors(active.map(\.2.step)),
          .real(learningRate * group.learningRateFactor), .real(beta1), .real(beta2),
          .real(group.weightDecay), .real(epsilon), .boolean(false), .boolean(false), .none,
          .none)
      }
    }
  }

  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (i, group) in moments.enumerated() {
      for (j, moments) in group.enumerated() {
        state["adamw.\(i).\(j).first"] = moments.first
        state["adamw.\(i).\(j).second"] = moments.second
        state["adamw.\(i).\(j).step"] = moments.step
      }
    }
    return state
  }
}
