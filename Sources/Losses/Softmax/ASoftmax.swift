/// Modified softmax with the target's angle multiplied by m: SphereFace.
///
///     z_y = ‖x‖ · ψ(θ_y),   z_j = ‖x‖ · cos θ_j,   L = −log softmax(z)_y
///
/// ψ and its annealing are those of `MultiplicativeAngle`. Between two classes whose proxies are θ_12
/// apart, the decision leaves an angular gap of (m − 1) / (m + 1) · θ_12.
///
/// Liu, Wen, Yu, Li, Raj, Song, "SphereFace: Deep hypersphere embedding for face recognition", 2017.
public final class ASoftmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - m: In 1...4; 1 is modified softmax.
  ///   - annealing: How the margin sets in.
  ///   - gradient: Whether the gradient goes through the margin as it is.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, m: Int = 4,
    annealing: MultiplicativeAngle.Annealing = .sphereFace, gradient: MarginGradient = .exact,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .normalizedWeights,
        margin: MultiplicativeAngle(m, annealing: annealing, gradient: gradient), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let aSoftmax = LossEntry(
    name: "a-softmax", aliases: ["sphereface"], title: "A-Softmax", family: .proxyHead,
    summary: "modified softmax with the target's angle multiplied",
    formula: "z_y = ‖x‖·(λ·cos θ_y + ψ(θ_y))/(1+λ), z_j = ‖x‖·cos θ_j; L = −log softmax(z)_y; "
      + "ψ(θ) = (−1)^k·cos(mθ) − 2k for θ in [kπ/m, (k+1)π/m]",
    parameters: .multiplicativeAngle(m: 4, .sphereFace) + .headOptions,
    conventions: [
      "the gradient is exact; SphereFace's code renormalises the proxies in place, leaves the margin "
        + "out of their gradient and rescales that of the features, so λ and learning rate differ",
      "t of the annealing counts batches from 0; at test time there is no margin",
    ],
    paper: "Liu et al., SphereFace: Deep hypersphere embedding for face recognition, CVPR 2017"
  ) {
    try ProxyLoss(.normalizedWeights, margin: $0.multiplicativeAngle(), HeadOptions($0))
  }
}
