import Torch

/// What a mask is compared over.
public enum MaskRule: String, Sendable, CaseIterable {
  /// One overlap for each sample, the first axis.
  case perSample = "per-sample"
  /// One overlap for the whole batch, as if it were one picture.
  case perBatch = "per-batch"
}

/// What losses of masks share: p = σ(z / T) for each element, a target t in 0...1, and sums over what
/// the rule says.
public struct MaskOptions: Sendable, Equatable {
  public let rule: MaskRule
  /// What is added above and below, at least 0.
  public let smooth: Double
  /// T, above 0.
  public let temperature: Double
  public let reduction: Reduction

  static let smooth = LossParameter(
    "smooth", default: 1, range: .closed(0, .infinity), "what is added above and below")

  static let parameters: [LossParameter] = [
    smooth,
    .choice(
      "rule", MaskRule.self, default: .perSample, "an overlap for each sample, or one for all"),
    LossParameter(
      "temperature", default: .number(1), range: .above(0), "T in σ(z/T)", isOption: true),
    .reduction,
  ]

  static let refusals = [
    "label-smoothing": "the targets may be shares: smooth them, or raise 'smooth'",
    "focal-gamma": "the overlap is one number for all elements, of which none is hard alone",
    "ignore-label": "the targets are shares; set the elements' logits far below 0 and targets to 0",
    "class-weights": "give a class axis as samples [N·C, …], and weigh them without reduction",
  ]

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    rule: MaskRule = .perSample, smooth: Double = 1, temperature: Double = 1,
    reduction: Reduction = .mean
  ) throws {
    try Self.smooth.range.check("smooth term", smooth)
    try LossParameter.temperature.range.check("temperature", temperature)
    self.rule = rule
    self.smooth = smooth
    self.temperature = temperature
    self.reduction = reduction
  }

  /// As set in a catalogue row.
  init(_ values: ParameterValues) throws {
    try self.init(
      rule: values.choice("rule", MaskRule.self), smooth: values.number("smooth"),
      temperature: values.number("temperature"), reduction: values.reduction())
  }

  /// A predicted mask and its target, one row for each overlap.
  struct Masks {
    /// p.
    let predicted: Tensor
    /// 1 − p, without cancellation.
    let rest: Tensor
    /// t.
    let targets: Tensor
  }

  /// The loss from what is missed and what there is altogether, both sums over a row [rows].
  ///
  ///     L = missed / (whole + s)
  ///
  /// So written, a small loss is not the difference of two large numbers.
  func evaluate(
    _ logits: Tensor, _ targets: Tensor, _ sums: (Masks) throws -> (missed: Tensor, whole: Tensor)
  ) throws -> Tensor {
    let rows = rule == .perSample ? logits.shape[0] : 1
    let scores = try (temperature == 1 ? logits : logits / temperature).reshaped([rows, -1])
    let (missed, whole) = try sums(
      Masks(
        predicted: scores.sigmoid(), rest: (-scores).sigmoid(),
        targets: targets.reshaped([rows, -1])))
    // Two empty masks agree, without a smooth term too.
    let losses = try missed / (whole + smooth).clamped(min: 1e-30)
    return rule == .perBatch ? try losses.sum() : try reduction(losses)
  }
}

/// A loss of a predicted mask and its target, both of any shape with the samples first.
public protocol MaskLoss: Loss {
  /// The loss for logits [N, …] and targets [N, …] in 0...1.
  func callAsFunction(_ logits: Tensor, targets: Tensor) throws -> Tensor
}

extension MaskLoss {
  public var signatures: [Signature] {
    [[InputDeclaration(.logits, "N×…"), InputDeclaration(.targets, "N×…", .shares)]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.logits), targets: inputs.required(.targets))
  }
}
