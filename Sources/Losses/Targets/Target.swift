import Torch

/// What the samples of a batch should be: a class or a distribution over the classes for each, and
/// how much each class weighs.
public struct Target {
  public enum Kind {
    /// int64 [N].
    case labels(Tensor)
    /// [N, C].
    case probabilities(Tensor)
  }

  public let kind: Kind
  /// [C].
  public let classWeights: Tensor?

  public init(_ kind: Kind, classWeights: Tensor? = nil) {
    self.kind = kind
    self.classWeights = classWeights
  }

  /// The target among the inputs of a loss: probabilities, or else labels.
  init(_ inputs: LossInputs) throws {
    let kind: Kind =
      if let probabilities = inputs[.probabilities] {
        .probabilities(probabilities)
      } else {
        .labels(try inputs.required(.labels))
      }
    self.init(kind, classWeights: inputs[.classWeights])
  }

  /// The labels [N].
  ///
  /// - Parameter reason: Why a distribution will not do.
  /// - Throws: `LossError` with the reason, for distributions.
  public func labels(_ reason: String) throws -> Tensor {
    guard case .labels(let labels) = kind else {
      throw LossError(.data, "give 'labels', not 'probabilities': \(reason)")
    }
    return labels
  }

  /// The distributions [N, C], one-hot for labels.
  public func probabilities(like logits: Tensor) throws -> Tensor {
    switch kind {
    case .probabilities(let probabilities): probabilities
    case .labels(let labels):
      try labels.oneHot(classCount: logits.shape[1], dtype: logits.dtype ?? .float32)
    }
  }

  /// The weight of each sample [N], nil where the classes have none.
  public func sampleWeights() throws -> Tensor? {
    guard let classWeights else { return nil }
    return switch kind {
    case .labels(let labels): try classWeights.select(labels)
    case .probabilities(let probabilities):
      try (probabilities * classWeights).sum(axis: 1)
    }
  }

  /// One loss for each sample [N], times the sample's weight.
  public func weighted(_ losses: Tensor) throws -> Tensor {
    try sampleWeights().map { try losses * $0 } ?? losses
  }

  /// The losses that a target has if each class has the loss of its column: Σ_j w_j · q'_j · l_j for
  /// each sample [N], with the smoothed target q' = (1 − ε) · q + ε / C and class weights w.
  ///
  /// - Parameters:
  ///   - losses: The loss l of each class if it were the target [N, C].
  ///   - labelSmoothing: ε.
  ///   - classCount: C, where the losses are those of some classes only.
  func expected(
    _ losses: Tensor, labelSmoothing: Double = 0, classCount: Int? = nil
  ) throws -> Tensor {
    let share = labelSmoothing / Double(classCount ?? losses.shape[1])
    let losses = try classWeights.map { try losses * $0 } ?? losses
    switch kind {
    case .labels(let labels):
      let own = try losses.gather(labels.reshaped([-1, 1]), axis: 1).reshaped([-1])
      guard labelSmoothing > 0 else { return own }
      return try own * (1 - labelSmoothing) + losses.sum(axis: 1) * share
    case .probabilities(let probabilities):
      return try (losses * (probabilities * (1 - labelSmoothing) + share)).sum(axis: 1)
    }
  }

  /// The targets of some samples.
  func select(_ rows: Tensor) throws -> Target {
    let kind: Kind =
      switch self.kind {
      case .labels(let labels): .labels(try labels.select(rows))
      case .probabilities(let probabilities): .probabilities(try probabilities.select(rows))
      }
    return Target(kind, classWeights: classWeights)
  }
}
