import Torch

/// What losses of independent decisions share: each class of each sample is one, with a score z and a
/// target y in 0...1, and the reduction is over all N·C of them.
public struct BinaryOptions: Sendable, Equatable {
  /// ε in y' = (1 − ε) · y + ε / 2, in 0...1.
  public let labelSmoothing: Double
  /// T, above 0, which divides the scores.
  public let temperature: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(labelSmoothing: Double = 0, temperature: Double = 1, reduction: Reduction = .mean)
    throws
  {
    try LossParameter.labelSmoothing.range.check("label smoothing", labelSmoothing)
    try LossParameter.temperature.range.check("temperature", temperature)
    self.labelSmoothing = labelSmoothing
    self.temperature = temperature
    self.reduction = reduction
  }

  /// As set in a catalogue row.
  init(_ values: ParameterValues) throws {
    try self.init(
      labelSmoothing: values.number("label-smoothing"), temperature: values.number("temperature"),
      reduction: values.reduction())
  }

  static let parameters: [LossParameter] = [
    LossParameter(
      "label-smoothing", default: .number(0), range: .closed(0, 1), "ε in y' = (1−ε)·y + ε/2",
      isOption: true),
    LossParameter(
      "temperature", default: .number(1), range: .above(0), "T in σ(z/T)", isOption: true),
    .weightedReduction,
  ]

  /// Evaluates a loss on the options' scores and targets.
  ///
  /// - Parameters:
  ///   - logits: [N, C].
  ///   - targets: [N, C].
  ///   - classWeights: [C], a factor of every decision on the class.
  ///   - losses: One loss for each score and target, [N, C].
  func evaluate(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor?,
    _ losses: (Tensor, Tensor) throws -> Tensor
  ) throws -> Tensor {
    let values = try losses(
      temperature == 1 ? logits : logits / temperature,
      labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + labelSmoothing / 2)
    guard let classWeights else { return try reduction(values) }
    return try reduction(values * classWeights, weights: classWeights.broadcast(to: logits.shape))
  }
}

extension [InputDeclaration] {
  /// The inputs of a loss of independent decisions.
  static let binary: Self = [
    .logits, InputDeclaration(.targets, "N×C", .shares), .classWeights,
  ]
}
