/// Softmax cross-entropy with the target's angle multiplied by m: large-margin softmax.
///
///     z_y = ‖x‖ · ‖w_y‖ · ψ(θ_y),   z_j = ⟨x, w_j⟩,   L = −log softmax(z)_y
///
/// ψ and its annealing are those of `MultiplicativeAngle`.
///
/// Liu, Wen, Yu, Yang, "Large-margin softmax loss for convolutional neural networks", 2016.
public final class LSoftmax: ProxyHead {
  /// - Parameters:
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - m: In 1...4; 1 is softmax without a bias.
  ///   - annealing: How the margin sets in.
  ///   - gradient: Whether the gradient goes through the margin as it is.
  ///   - options: Smoothing, temperature and the like.
  ///   - seed: Of the initial proxies.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    classCount: Int, featureCount: Int, m: Int = 2,
    annealing: MultiplicativeAngle.Annealing = .lSoftmax, gradient: MarginGradient = .exact,
    options: HeadOptions = HeadOptions(), seed: UInt64 = 0
  ) throws {
    try super.init(
      ProxyLoss(
        .innerProduct(bias: .none),
        margin: MultiplicativeAngle(m, annealing: annealing, gradient: gradient), options),
      classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension LossEntry {
  static let lSoftmax = LossEntry(
    name: "l-softmax", title: "L-Softmax", family: .proxyHead,
    summary: "softmax with the target's angle multiplied, lengths free",
    formula: "z_y = ‖x‖·‖w_y‖·(λ·cos θ_y + ψ(θ_y))/(1+λ), z_j = ⟨x,w_j⟩; L = −log softmax(z)_y; "
      + "ψ(θ) = (−1)^k·cos(mθ) − 2k for θ in [kπ/m, (k+1)π/m]",
    parameters: .multiplicativeAngle(m: 2, .lSoftmax) + .headOptions,
    conventions: [
      "t of the annealing counts batches from 0; at test time there is no margin",
      "the defaults of the annealing are those published for MNIST",
    ],
    paper: "Liu et al., Large-margin softmax loss for convolutional neural networks, ICML 2016"
  ) {
    try ProxyLoss(
      .innerProduct(bias: .none), margin: $0.multiplicativeAngle(), HeadOptions($0))
  }
}
