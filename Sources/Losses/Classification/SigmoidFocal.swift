import Torch

/// Focal loss of independent yes-or-no decisions, one for each class.
///
///     L = w_c · α_t · (1 − p_t)^γ · BCE(z, y),   p = σ(z / T)
///     p_t = y · p + (1 − y) · (1 − p),   α_t = y · α + (1 − y) · (1 − α)
///
/// Logits z and targets y are [N, C]; w are weights of the classes [C].
///
/// Lin et al., "Focal loss for dense object detection", 2017.
public struct SigmoidFocal: Loss {
  /// α, in 0...1: the weight of positive targets; negative ones have 1 − α.
  public let alpha: Double
  /// γ, at least 0.
  public let gamma: Double
  public let options: BinaryOptions

  static let alpha = LossParameter(
    "alpha", default: 0.25, range: .closed(0, 1),
    "α, the weight of positive targets; negative ones have 1 − α")

  /// - Throws: `LossError` for a parameter out of range.
  public init(alpha: Double = 0.25, gamma: Double = 2, options: BinaryOptions) throws {
    try Self.alpha.range.check("alpha", alpha)
    try LossParameter.gamma.range.check("gamma", gamma)
    self.alpha = alpha
    self.gamma = gamma
    self.options = options
  }

  /// The loss for logits [N, C] and targets [N, C], with weights [C].
  public func callAsFunction(
    _ logits: Tensor, targets: Tensor, classWeights: Tensor? = nil
  ) throws -> Tensor {
    try options.evaluate(logits, targets, classWeights: classWeights) { scores, targets in
      let absence = try 1 - targets
      var losses = try (-scores).softplus() * targets + scores.softplus() * absence
      if gamma > 0 {
        // 1 − p_t without cancellation; the bound keeps the slope of the power finite at 0.
        let rest = try scores.sigmoid() * absence + (-scores).sigmoid() * targets
        losses = try losses * rest.clamped(min: 1e-30).power(gamma)
      }
      return try losses * (targets * alpha + absence * (1 - alpha))
    }
  }

  // MARK: Loss

  public var signatures: [Signature] { [.binary] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(
      inputs.required(.logits), targets: inputs.required(.targets),
      classWeights: inputs[.classWeights])
  }
}

extension LossEntry {
  static let sigmoidFocal = LossEntry(
    name: "sigmoid-focal", title: "Sigmoid focal loss", family: .logits,
    summary: "independent yes-or-no decisions, with little weight on those that are right already",
    formula: "L = w_c·α_t·(1−p_t)^γ·BCE(z, y), p_t = y·p + (1−y)·(1−p), α_t = y·α + (1−y)·(1−α), "
      + "p = σ(z/T)",
    parameters: [SigmoidFocal.alpha, .gamma] + BinaryOptions.parameters,
    refusals: [
      "focal-gamma": "it is called gamma here",
      "ignore-label": "the targets are shares; leave the rows out, or give a class the weight 0",
    ],
    conventions: [
      "alpha and gamma as in torchvision's sigmoid_focal_loss; its alpha = −1, no balance, is twice "
        + "alpha = 0.5 here",
      "the mean is over all N·C decisions; torchvision's default is no reduction, and the paper "
        + "divides the sum by the number of objects",
    ],
    paper: "Lin et al., Focal loss for dense object detection, ICCV 2017"
  ) {
    try SigmoidFocal(
      alpha: $0.number("alpha"), gamma: $0.number("gamma"), options: BinaryOptions($0))
  }
}
