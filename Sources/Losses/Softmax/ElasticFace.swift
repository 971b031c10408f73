import RandomNumbers
import Torch

/// ArcFace or CosFace with a margin drawn anew for every sample.
///
///     z_y = s · cos(θ_y + m_i) or s · (cos θ_y − m_i),   m_i normal with mean m and deviation σ
///
/// A draw is constant in the gradient. "Sorted", ElasticFace+, deals the batch's draws out so that the
/// samples farthest from their proxies get the largest.
///
/// Boutros, Damer, Kirchbuchner, Kuijper, "ElasticFace: Elastic margin loss for deep face
/// recognition", 2022.
public final class ElasticFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: How margins are drawn and used.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies; the draws have one of their own.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: ElasticMargin, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: margin, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// The margin of `ElasticFace`, whose state is the number of batches: each has draws of its own, the same
/// whenever it is computed.
public struct ElasticMargin: Margin {
  public enum Rule: String, Sendable, CaseIterable {
    /// Added to the angle.
    case arc
    /// Taken off the cosine.
    case cos
  }

  public enum Assignment: String, Sendable, CaseIterable {
    case random, sorted
  }

  /// The mean, at least 0: below π for `arc`, in radians; below 2 for `cos`.
  public let mean: Double
  /// σ, at least 0.
  public let deviation: Double
  public let rule: Rule
  public let assignment: Assignment
  /// Of the draws.
  public let seed: UInt64

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    _ mean: Double = 0.3, deviation: Double = 0.0125, rule: Rule = .arc,
    assignment: Assignment = .random, seed: UInt64 = 0
  ) throws {
    guard mean >= 0, mean < (rule == .arc ? .pi : 2), deviation >= 0, deviation.isFinite else {
      throw LossError(
        .usage,
        "the margin must be in 0..<\(rule == .arc ? "π" : "2") and its deviation at least 0, not "
          + "\(mean) and \(deviation)")
    }
    (self.mean, self.deviation, self.rule, self.assignment) = (mean, deviation, rule, assignment)
    self.seed = seed
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    var words = SplitMix64(seed, UInt64(batch.state.first ?? 1))
    let generator = try RandomGenerator(seed: words.next())
    let margins = try constant {
      let drawn =
        try Tensor.randomNormal(
          [cosines.shape[0]], standardDeviation: deviation, dtype: cosines.dtype ?? .float32,
          using: generator
        ).to(cosines.device) + mean
      guard assignment == .sorted, cosines.shape[1] == 1 else {
        return try drawn.reshaped([-1, 1])
      }
      // The rank of each sample by its cosine, the largest first, is the rank of its margin.
      let rank = try cosines.reshaped([-1]).argsort(axis: 0, descending: true).argsort(axis: 0)
      return try drawn.select(drawn.argsort(axis: 0)).select(rank).reshaped([-1, 1])
    }
    return switch rule {
    case .arc: try cosines.cosineOfSum(margins)
    case .cos: try cosines - margins
    }
  }

  // MARK: The count of batches

  public func initialState(classCount: Int) -> [Double] { [0] }
  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor { try state + 1 }
}

extension LossEntry {
  static let elasticface = LossEntry(
    name: "elasticface", title: "ElasticFace", family: .proxyHead,
    summary: "ArcFace or CosFace with a margin drawn anew for every sample",
    formula: "z_y = s·cos(θ_y + m_i), m_i ~ N(m, σ²), z_j = s·cos θ_j; L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.3, 0..<2, "m, the mean of the margins"), .scale(default: 30),
      LossParameter(
        "deviation", default: 0.0125, range: .closed(0, .infinity), "σ of the margins"),
      .choice("rule", ElasticMargin.Rule.self, default: .arc, "on the angle or on the cosine"),
      .choice(
        "assignment", ElasticMargin.Assignment.self, default: .random,
        "sorted (ElasticFace+): the farther from its proxy, the larger the margin"),
      LossParameter(
        "seed", default: .number(0), range: .whole(0...1 << 53), "of the draws"),
    ] + .headOptions,
    refusals: .onlyExact("choose arcface for a straight-through margin"),
    conventions: [
      "every batch has draws of its own, the same whenever it is computed: they follow from 'seed' and "
        + "the number of the batch, 1 outside of training",
      "sorted deals margins by the rank of the sample's cosine; the authors' code indexes by the "
        + "permutation, which is its inverse",
      "published settings are margin 0.5 and σ 0.0125 (arc), 0.35 and 0.025 (cos), scale 64",
    ],
    paper: "Boutros et al., ElasticFace: Elastic margin loss for deep face recognition, CVPRW 2022"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: ElasticMargin(
        $0.number("margin"), deviation: $0.number("deviation"),
        rule: $0.choice("rule", ElasticMargin.Rule.self),
        assignment: $0.choice("assignment", ElasticMargin.Assignment.self),
        seed: UInt64($0.whole("seed"))), HeadOptions($0))
  }
}
