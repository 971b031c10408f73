/// Adam with decoupled weight decay, libtorch's fused kernel.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
public final class AdamW: Optimizer {
  public let groups: [ParameterGroup]
  /// The decay rates of the two moments, each in [0, 1).
  public let beta1, beta2: Double
  /// Added to the denominator, above 0.
  public let epsilon: Double
  private let moments, sampledMoments: [[Moments]]

  private struct Moments {
    let first, second, step: Tensor

    init(_ parameter: Tensor) throws {
      let parameter = try parameter.detached()
      first = try parameter.zerosLike()
      second = try parameter.zerosLike()
      step = try Tensor.zeros([], device: parameter.device)
    }
  }

  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) throws {
    self.groups = groups
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    moments = try groups.map { try $0.parameters.map { try Moments($0) } }
    sampledMoments = try groups.map { try $0.sampled.map { try Moments($0.matrix) } }
  }

  public func step(learningRate: Double) throws {
    try withoutGradients {
      for (group, moments) in zip(groups, sampledMoments) {
        for (sampled, moments) in zip(group.sampled, moments) {
          try sampled.update([moments.first, moments.second]) { values, gradient, state in
            try moments.step.add(Tensor.ones([]))
            try change(
              [values], by: [gradient], [state[0]], [state[1]], [moments.step], group, learningRate)
          }
        }
      }
      for (group, moments) in zip(groups, moments) {
        let active = try zip(group.parameters, moments).compactMap { parameter, moments in
          try parameter.gradient().map { (parameter, $0, moments) }
        }
        guard !active.isEmpty else { continue }
        for (_, _, moments) in active { try moments.step.add(Tensor.ones([])) }
        try change(
          active.map(\.0), by: active.map(\.1), active.map(\.2.first), active.map(\.2.second),
          active.map(\.2.step), group, learningRate)
      }
    }
  }

  private func change(
    _ parameters: [Tensor], by gradients: [Tensor], _ first: [Tensor], _ second: [Tensor],
    _ steps: [Tensor], _ group: ParameterGroup, _ learningRate: Double
  ) throws {
    try Operators.fusedAdamW.mutate(
      .tensors(parameters), .tensors(gradients), .tensors(first), .tensors(second), .tensors([]),
      .tensors(steps), .real(learningRate * group.learningRateFactor), .real(beta1), .real(beta2),
      .real(group.weightDecay), .real(epsilon), .boolean(false), .boolean(false), .none, .none)
  }

  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    func add(_ moments: [[Moments]], _ kind: String) {
      for (i, group) in moments.enumerated() {
        for (j, moments) in group.enumerated() {
          state["adamw.\(i).\(kind)\(j).first"] = moments.first
          state["adamw.\(i).\(kind)\(j).second"] = moments.second
          state["adamw.\(i).\(kind)\(j).step"] = moments.step
        }
      }
    }
    add(moments, "")
    add(sampledMoments, "sampled.")
    return state
  }
}
