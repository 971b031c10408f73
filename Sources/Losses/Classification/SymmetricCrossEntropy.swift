import Foundation
import Torch

/// Cross-entropy and the same with prediction and target exchanged, which a wrong label sways less.
///
///     L = α · CE(q, p) + β · w_y · RCE(p, q),   p = softmax(z / T)
///     RCE = −Σ_j p_j · max(log q'_j, A)
///
/// A < 0 stands for log 0. For a label, RCE is −A · (1 − p_y). w_y is the class weight of the sample.
///
/// Wang et al., "Symmetric cross entropy for robust learning with noisy labels", 2019.
public struct SymmetricCrossEntropy: Criterion {
  /// α, at least 0: of cross-entropy.
  public let alpha: Double
  /// β, at least 0: of the reverse.
  public let beta: Double
  /// A, in −80...0.
  public let logClip: Double
  public let crossEntropy: CrossEntropy

  static let alpha = LossParameter(
    "alpha", default: 0.1, range: .closed(0, .infinity), "α, the weight of cross-entropy")
  static let beta = LossParameter(
    "beta", default: 1, range: .closed(0, .infinity), "β, the weight of the reverse cross-entropy")
  /// e^−80 is still an ordinary number in float32.
  static let logClip = LossParameter(
    "log-clip", default: -4, range: .closed(-80, 0), "A, which stands for log 0")

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    alpha: Double = 0.1, beta: Double = 1, logClip: Double = -4, labelSmoothing: Double = 0,
    temperature: Double = 1
  ) throws {
    try Self.alpha.range.check("alpha", alpha)
    try Self.beta.range.check("beta", beta)
    try Self.logClip.range.check("log clip", logClip)
    self.alpha = alpha
    self.beta = beta
    self.logClip = logClip
    crossEntropy = try CrossEntropy(labelSmoothing: labelSmoothing, temperature: temperature)
  }

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    try crossEntropy.losses(logits, target) * alpha
      + target.weighted(reverseLosses(logits, target)) * beta
  }

  private func reverseLosses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    let predicted = try ClassDistribution(
      softmaxOf: logits, temperature: crossEntropy.temperature)
    let smoothing = crossEntropy.labelSmoothing
    if case .labels(let labels) = target.kind, smoothing == 0 {
      let own = try predicted.logarithms.gather(labels.reshaped([-1, 1]), axis: 1)
      return try own.expMinusOne().reshaped([-1]) * logClip
    }
    var given = try target.probabilities(like: logits)
    if smoothing > 0 { given = try given * (1 - smoothing) + smoothing / Double(logits.shape[1]) }
    // Bounded before the logarithm, whose slope at 0 is infinite.
    let logarithms = try given.clamped(min: exp(logClip)).log()
    return try -(predicted.probabilities * logarithms).sum(axis: 1)
  }
}

extension LossEntry {
  static let symmetricCrossEntropy = LossEntry(
    name: "symmetric-cross-entropy", title: "Symmetric cross-entropy", family: .logits,
    summary: "cross-entropy in both directions, for labels that may be wrong",
    formula: "L = α·CE + β·w_y·RCE, RCE = −Σ_j p_j·max(log q'_j, A), p = softmax(z/T)",
    parameters: [
      SymmetricCrossEntropy.alpha, SymmetricCrossEntropy.beta, SymmetricCrossEntropy.logClip,
      .labelSmoothing, .temperature, .ignoreLabel, .weightedReduction,
    ],
    refusals: [
      "focal-gamma": "it would raise the hard samples, which the reverse term lowers as likely "
        + "mislabeled"
    ],
    conventions: [
      "log 0 is A, a setting as in the paper; its code clips the one-hot target at 1e-4 instead, "
        + "which is log-clip = −9.2103",
      "the prediction is not clipped; the paper's code clips p at 1e-7",
      "the sample's class weight is on both terms",
    ],
    paper: "Wang et al., Symmetric cross entropy for robust learning with noisy labels, ICCV 2019"
  ) {
    try LogitLoss(
      SymmetricCrossEntropy(
        alpha: $0.number("alpha"), beta: $0.number("beta"), logClip: $0.number("log-clip"),
        labelSmoothing: $0.number("label-smoothing"), temperature: $0.number("temperature")),
      options: SampleOptions($0))
  }
}
