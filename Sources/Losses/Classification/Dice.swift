import Torch

/// How little a predicted mask overlaps its target.
///
///     p = σ(z / T)
///     sums:     L = 1 − (2 · Σ p·t + s) / (Σ p + Σ t + s)
///     squares:  L = 1 − (2 · Σ p·t + s) / (Σ p² + Σ t² + s)
///
/// A small object counts as much as a large one, however many elements are neither.
///
/// Milletari, Navab, Ahmadi, "V-Net: fully convolutional neural networks for volumetric medical image
/// segmentation", 2016, which has the squares.
public struct Dice: MaskLoss {
  /// What the shared part is measured against.
  public enum Denominator: String, Sendable, CaseIterable { case sums, squares }

  public let denominator: Denominator
  public let options: MaskOptions

  public init(denominator: Denominator = .sums, options: MaskOptions) {
    self.denominator = denominator
    self.options = options
  }

  public func callAsFunction(_ logits: Tensor, targets: Tensor) throws -> Tensor {
    try options.evaluate(logits, targets) { masks in
      let (p, t) = (masks.predicted, masks.targets)
      switch denominator {
      case .sums:
        return (
          try (p * (1 - t) + masks.rest * t).sum(axis: 1), try (p + t).sum(axis: 1)
        )
      case .squares:
        let difference = try p - t
        return (
          try (difference * difference).sum(axis: 1), try (p * p + t * t).sum(axis: 1)
        )
      }
    }
  }
}

extension LossEntry {
  static let dice = LossEntry(
    name: "dice", title: "Dice loss", family: .logits,
    summary: "how little a predicted mask overlaps its target, whatever its size",
    formula: "L = 1 − (2·Σp·t + s)/(Σp + Σt + s), p = σ(z/T); squares: Σp² + Σt² below",
    parameters: [
      .choice(
        "denominator", Dice.Denominator.self, default: .sums, "Σp + Σt, or Σp² + Σt²")
    ] + MaskOptions.parameters,
    refusals: MaskOptions.refusals,
    conventions: [
      "the denominator has sums, as in Keras; V-Net, where the loss is from, has squares",
      "one overlap for each sample, and their mean; Keras takes the whole batch: rule=per-batch",
      "the smooth term is 1, above and below, so that two empty masks cost 0; Keras adds 1e-7 below "
        + "only, and they cost 1",
      "all axes after the first are summed together: give a class axis as samples [N·C, …] for a "
        + "mean over classes",
    ],
    paper: "Milletari, Navab, Ahmadi, V-Net: fully convolutional neural networks for volumetric "
      + "medical image segmentation, 3DV 2016"
  ) {
    Dice(
      denominator: $0.choice("denominator", Dice.Denominator.self), options: try MaskOptions($0))
  }
}
