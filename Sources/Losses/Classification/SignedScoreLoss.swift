import Torch

/// A loss of scores f whose sign is the prediction, and targets y of −1 or 1: it depends on the
/// agreement y · f alone. Both tensors have any shape, the same; the reduction is over all elements.
public protocol SignedScoreLoss: Loss {
  var reduction: Reduction { get }

  /// The loss for each agreement y · f.
  func losses(_ agreements: Tensor) throws -> Tensor
}

extension SignedScoreLoss {
  /// The loss for scores and targets of the same shape.
  public func callAsFunction(_ logits: Tensor, targets: Tensor) throws -> Tensor {
    try reduction(losses(logits * targets))
  }

  public var signatures: [Signature] {
    [[InputDeclaration(.logits, "…"), InputDeclaration(.targets, "…", .signs)]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.logits), targets: inputs.required(.targets))
  }
}

extension [String: String] {
  /// Options of a classifier that a loss of signed scores does not take.
  static let refusedBySignedScores: Self = [
    "label-smoothing": "the targets are signs; binary-cross-entropy takes shares",
    "temperature": "it would only scale the scores, which have no unit",
    "focal-gamma": "sigmoid-focal is the focal loss of yes-or-no decisions",
    "ignore-label": "the targets are signs; leave the elements out",
  ]
}

extension [String] {
  /// What other libraries do differently for every loss of signed scores.
  static let signedScoreConventions: Self = [
    "targets are −1 and 1; Keras turns targets of 0 and 1 into them",
    "the mean is over all elements; Optax and Keras reduce less, or nothing, unless asked",
  ]
}
