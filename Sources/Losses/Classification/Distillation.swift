import Torch

/// What a teacher says of a sample, and what its label says.
///
///     t = softmax(teacher / T),   s = softmax(z / T)
///     L = mix · T² · w_y · D + (1 − mix) · CE(z, q)
///     kl-divergence:  D = KL(t‖s)        cross-entropy:  D = −Σ_j t_j · log s_j
///
/// The gradient of D shrinks as 1/T²; the factor T² keeps the balance of the two terms when T changes.
/// The two forms of D have the same gradient, for the teacher's logits are held constant. The label's
/// term has no temperature. w_y is the class weight of the sample.
///
/// Hinton, Vinyals, Dean, "Distilling the knowledge in a neural network", 2015.
public struct Distillation: Loss {
  /// How the student is compared with the teacher.
  public enum Rule: String, Sendable, CaseIterable {
    /// 0 where they agree.
    case klDivergence = "kl-divergence"
    /// As in the paper: T² · H(t) more.
    case crossEntropy = "cross-entropy"
  }

  /// T, above 0.
  public let temperature: Double
  /// The weight of the teacher, in 0...1; the label has the rest.
  public let mix: Double
  public let rule: Rule
  /// The label's term.
  public let crossEntropy: CrossEntropy
  public let options: SampleOptions

  static let mix = LossParameter(
    "mix", default: 0.5, range: .closed(0, 1), "the weight of the teacher; the label has 1 − mix")

  /// - Throws: `LossError` for a parameter out of range.
  public init(
    temperature: Double = 2, mix: Double = 0.5, rule: Rule = .klDivergence,
    labelSmoothing: Double = 0, options: SampleOptions = SampleOptions()
  ) throws {
    try LossParameter.temperature.range.check("temperature", temperature)
    try Self.mix.range.check("mix", mix)
    self.temperature = temperature
    self.mix = mix
    self.rule = rule
    self.crossEntropy = try CrossEntropy(labelSmoothing: labelSmoothing)
    self.options = options
  }

  /// The loss for logits [N, C], those of the teacher [N, C], and what the samples are.
  public func callAsFunction(
    _ logits: Tensor, teacherLogits: Tensor, _ target: Target
  ) throws -> Tensor {
    let classCount = logits.shape[1]
    // One row for each sample, so that those of both networks are left out together.
    let rows = try Tensor.concatenate([logits, teacherLogits], axis: 1)
    return try options.evaluate(rows, target) { rows, target in
      let logits = try rows.slice(0..<classCount, axis: 1)
      let teacher = try rows.slice(classCount..<2 * classCount, axis: 1)
      let soft = try target.weighted(softLosses(logits, teacher))
      return try soft * mix + crossEntropy.losses(logits, target) * (1 - mix)
    }
  }

  /// The loss for logits [N, C] and those of the teacher [N, C], without the label's term.
  public func callAsFunction(_ logits: Tensor, teacherLogits: Tensor) throws -> Tensor {
    try options.reduction(softLosses(logits, teacherLogits) * mix)
  }

  /// T² · D for each sample [N].
  private func softLosses(_ logits: Tensor, _ teacherLogits: Tensor) throws -> Tensor {
    let student = try ClassDistribution(softmaxOf: logits, temperature: temperature)
    let teacher = try ClassDistribution(softmaxOf: teacherLogits, temperature: temperature)
      .asConstant()
    let losses =
      switch rule {
      case .klDivergence: try teacher.divergence(from: student)
      case .crossEntropy: try -(teacher.probabilities * student.logarithms).sum(axis: 1)
      }
    return try losses * (temperature * temperature)
  }

  // MARK: Loss

  public var signatures: [Signature] {
    LogitLoss(crossEntropy, options: options).signatures.map { $0 + [.teacherLogits] }
      + (mix == 1 ? [[.logits, .teacherLogits]] : [])
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    let logits = try inputs.required(.logits)
    let teacherLogits = try inputs.required(.teacherLogits)
    if mix == 1, inputs.count == 2 { return try self(logits, teacherLogits: teacherLogits) }
    return try self(logits, teacherLogits: teacherLogits, Target(inputs))
  }
}

extension LossEntry {
  static let distillation = LossEntry(
    name: "distillation", title: "Distillation", family: .logits,
    summary: "follows a teacher's softened distribution, and the label",
    formula: "L = mix·T²·KL(softmax(teacher/T)‖softmax(z/T)) + (1−mix)·CE(z, q)",
    parameters: [
      LossParameter("temperature", default: 2, range: .above(0), "T of teacher and student"),
      Distillation.mix,
      .choice(
        "rule", Distillation.Rule.self, default: .klDivergence,
        "how the two are compared: the values differ by T²·H(teacher), the gradients do not"),
      .labelSmoothing, .ignoreLabel, .weightedReduction,
    ],
    refusals: [
      "focal-gamma": "the teacher's distribution already says which samples are hard"
    ],
    conventions: [
      "the factor T² is on the teacher's term, as in the paper; libraries that leave it out need mix "
        + "to change with T",
      "mix is the teacher's weight; others give the label's under the name alpha",
      "the teacher's logits are constants: their gradient is 0",
      "the label's term has temperature 1; label-smoothing is of the label alone",
      "a class weight is on both terms of its samples, and an ignored sample has neither",
      "with mix = 1 the labels may be left out",
    ],
    paper: "Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015"
  ) {
    try Distillation(
      temperature: $0.number("temperature"), mix: $0.number("mix"),
      rule: $0.choice("rule", Distillation.Rule.self),
      labelSmoothing: $0.number("label-smoothing"), options: SampleOptions($0))
  }
}
