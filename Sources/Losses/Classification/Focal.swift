import Torch

/// Cross-entropy that makes light of samples that are right already.
///
///     L = −Σ_j w_j · q'_j · (1 − p_j)^γ · log p_j,   p = softmax(z / T)
///
/// This is `CrossEntropy` under the name that people look for, with γ = 2. The balance α of the paper
/// is one weight for each class: the class weights w.
///
/// Lin et al., "Focal loss for dense object detection", 2017.
public struct Focal: Criterion {
  private let crossEntropy: CrossEntropy

  /// γ, at least 0; with 0 it is cross-entropy.
  public var gamma: Double { crossEntropy.focalGamma }

  /// - Throws: `LossError` for a parameter out of range.
  public init(gamma: Double = 2, labelSmoothing: Double = 0, temperature: Double = 1) throws {
    crossEntropy = try CrossEntropy(
      labelSmoothing: labelSmoothing, temperature: temperature, focalGamma: gamma)
  }

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    try crossEntropy.losses(logits, target)
  }
}

extension LossParameter {
  /// γ of a loss that is focal by name.
  static let gamma = LossParameter(
    "gamma", default: 2, range: .closed(0, .infinity),
    "γ, which makes light of what is already right")
}

extension LossEntry {
  static let focal = LossEntry(
    name: "focal", title: "Focal loss", family: .logits,
    summary: "softmax cross-entropy that makes light of samples that are right already",
    formula: "L = −Σ_j w_j·q'_j·(1−p_j)^γ·log p_j, p = softmax(z/T), q' = (1−ε)·q + ε/C",
    parameters: [.gamma, .labelSmoothing, .temperature, .ignoreLabel, .weightedReduction],
    refusals: [
      "focal-gamma": "it is called gamma here",
      "alpha": "the balance is one weight for each class: the input 'class-weights'",
    ],
    conventions: [
      "the paper's α is the input class-weights, one for each class; Keras multiplies all by 0.25 "
        + "unless told otherwise",
      "this is the softmax form; the paper's, with a sigmoid for each class, is sigmoid-focal",
      "from log-softmax; Keras clips probabilities to 1e-7...1−1e-7",
      "the mean is over the samples that count; the paper divides by the number of objects",
    ],
    paper: "Lin et al., Focal loss for dense object detection, ICCV 2017"
  ) {
    try LogitLoss(
      Focal(
        gamma: $0.number("gamma"), labelSmoothing: $0.number("label-smoothing"),
        temperature: $0.number("temperature")),
      options: SampleOptions($0))
  }
}
