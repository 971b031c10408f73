import Torch

/// A margin that suits the quality of each sample, judged by the length of its feature: long features
/// get CosFace's, short ones an angular margin of the other sign.
///
///     ẑ = clip(h · (‖x‖ − μ) / (σ + 10⁻³), −1, 1)
///     z_y = s · (cos(θ_y − m · ẑ) − (m + m · ẑ)),   z_j = s · cos θ_j,   L = −log softmax(z)_y
///
/// μ and σ are running mean and deviation of the lengths, held in [0.001, 100]; ẑ is constant in the
/// gradient.
///
/// Kim, Jain, Liu, "AdaFace: Quality adaptive margin for face recognition", 2022.
public final class AdaFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: The margin and its statistics.
  ///   - scale: s, above 0.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: QualityMargin, scale: Double = 30,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(.cosine(scale: scale), margin: margin, options), classCount: classCount,
      featureCount: featureCount, seed: seed)
  }
}

/// The margin of `AdaFace`, whose state is (μ, σ).
public struct QualityMargin: Margin {
  /// m, in 0..<π/2.
  public let margin: Double
  /// h, above 0.
  public let concentration: Double
  /// The share of the batch in the running statistics, in 0...1.
  public let rate: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(_ margin: Double = 0.1, concentration: Double = 0.333, rate: Double = 0.01) throws {
    guard (0..<Double.pi / 2).contains(margin), concentration > 0, (0...1).contains(rate) else {
      throw LossError(
        .usage,
        "the margin must be in 0..<π/2, the concentration above 0, the rate in 0...1, not \(margin)"
          + ", \(concentration), \(rate)")
    }
    (self.margin, self.concentration, self.rate) = (margin, concentration, rate)
  }

  private func lengths(_ batch: MarginBatch) throws -> Tensor {
    try batch.featureNorms().clamped(min: 0.001, max: 100)
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    let quality = try constant {
      try ((lengths(batch) - batch.state[0]) * (concentration / (batch.state[1] + 1e-3)))
        .clamped(min: -1, max: 1)
    }
    return try cosines.cosineOfSum(quality * -margin) - (quality + 1) * margin
  }

  public func initialState(classCount: Int) -> [Double] { [20, 100] }

  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor {
    let lengths = try lengths(batch)
    let mean = try lengths.mean()
    let variance =
      try ((lengths - mean) * (lengths - mean)).sum() / Double(max(lengths.count - 1, 1))
    let own = try Tensor.concatenate([mean.reshaped([1]), variance.squareRoot().reshaped([1])])
    return try own * rate + state * (1 - rate)
  }
}

extension LossEntry {
  static let adaface = LossEntry(
    name: "adaface", title: "AdaFace", family: .proxyHead,
    summary: "a margin by the quality of each sample, judged by the length of its feature",
    formula: "z_y = s·(cos(θ_y − m·ẑ) − (m + m·ẑ)), ẑ = clip(h·(‖x‖−μ)/(σ+10⁻³), −1, 1); "
      + "L = −log softmax(z)_y",
    parameters: [
      .margin(default: 0.1, 0..<Double.pi / 2, "m"), .scale(default: 30),
      LossParameter("h", default: 0.333, range: .above(0), "the concentration of ẑ"),
      LossParameter(
        "rate", default: 0.01, range: .closed(0, 1), "the share of the batch in μ and σ"),
    ] + .headOptions,
    refusals: .onlyExact("ẑ is constant in the gradient by definition, and the rest is exact"),
    conventions: [
      "rate is the share of the batch in the running statistics, 0.01 as in the authors' training; "
        + "the paper's formula reads as a share of 0.99, with which nothing would be averaged",
      "μ, σ start at 20 and 100 and are updated before use; outside of training they are one step "
        + "from there, or from the input 'state' (μ, σ)",
      "θ_y − m·ẑ outside 0...π: the cosine goes on with slope 1; the authors clip the angle to "
        + "10⁻³...π − 10⁻³, which leaves no gradient there",
      "published settings are margin 0.4, scale 64",
    ],
    paper: "Kim et al., AdaFace: Quality adaptive margin for face recognition, CVPR 2022"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: QualityMargin(
        $0.number("margin"), concentration: $0.number("h"), rate: $0.number("rate")),
      HeadOptions($0))
  }
}
