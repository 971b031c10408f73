import LossKernels
import Torch

/// The normalised, temperature-scaled cross-entropy: each positive pair against all negatives of its
/// anchor, in a softmax on cosines.
///
///     L_ip = −log( e^{S_ip/τ} / (e^{S_ip/τ} + Σ_{n: y_n≠y_i} e^{S_in/τ}) )
///
/// Chen, Kornblith, Norouzi, Hinton, "A simple framework for contrastive learning of visual
/// representations" (SimCLR), 2020.
public struct NTXent: PairLoss, AnchorwisePairLoss {
  /// τ, above 0.
  public let temperature: Double
  /// Of positive pairs, in both orders: without one, a matrix [N, N] with 0 for other pairs.
  public let reduction: Reduction
  /// How the loss is computed.
  public var implementation = Implementation.automatic

  /// - Throws: `LossError` for a parameter out of range.
  public init(temperature: Double = 0.1, reduction: Reduction = .mean) throws {
    guard temperature > 0, temperature.isFinite else {
      throw LossError(.usage, "the temperature must be above 0, not \(temperature)")
    }
    self.temperature = temperature
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor { try evaluate(pairs) }

  var usesUnitRows: Bool { true }
  var hasLossPerAnchor: Bool { false }
  var kernel: any PairKernel {
    NTXentKernel(factor: Float(1 / temperature))
  }

  func composed(_ pairs: LabeledPairs) throws -> Tensor {
    let scores = try pairs.cosines() / temperature
    let negatives = try scores.logSumExp(where: pairs.different, keepingAxis: true)
    let same = try pairs.sameCounts()
    return try reduction((negatives - scores).softplus() * same, counts: same)
  }

  /// The loss for two views of N samples, anchors and positives [N, D]: the positive pairs are the
  /// views of a sample, and all other views of the batch are negatives.
  public func callAsFunction(anchors: Tensor, positives: Tensor) throws -> Tensor {
    let samples = try Tensor.indices(anchors.shape[0], device: anchors.device)
    return try self(
      .concatenate([anchors, positives]), labels: .concatenate([samples, samples]))
  }

  // MARK: Loss

  public var signatures: [Signature] { [[.features, .labels], [.anchors, .positives]] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    if let anchors = inputs[.anchors] {
      return try self(anchors: anchors, positives: inputs.required(.positives))
    }
    return try self(inputs.required(.features), labels: inputs.required(.labels))
  }
}

extension LossEntry {
  static let ntXent = LossEntry(
    name: "nt-xent", title: "NT-Xent", family: .featuresAndLabels,
    summary: "softmax of each positive pair's cosine against all negatives of the anchor",
    formula: "L = −log(e^{S_ip/τ} / (e^{S_ip/τ} + Σ_n e^{S_in/τ})), S = cos",
    parameters: [.temperature(default: 0.1), .reduction(of: "positive pairs")],
    refusals: .pairRefusals([
      "margin": "a softmax compares cosines with each other, without a margin",
      "scale": "the factor of the cosines is 1/temperature",
      "distance": "it is defined on cosines",
    ]),
    conventions: [
      "other positives of the anchor are not in the denominator, as in pytorch-metric-learning; "
        + "supcon has them there. With two samples of each class, as in SimCLR, it is the same",
      "anchors and positives are two views: 2N samples and 2N positive pairs, as in SimCLR",
      "the mean is over positive pairs, so that classes with many samples weigh more",
      "pytorch-metric-learning's default temperature is 0.07",
    ],
    paper: "Chen et al., A simple framework for contrastive learning of visual representations, "
      + "ICML 2020"
  ) {
    try NTXent(temperature: $0.number("temperature"), reduction: $0.reduction())
  }
}
