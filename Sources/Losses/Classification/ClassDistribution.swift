import Torch

/// A distribution over the classes for each sample together with its logarithm, both [N, C].
public struct ClassDistribution {
  public let probabilities: Tensor
  public let logarithms: Tensor

  /// What a logarithm of a probability that is given goes down to: log 0 and its slope are infinite.
  /// 0 · log 0 is 0 all the same.
  static let leastProbability = 1e-30

  /// softmax(z / T) of logits [N, C], which neither overflows nor vanishes in the logarithm.
  public init(softmaxOf logits: Tensor, temperature: Double = 1) throws {
    logarithms = try (temperature == 1 ? logits : logits / temperature).logSoftmax(axis: 1)
    probabilities = try logarithms.exp()
  }

  /// Probabilities that are given [N, C]; they are not normalized.
  public init(_ probabilities: Tensor) throws {
    self.probabilities = probabilities
    logarithms = try probabilities.clamped(min: Self.leastProbability).log()
  }

  private init(probabilities: Tensor, logarithms: Tensor) {
    self.probabilities = probabilities
    self.logarithms = logarithms
  }

  /// H(p) = −Σ_j p_j · log p_j for each sample [N].
  public func entropy() throws -> Tensor {
    try -(probabilities * logarithms).sum(axis: 1)
  }

  /// KL(p‖q) = Σ_j p_j · (log p_j − log q_j) for each sample [N].
  public func divergence(from other: ClassDistribution) throws -> Tensor {
    try (probabilities * (logarithms - other.logarithms)).sum(axis: 1)
  }

  /// The distribution halfway to another one.
  public func midpoint(_ other: ClassDistribution) throws -> ClassDistribution {
    ClassDistribution(
      probabilities: try (probabilities + other.probabilities) * 0.5,
      // The logarithm of the halves, where a sum of probabilities would round to 0.
      logarithms: try logarithms.logAddExp(other.logarithms) + Self.logOfHalf)
  }

  private static let logOfHalf = -0.6931471805599453

  /// The same outside the graph of gradients: see `constant`.
  func asConstant() throws -> ClassDistribution {
    ClassDistribution(
      probabilities: try constant { probabilities }, logarithms: try constant { logarithms })
  }
}

/// A loss that compares the distribution of the logits with one that is given, as probabilities or as
/// the logits of a teacher.
public protocol DistributionLoss: Loss {
  /// T, which divides the logits and those of the teacher.
  var temperature: Double { get }
  var reduction: Reduction { get }

  /// One loss for each sample [N].
  func losses(_ predicted: ClassDistribution, _ given: ClassDistribution) throws -> Tensor
}

extension DistributionLoss {
  /// The loss for logits [N, C] and probabilities [N, C].
  public func callAsFunction(_ logits: Tensor, probabilities: Tensor) throws -> Tensor {
    try reduced(logits, ClassDistribution(probabilities))
  }

  /// The loss for logits [N, C] and the logits of a teacher [N, C].
  public func callAsFunction(_ logits: Tensor, teacherLogits: Tensor) throws -> Tensor {
    try reduced(logits, ClassDistribution(softmaxOf: teacherLogits, temperature: temperature))
  }

  private func reduced(_ logits: Tensor, _ given: ClassDistribution) throws -> Tensor {
    try reduction(losses(ClassDistribution(softmaxOf: logits, temperature: temperature), given))
  }

  public var signatures: [Signature] { [[.logits, .probabilities], [.logits, .teacherLogits]] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    let logits = try inputs.required(.logits)
    guard let probabilities = inputs[.probabilities] else {
      return try self(logits, teacherLogits: inputs.required(.teacherLogits))
    }
    return try self(logits, probabilities: probabilities)
  }
}

extension [String: String] {
  /// Options of a classifier that a loss between distributions does not take.
  static let refusedByDistributions: Self = [
    "label-smoothing": "the target is a distribution: smooth the probabilities themselves",
    "focal-gamma": "there is no one class whose probability could say how hard the sample is",
    "ignore-label": "it takes no labels; leave the rows out",
  ]
}
