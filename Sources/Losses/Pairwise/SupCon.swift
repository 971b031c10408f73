import LossKernels
import Torch

/// Supervised contrastive loss: a softmax over all other samples, averaged over an anchor's positives.
///
///     L_i = −1/|P_i| · Σ_{p∈P_i} log( e^{S_ip/τ} / Σ_{a≠i} e^{S_ia/τ} )
///
/// Khosla et al., "Supervised contrastive learning", 2020. The rule `in` has the mean over positives
/// inside of the logarithm.
public struct SupCon: PairLoss, AnchorwisePairLoss {
  /// Where the mean over an anchor's positives is.
  public enum Rule: String, Sendable, CaseIterable {
    /// Outside of the logarithm: the paper's choice.
    case out
    /// Inside: an anchor is content with one near positive.
    case `in`
  }

  /// τ, above 0.
  public let temperature: Double
  public let rule: Rule
  /// Of anchors [N], those with a positive.
  public let reduction: Reduction
  /// How the loss is computed.
  public var implementation = Implementation.automatic

  /// - Throws: `LossError` for a parameter out of range.
  public init(temperature: Double = 0.1, rule: Rule = .out, reduction: Reduction = .mean) throws {
    guard temperature > 0, temperature.isFinite else {
      throw LossError(.usage, "the temperature must be above 0, not \(temperature)")
    }
    self.temperature = temperature
    self.rule = rule
    self.reduction = reduction
  }

  public func callAsFunction(_ pairs: LabeledPairs) throws -> Tensor { try evaluate(pairs) }

  var usesUnitRows: Bool { true }
  var kernel: any PairKernel {
    SupConKernel(factor: Float(1 / temperature), isInside: rule == .in)
  }

  func composed(_ pairs: LabeledPairs) throws -> Tensor {
    let scores = try pairs.cosines() / temperature
    let all = try scores.logSumExp(where: pairs.same.or(pairs.different))
    let same = try pairs.sameCounts()
    let counts = try same.sum(axis: 1)
    let hasPositives = try counts.isGreater(than: 0).to(pairs.dtype)
    let own =
      switch rule {
      case .out: try (scores * same).sum(axis: 1) / counts.orOne()
      case .in: try scores.logSumExp(where: pairs.same) - counts.orOne().log()
      }
    return try reduction((all - own) * hasPositives, counts: hasPositives)
  }
}

extension LossEntry {
  static let supCon = LossEntry(
    name: "supcon", title: "SupCon", family: .featuresAndLabels,
    summary: "softmax over all other samples, averaged over the positives of an anchor",
    formula: "L = −1/|P|·Σ_{p∈P} log(e^{S_ip/τ} / Σ_{a≠i} e^{S_ia/τ}), S = cos",
    parameters: [
      .temperature(default: 0.1),
      .choice(
        "rule", SupCon.Rule.self, default: .out,
        "the mean over positives outside of the logarithm, or in it"),
      .reduction(of: "anchors"),
    ],
    refusals: .pairRefusals([
      "margin": "a softmax compares cosines with each other, without a margin",
      "scale": "the factor of the cosines is 1/temperature",
      "distance": "it is defined on cosines",
    ]),
    conventions: [
      "anchors without a positive do not count; where all are of one class the loss is that of the "
        + "formula, and pytorch-metric-learning's is 0",
      "the factor τ/0.07 of the authors' code is not there, as in the paper",
    ],
    paper: "Khosla et al., Supervised contrastive learning, NeurIPS 2020"
  ) {
    try SupCon(
      temperature: $0.number("temperature"), rule: $0.choice("rule", SupCon.Rule.self),
      reduction: $0.reduction())
  }
}
