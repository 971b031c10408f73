/// Stochastic gradient descent with momentum, libtorch's fused kernel:
///
///     g ← ∇ + decay · w,   b ← momentum · b + g,   w ← w − rate · b
public final class SGD: Optimizer {
  public let groups: [ParameterGroup]
  /// The share of the last step that is kept, in [0, 1).
  public let momentum: Double
  private let buffers, sampledBuffers: [[Tensor]]

  public init(_ groups: [ParameterGroup], momentum: Double = 0) throws {
    self.groups = groups
    self.momentum = momentum
    buffers = try groups.map { group in try group.parameters.map { try $0.detached().zerosLike() } }
    sampledBuffers = try groups.map { group in
      try group.sampled.map { try $0.matrix.detached().zerosLike() }
    }
  }

  public func step(learningRate: Double) throws {
    try withoutGradients {
      for (group, sampledBuffers) in zip(groups, sampledBuffers) {
        for (sampled, buffer) in zip(group.sampled, sampledBuffers) {
          try sampled.update([buffer]) { try change([$0], by: [$1], $2, group, learningRate) }
        }
      }
      for (group, buffers) in zip(groups, buffers) {
        let active = try zip(group.parameters, buffers).compactMap { parameter, buffer in
          try parameter.gradient().map { (parameter, $0, buffer) }
        }
        guard !active.isEmpty else { continue }
        try change(
          active.map(\.0), by: active.map(\.1), active.map(\.2), group, learningRate)
      }
    }
  }

  private func change(
    _ parameters: [Tensor], by gradients: [Tensor], _ buffers: [Tensor], _ group: ParameterGroup,
    _ learningRate: Double
  ) throws {
    // Buffers start as zeros, so the first step needs no case of its own. Without momentum the
    // kernel refuses them.
    try Operators.fusedSGD.mutate(
      .tensors(parameters), .tensors(gradients), .tensors(momentum == 0 ? [] : buffers),
      .real(group.weightDecay), .real(momentum), .real(learningRate * group.learningRateFactor),
      .real(0), .boolean(false), .boolean(false), .boolean(false), .none, .none)
  }

  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (i, group) in buffers.enumerated() {
      for (j, buffer) in group.enumerated() { state["sgd.\(i).\(j).momentum"] = buffer }
    }
    for (i, group) in sampledBuffers.enumerated() {
      for (j, buffer) in group.enumerated() { state["sgd.\(i).sampled.\(j).momentum"] = buffer }
    }
    return state
  }
}
