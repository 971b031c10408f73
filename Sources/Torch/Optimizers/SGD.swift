/// Stochastic gradient descent with momentum, libtorch's fused kernel:
///
///     g ← ∇ + decay · w,   b ← momentum · b + g,   w ← w − rate · b
public final class SGD: Optimizer {
  public let groups: [ParameterGroup]
  /// The share of the last step that is kept, in [0, 1).
  public let momentum: Double
  private let buffers: [[Tensor]]

  public init(_ groups: [ParameterGroup], momentum: Double = 0) throws {
    self.groups = groups
    self.momentum = momentum
    buffers = try groups.map { group in try group.parameters.map { try $0.detached().zerosLike() } }
  }

  public func step(learningRate: Double) throws {
    try withoutGradients {
      for (group, buffers) in zip(groups, buffers) {
        let active = try zip(group.parameters, buffers).compactMap { parameter, buffer in
          try parameter.gradient().map { (parameter, $0, buffer) }
        }
        guard !active.isEmpty else { continue }
        // Buffers start as zeros, so the first step needs no case of its own. Without momentum the
        // kernel refuses them.
        try Operators.fusedSGD.mutate(
          .tensors(active.map(\.0)), .tensors(active.map(\.1)),
          .tensors(momentum == 0 ? [] : active.map(\.2)),
          .real(group.weightDecay), .real(momentum),
          .real(learningRate * group.learningRateFactor), .real(0), .boolean(false),
          .boolean(false), .boolean(false), .none, .none)
      }
    }
  }

  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (i, group) in buffers.enumerated() {
      for (j, buffer) in group.enumerated() { state["sgd.\(i).\(j).momentum"] = buffer }
    }
    return state
  }
}
