import Foundation
import Torch

/// NormFace with a scale that needs no setting.
///
///     fixed:    s = √2 · ln(C − 1)
///     dynamic:  s ← ln B / cos(min(π/4, θ_median)),   B = mean_i Σ_{j≠y_i} exp(s · cos θ_ij)
///
/// θ_median is the median angle of the batch between features and their proxies. The scale counts as
/// constant in the gradient, and is in 1...64: where another class is nearer to a feature than 45°, the
/// published rule has no fixed point, and the scale grows with every batch until it is no number.
///
/// Zhang, Zhao, Qiao, Wang, Li, "AdaCos: Adaptively scaling cosine logits for effectively learning
/// deep face representations", 2019.
public final class AdaCos: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - rule: Whether the scale follows the batches.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, rule: AdaptiveScale = .dynamic,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: 1), margin: rule, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// No margin, but a scale that is worked out: see `AdaCos`.
public enum AdaptiveScale: String, Margin, CaseIterable {
  case dynamic, fixed

  /// The largest that is usual for other heads.
  static let largestScale = 64.0

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor { cosines }

  public func scale(_ batch: MarginBatch) throws -> Tensor? {
    try Tensor.full(
      batch.state[0], shape: [], dtype: batch.features.dtype ?? .float32,
      device: batch.features.device)
  }

  public var needsLabels: String? { "the scale follows the angles to the targets" }

  public func initialState(classCount: Int) -> [Double] {
    [max(1, 2.0.squareRoot() * log(Double(classCount - 1)))]
  }

  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor {
    guard self == .dynamic else { return state }
    let own = try cosines.targets()
    // ln B by log Σ exp, which does not overflow.
    let logSum =
      try cosines.logSumsOfOthers(scale: state).reshaped([1, -1]).logSumExp(axis: 1)
      - log(Double(own.count))
    // The median of the angles is that of −cos θ, which rises with them.
    let cosine = try -(-own).median().clamped(min: -1, max: -0.5.squareRoot())
    return try (logSum / cosine).clamped(min: 1, max: Self.largestScale)
  }
}

extension LossEntry {
  static let adacos = LossEntry(
    name: "adacos", title: "AdaCos", family: .proxyHead,
    summary: "softmax on cosines, with a scale that follows the training by itself",
    formula: "z_j = s·cos θ_j; s ← ln(mean_i Σ_{j≠y} exp(s·cos θ_ij)) / cos(min(π/4, θ_median)), "
      + "from √2·ln(C−1)",
    parameters: [
      .choice("rule", AdaptiveScale.self, default: .dynamic, "whether s follows the batches")
    ] + .headOptions,
    refusals: [
      "gradient": "there is no margin", "scale": "the scale is worked out; that is the point of it",
    ],
    conventions: [
      "s is at least 1: with two classes the formula begins at 0",
      "s is at most 64: it would grow without end while another class is nearer than 45°",
      "s counts as constant in the gradient; the median of an even number of angles is the lower "
        + "one, as torch.median has it",
      "outside of training s is one step from √2·ln(C−1), or from the input 'state'",
    ],
    paper:
      "Zhang et al., AdaCos: Adaptively scaling cosine logits for effectively learning deep face "
      + "representations, CVPR 2019"
  ) {
    try ProxyLoss(
      .cosine(scale: 1), margin: $0.choice("rule", AdaptiveScale.self), HeadOptions($0))
  }
}
