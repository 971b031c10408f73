import Torch

/// The result of holding a loss's gradient against finite differences.
public struct GradientProof: Sendable {
  /// The largest |∇ − difference| over all probes, divided by the largest |∇| of the same input
  /// (or by `leastScale`, where the whole gradient vanishes).
  public let error: Double
  /// The input where it occurred.
  public let input: LossInput
  /// The number of derivatives compared.
  public let probeCount: Int

  /// What a gradient is measured against where it vanishes: the rounding of the differences is
  /// about 1e-11 for losses near 10.
  static let leastScale = 1e-3
}

/// Compares the gradient of a loss with central differences of fourth order in float64:
///
///     f'(x) ≈ (8·(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h,   h = 1e-4
///
/// Where they differ by more than 1e-8 the step is shortened, down to 1e-6: a kink (of a hinge, of a
/// maximum) between x − 2h and x + 2h makes the difference wrong, not the gradient. A wrong gradient
/// is wrong at every step. Points closer to a kink than 2e-6 are thereby not proved; random points
/// are not that close. What a loss takes as constant (see each one) is held fixed.
///
/// Inputs of up to `elementLimit` elements are probed at every one; larger ones at sixteen random
/// elements, and along four random directions over all of them.
///
/// - Parameters:
///   - loss: The loss to prove.
///   - inputs: float64 tensors; labels int64.
///   - undifferentiated: Inputs that are not to be moved.
///   - elementLimit: The largest input of which every element is probed.
///   - seed: Of the random probes.
/// - Throws: `LossError` if value or gradient is not finite; whatever the loss throws.
public func proveGradient(
  of loss: any Loss, at inputs: LossInputs, excluding undifferentiated: Set<LossInput> = [],
  elementLimit: Int = 64, seed: UInt64 = 0
) throws -> GradientProof {
  let generator = try RandomGenerator(seed: seed)
  var leaves = inputs
  let differentiable = inputs.keys.filter { name in
    inputs[name]!.dtype == .float64 && !undifferentiated.contains(name)
  }.sorted()
  guard let first = differentiable.first else {
    throw LossError(.data, "a gradient is proved at float64 inputs, and there are none")
  }
  for input in differentiable {
    leaves[input] = try inputs[input]!.detached().copy().requireGradient()
  }
  // Without reduction, a random weight for each sample makes one number of the losses.
  let constants = HeldConstants()
  let probe = try withoutGradients { try constants.evaluation { try loss.value(leaves) } }
  let weights = try Tensor.randomNormal(probe.shape, dtype: .float64, using: generator)
  func scalar(_ inputs: LossInputs) throws -> Tensor {
    let value = try constants.evaluation { try loss.value(inputs) }
    return value.rank == 0 ? value : try (value * weights).sum()
  }
  let value = try scalar(leaves)
  guard try value.isAllFinite() else { throw LossError(.data, "the loss is \(try value.item())") }
  // A loss that is constant here (no pair, no triplet) is outside of any graph.
  let grads =
    try value.requiresGradient
    ? gradients(of: value, for: differentiable.map { leaves[$0]! })
    : differentiable.map { _ in nil }

  var worst = GradientProof(error: 0, input: first, probeCount: 0)
  var probeCount = 0
  for (input, gradient) in zip(differentiable, grads) {
    let tensor = inputs[input]!
    let gradient = try gradient ?? tensor.zerosLike()
    guard try gradient.isAllFinite() else {
      throw LossError(.data, "the gradient of '\(input.rawValue)' is not finite")
    }
    let elements = try gradient.elements(Double.self)
    var scale = max(elements.map(\.magnitude).max() ?? 0, GradientProof.leastScale)

    func derivative(along direction: Tensor, step: Double) throws -> Double {
      try withoutGradients {
        func f(_ multiple: Double) throws -> Double {
          var moved = inputs
          moved[input] = try tensor + direction * (multiple * step)
          return try scalar(moved).item()
        }
        return try (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * step)
      }
    }
    func compare(_ expected: Double, _ direction: Tensor) throws {
      probeCount += 1
      var error = Double.infinity
      for step in [1e-4, 3e-5, 1e-5, 1e-6] where !(error <= 1e-8) {
        let difference = try derivative(along: direction, step: step)
        error = Double.minimum(error, abs(difference - expected) / scale)
      }
      if error > worst.error || error.isNaN {
        worst = GradientProof(error: error, input: input, probeCount: 0)
      }
    }

    let chosen =
      elements.count <= elementLimit
      ? Array(elements.indices)
      : try Tensor.randomUniform(
        [16], in: 0...Double(elements.count), dtype: .float64, using: generator
      ).elements(Double.self).map { min(Int($0), elements.count - 1) }
    for index in chosen {
      var unit = [Double](repeating: 0, count: elements.count)
      unit[index] = 1
      try compare(elements[index], Tensor(unit, shape: tensor.shape))
    }
    if elements.count > elementLimit {
      for _ in 0..<4 {
        let direction = try Tensor.randomNormal(tensor.shape, dtype: .float64, using: generator)
          .flattenedUnit()
        let expected = try (gradient * direction).sum().item()
        scale = max(try (gradient * gradient).sum().squareRoot().item(), GradientProof.leastScale)
        try compare(expected, direction)
      }
    }
  }
  return GradientProof(error: worst.error, input: worst.input, probeCount: probeCount)
}

/// A proof by the name of what was proved.
public struct NamedProof: Sendable {
  /// The settings that are not the default, and the case.
  public let name: String
  public let proof: GradientProof
}

/// The proofs of a catalogue row: every signature at every standard case with the default settings,
/// and at the first case with each parameter changed in turn.
public func proveGradient(of entry: LossEntry) throws -> [NamedProof] {
  func proofs(_ settings: [String: String], _ cases: [ProofCase]) throws -> [NamedProof] {
    let loss = try entry.makeLoss(settings)
    let changes = settings.map { "\($0.key)=\($0.value), " }.joined()
    return try loss.signatures.enumerated().flatMap { index, signature in
      try cases.map { proofCase in
        NamedProof(
          name: changes + proofCase.name + (index == 0 ? "" : ", call \(index + 1)"),
          proof: try proveGradient(of: loss, at: proofCase.inputs(for: signature)))
      }
    }
  }
  let ordinary = Array(ProofCase.standard.prefix(1))
  return try proofs([:], ProofCase.standard)
    + entry.parameters.flatMap { parameter in
      try parameter.otherValues.flatMap { try proofs([parameter.name: $0], ordinary) }
    }
}

extension Tensor {
  /// The tensor divided by its L2 norm over all elements.
  fileprivate func flattenedUnit() throws -> Tensor {
    try self / (self * self).sum().squareRoot()
  }
}
