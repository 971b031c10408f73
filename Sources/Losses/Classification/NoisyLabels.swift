import Torch

/// A criterion whose targets are disturbed on purpose, so that no sample is learned by heart.
///
///     drawn:     q' = onehot(k) with probability α, k uniform over all C classes; else q
///     expected:  q' = (1 − α) · q + α / C
///
/// Both have the same expected loss. The label drawn may be the one it replaces, so that a label is
/// wrong with probability α · (C − 1) / C. The expected form of cross-entropy is label smoothing.
///
/// Xie et al., "DisturbLabel: regularizing CNN on the loss layer", 2016.
public struct NoisyLabels: Criterion {
  /// Whether chance disturbs the targets, or the mean over it.
  public enum Rule: String, Sendable, CaseIterable { case drawn, expected }

  /// α, in 0...1.
  public let rate: Double
  public let rule: Rule
  /// What the disturbed target is for.
  public let criterion: any Criterion

  static let rate = LossParameter(
    "rate", default: 0.1, range: .closed(0, 1), "α, the share of labels that are disturbed")

  /// - Throws: `LossError` for a rate out of range, or where the criterion takes labels alone but the
  ///   expected target is a distribution.
  public init(rate: Double = 0.1, rule: Rule = .drawn, criterion: any Criterion) throws {
    try Self.rate.range.check("rate", rate)
    guard rule == .drawn || criterion.acceptsProbabilities else {
      throw LossError(
        .usage, "the expected target is a distribution, which this criterion does not take")
    }
    self.rate = rate
    self.rule = rule
    self.criterion = criterion
  }

  public var acceptsProbabilities: Bool { criterion.acceptsProbabilities }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    try criterion.losses(
      logits, Target(disturbed(target, like: logits), classWeights: target.classWeights))
  }

  private func disturbed(_ target: Target, like logits: Tensor) throws -> Target.Kind {
    let (sampleCount, classCount) = (logits.shape[0], logits.shape[1])
    if rule == .expected {
      return .probabilities(
        try target.probabilities(like: logits) * (1 - rate) + rate / Double(classCount))
    }
    func draw(below bound: Double) throws -> Tensor {
      try constant {
        try Tensor.randomUniform([sampleCount], in: 0...bound, dtype: .float64, using: nil)
          .to(logits.device)
      }
    }
    let isReplaced = try draw(below: 1).isLess(than: rate)
    // A number that is drawn may be rounded up to its bound.
    let labels = try draw(below: Double(classCount)).roundedDown()
      .clamped(max: Double(classCount - 1)).to(.int64)
    switch target.kind {
    case .labels(let own): return .labels(try own.replacing(with: labels, where: isReplaced))
    case .probabilities(let own):
      let drawn = try labels.oneHot(classCount: classCount, dtype: own.dtype ?? .float32)
      return .probabilities(
        try own.replacing(with: drawn, where: isReplaced.reshaped([sampleCount, 1])))
    }
  }
}

extension LossEntry {
  static let noisyLabels = LossEntry(
    name: "noisy-labels", title: "Noisy labels", family: .logits,
    summary: "cross-entropy with labels that are replaced at random, or the mean over that",
    formula: "L = CE(z, q'), q' = onehot(random class) with probability α, else q; "
      + "expected: q' = (1−α)·q + α/C",
    parameters: [
      NoisyLabels.rate,
      .choice(
        "rule", NoisyLabels.Rule.self, default: .drawn,
        "targets drawn anew at each evaluation, "
          + "or their mean"),
      .temperature, .focalGamma, .ignoreLabel, .weightedReduction,
    ],
    refusals: [
      "label-smoothing": "it is the expected form of this noise: rule=expected with rate=ε"
    ],
    conventions: [
      "the class is drawn from all C, its own too, as in the paper: a label is wrong with "
        + "probability α·(C−1)/C",
      "draws come from libtorch's generator; the gradient is that of the target that was drawn",
      "a class weight is that of the class drawn, but weighted-mean divides by those of the labels "
        + "given, as it does with label smoothing",
    ],
    paper: "Xie et al., DisturbLabel: regularizing CNN on the loss layer, CVPR 2016"
  ) {
    try LogitLoss(
      NoisyLabels(
        rate: $0.number("rate"), rule: $0.choice("rule", NoisyLabels.Rule.self),
        criterion: CrossEntropy(
          temperature: $0.number("temperature"), focalGamma: $0.number("focal-gamma"))),
      options: SampleOptions($0))
  }
}
