import Torch

/// Whether the class with the highest score is wrong: the error that other losses stand in for.
///
///     L = 1 − q_k,   k = argmax_j z_j
///
/// That is 0 or 1 for labels, and the expected error for a distribution q. It is flat in the logits:
/// no gradient flows into them.
public struct ZeroOne: Criterion {
  public init() {}

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    let predicted = try logits.argmax(axis: 1).reshaped([-1, 1])
    let hit = try target.probabilities(like: logits).gather(predicted, axis: 1).reshaped([-1])
    return try target.weighted(1 - hit)
  }
}

extension LossEntry {
  static let zeroOne = LossEntry(
    name: "zero-one", title: "Zero-one loss", family: .logits,
    summary: "the share of samples that are classified wrongly; a value without a gradient",
    formula: "L = 1 − q_k, k = argmax_j z_j",
    parameters: [.ignoreLabel, .weightedReduction],
    refusals: [
      "label-smoothing": "the value would only be scaled and shifted",
      "temperature": "it does not change which score is the highest",
      "focal-gamma": "it has no probabilities",
      "gradient": "it is flat wherever it has one: train with another loss, and measure with this",
    ],
    conventions: [
      "there is no gradient in the logits: it cannot be trained with",
      "of equal scores the first class is the prediction, as in NumPy and PyTorch",
    ],
    paper: "Vapnik, Principles of risk minimization for learning theory, 1991"
  ) {
    LogitLoss(ZeroOne(), options: SampleOptions($0))
  }
}
