import LossKernels
import Torch

/// A loss of pairs that is a sum of losses of the anchors, each a function of the anchor's distances (or
/// cosines) alone.
///
/// It has two evaluations: `composed`, its definition in libtorch's operations; and a kernel for one
/// anchor's row, with which `evaluate` computes it on the CPU in float32, in time O(N·M·D) and with at
/// most one matrix [N, M].
protocol AnchorwisePairLoss: PairLoss {
  /// How the loss is computed.
  var implementation: Implementation { get set }
  /// Whether features are brought to unit length before.
  var usesUnitRows: Bool { get }
  /// The loss of one anchor.
  var kernel: any PairKernel { get }
  /// Whether the reduction `none` gives one number for each anchor, and not one for each pair.
  var hasLossPerAnchor: Bool { get }

  func composed(_ pairs: LabeledPairs) throws -> Tensor
}

extension AnchorwisePairLoss {
  var hasLossPerAnchor: Bool { true }

  /// The loss by whichever evaluation `implementation` asks for.
  ///
  /// - Throws: `LossError` where fused is asked for and not possible.
  func evaluate(_ pairs: LabeledPairs) throws -> Tensor {
    guard implementation != .composed else { return try composed(pairs) }
    if let refusal = try fusedRefusal(pairs) { return try composed(pairs, instead: refusal) }
    let isSquare = pairs.candidates === pairs.anchors
    let anchors = try usesUnitRows ? pairs.anchors.unitRows() : pairs.anchors
    let candidates = try isSquare || !usesUnitRows ? pairs.candidates : pairs.candidates.unitRows()
    let set = try withoutGradients {
      try PairSet(
        anchors: anchors.detached(), candidates: isSquare ? nil : candidates.detached(),
        labels: pairs.labels.elements(Int64.self),
        candidateLabels: pairs.candidateLabels.elements(Int64.self))
    }
    switch set.magnitude {
    case .ordinary: break
    case .notFinite:
      // Every pair has a part in the loss of its anchor, and NaN has to be seen.
      let poison = try (anchors.sum(axis: 1) + candidates.sum()) * .nan
      return reduction == .none ? poison : try poison.sum()
    case .overflowing:
      return try composed(pairs, instead: "the squares of the features overflow")
    }
    let inputs = isSquare ? [anchors] : [anchors, candidates]
    let needsGradient = inputs.contains(where: \.requiresGradient)
    return try customFunction(inputs) { _ in
      let pass = PairPass(set, kernel: kernel, reduction: reduction, keepsSlopes: needsGradient)
      let value = try pass.forward()
      return CustomFunctionResult(outputs: [value]) { gradients in
        guard let gradient = gradients[0] else { return inputs.map { _ in nil } }
        return try pass.backward(gradient)
      }
    }[0]
  }

  private func composed(_ pairs: LabeledPairs, instead refusal: String) throws -> Tensor {
    guard implementation != .fused else {
      throw LossError(.usage, "there is no fused evaluation of this loss here: \(refusal)")
    }
    return try composed(pairs)
  }

  /// Why the fused evaluation is not possible here, nil if it is.
  private func fusedRefusal(_ pairs: LabeledPairs) throws -> String? {
    guard pairs.anchors.dtype == .float32, pairs.candidates.dtype == .float32,
      pairs.anchors.device == .cpu, pairs.candidates.device == .cpu
    else { return "it works in float32 on the CPU" }
    guard reduction != .none || hasLossPerAnchor else {
      return "without reduction there is a loss for each pair"
    }
    let (x, y) = (pairs.anchors.shape, pairs.candidates.shape)
    guard x.count == 2, y.count == 2, x[0] > 0, x[1] > 0, x[1] == y[1],
      pairs.labels.shape == [x[0]], pairs.candidateLabels.shape == [y[0]]
    else { return "features \(x) and labels \(pairs.labels.shape) do not fit" }
    return nil
  }

  /// Refuses what only the composed evaluation has.
  func requireComposed(_ call: String) throws {
    guard implementation != .fused else {
      throw LossError(
        .usage, "there is no fused evaluation of this loss here: \(call) are given, not labels")
    }
  }
}

extension PairDistance {
  /// The distance, as kernels know it.
  var measure: PairMeasure {
    switch kind {
    case .euclidean: .euclidean
    case .squaredEuclidean: .squaredEuclidean
    case .cosine: .cosineDistance
    }
  }

  var usesUnitRows: Bool { normalizesFeatures || kind == .cosine }
}
