import Torch

/// How little a predicted mask overlaps its target, with a price for each kind of error.
///
///     p = σ(z / T)
///     L = 1 − (Σ p·t + s) / (Σ p·t + α · Σ p·(1−t) + β · Σ (1−p)·t + s)
///
/// α is the price of what is predicted but not there, β of what is there but not predicted; β > α asks
/// for recall. α = β = ½ is the Dice loss with the smooth term 2 · s, α = β = 1 the Jaccard loss.
///
/// Salehi, Erdogmus, Gholipour, "Tversky loss function for image segmentation using 3D fully
/// convolutional deep networks", 2017.
public struct Tversky: MaskLoss {
  /// α, at least 0.
  public let alpha: Double
  /// β, at least 0.
  public let beta: Double
  public let options: MaskOptions

  static let alpha = LossParameter(
    "alpha", default: 0.5, range: .closed(0, .infinity), "α, the price of false positives")
  static let beta = LossParameter(
    "beta", default: 0.5, range: .closed(0, .infinity), "β, the price of false negatives")

  /// - Throws: `LossError` for a parameter out of range.
  public init(alpha: Double = 0.5, beta: Double = 0.5, options: MaskOptions) throws {
    try Self.alpha.range.check("alpha", alpha)
    try Self.beta.range.check("beta", beta)
    self.alpha = alpha
    self.beta = beta
    self.options = options
  }

  public func callAsFunction(_ logits: Tensor, targets: Tensor) throws -> Tensor {
    try options.evaluate(logits, targets) { masks in
      let shared = try (masks.predicted * masks.targets).sum(axis: 1)
      let missed =
        try (masks.predicted * (1 - masks.targets)).sum(axis: 1) * alpha
        + (masks.rest * masks.targets).sum(axis: 1) * beta
      return (missed, try shared + missed)
    }
  }
}

extension LossEntry {
  static let tversky = LossEntry(
    name: "tversky", title: "Tversky loss", family: .logits,
    summary: "how little a predicted mask overlaps its target, with a price for each kind of error",
    formula: "L = 1 − (Σp·t + s)/(Σp·t + α·Σp·(1−t) + β·Σ(1−p)·t + s), p = σ(z/T)",
    parameters: [Tversky.alpha, Tversky.beta] + MaskOptions.parameters,
    refusals: MaskOptions.refusals,
    conventions: [
      "alpha is of false positives and beta of false negatives, as in the paper; Keras says the "
        + "same but computes the contrary",
      "one overlap for each sample, and their mean; Keras takes the whole batch: rule=per-batch",
      "the smooth term is 1, above and below, so that two empty masks cost 0; Keras adds 1e-7 below "
        + "only, and they cost 1",
      "all axes after the first are summed together: give a class axis as samples [N·C, …] for a "
        + "mean over classes",
    ],
    paper: "Salehi, Erdogmus, Gholipour, Tversky loss function for image segmentation using 3D "
      + "fully convolutional deep networks, MLMI 2017"
  ) {
    try Tversky(
      alpha: $0.number("alpha"), beta: $0.number("beta"), options: MaskOptions($0))
  }
}
