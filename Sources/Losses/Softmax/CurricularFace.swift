import Torch

/// ArcFace that turns to the hard classes later: those nearer than the target with its margin.
///
///     z_y = s · cos(θ_y + m)
///     z_j = s · cos θ_j                     where cos θ_j ≤ cos(θ_y + m)
///     z_j = s · cos θ_j · (t + cos θ_j)     elsewhere
///     t ← α · t + (1 − α) · mean_i cos θ_{y_i},   from 0
///
/// While the targets' cosines are small, so is t, and hard classes count less than they would; later
/// they count more. t is constant in the gradient.
///
/// Huang et al., "CurricularFace: Adaptive curriculum learning loss for deep face recognition", 2020.
public final class CurricularFace: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - margin: ArcFace's.
  ///   - scale: s, above 0.
  ///   - decay: α of the running mean, in 0...1.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, margin: AdditiveAngle? = nil, scale: Double = 30,
    decay: Double = 0.99, options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .cosine(scale: scale),
        margin: CurricularMargin(margin ?? AdditiveAngle(0.3), decay: decay), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

/// The margin of `CurricularFace`, whose state is t.
public struct CurricularMargin: Margin {
  public let angle: AdditiveAngle
  /// α of the running mean t, in 0...1.
  public let decay: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(_ angle: AdditiveAngle, decay: Double = 0.99) throws {
    guard (0...1).contains(decay) else {
      throw LossError(.usage, "the decay must be in 0...1, not \(decay)")
    }
    self.angle = angle
    self.decay = decay
  }

  public func target(_ cosines: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try angle.target(cosines, batch)
  }

  public func hardClasses(_ batch: MarginBatch) -> HardClassRule? {
    HardClassRule(square: 1, slope: batch.state[0])
  }

  public var needsLabels: String? { "which classes are hard depends on the target" }

  public func initialState(classCount: Int) -> [Double] { [0] }

  public func nextState(
    _ state: Tensor, _ cosines: BatchCosines, _ batch: MarginBatch
  ) throws -> Tensor { try state * decay + cosines.targets().mean() * (1 - decay) }
}

extension LossEntry {
  static let curricularface = LossEntry(
    name: "curricularface", title: "CurricularFace", family: .proxyHead,
    summary: "ArcFace that turns to the hard classes as training proceeds",
    formula: "z_y = s·cos(θ_y + m); z_j = s·cos θ_j, times (t + cos θ_j) where above z_y; "
      + "t ← α·t + (1−α)·mean cos θ_y",
    parameters: [
      .margin(default: 0.3, 0..<Double.pi, "m in radians, added to the target's angle"),
      .scale(default: 30),
      LossParameter("decay", default: 0.99, range: .closed(0, 1), "α of the running mean t"),
      .beyondPi, .gradient,
    ] + .headOptions,
    conventions: [
      "a class is hard if its cosine is above the target's with the rule beyond π applied; the "
        + "authors' code compares with cos(θ_y + m) before that rule, which is its 'linear'",
      "t is updated before it is used, as in the authors' code; outside of training it is one step "
        + "from 0, or from the input 'state'",
      "published settings are margin 0.5, scale 64",
    ],
    paper: "Huang et al., CurricularFace: Adaptive curriculum learning loss for deep face "
      + "recognition, CVPR 2020"
  ) {
    try ProxyLoss(
      .cosine(scale: $0.number("scale")),
      margin: CurricularMargin($0.additiveAngle(), decay: $0.number("decay")), HeadOptions($0))
  }
}
