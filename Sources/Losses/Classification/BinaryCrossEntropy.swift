import Torch

/// Cross-entropy of independent yes-or-no decisions, one for each class: several classes may be
/// right, or none.
///
///     L = −w_c · ( v_c · y · log σ(z/T) + (1 − y) · log(1 − σ(z/T)) )
///
/// Logits z and targets y are [N, C]; v are weights of the positive targets [C] for classes that are
/// rare, w weights of the classes [C]. Each term is a softplus, without overflow or cancellation.
public struct BinaryCrossEntropy: Loss {
  public let options: BinaryOptions

  public init(_ options: BinaryOptions) { self.options = options }

  /// The loss for logits [N, C] and targets [N, C], with weights [C].
  public func callAsFunction(
    _ logits: Tensor, targets: Tensor, positiveWeights: Tensor? = nil, classWeights: Tensor? = nil
  ) throws -> Tensor {
    try options.evaluate(logits, targets, classWeights: classWeights) { scores, targets in
      let positive = try (-scores).softplus() * targets
      return try (positiveWeights.map { try positive * $0 } ?? positive)
        + scores.softplus() * (1 - targets)
    }
  }

  // MARK: Loss

  public var signatures: [Signature] {
    [.binary + [InputDeclaration(.positiveWeights, "C", .nonnegative, isOptional: true)]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(
      inputs.required(.logits), targets: inputs.required(.targets),
      positiveWeights: inputs[.positiveWeights], classWeights: inputs[.classWeights])
  }
}

extension LossEntry {
  static let binaryCrossEntropy = LossEntry(
    name: "binary-cross-entropy", title: "Binary cross-entropy", family: .logits,
    summary: "independent yes-or-no decisions: several classes may be right, or none",
    formula: "L = −w_c·(v_c·y·log σ(z/T) + (1−y)·log(1 − σ(z/T))), y' = (1−ε)·y + ε/2",
    parameters: BinaryOptions.parameters,
    refusals: [
      "focal-gamma": "sigmoid-focal is this loss with it",
      "ignore-label": "the targets are shares; leave the rows out, or give a class the weight 0",
    ],
    conventions: [
      "the mean is over all N·C decisions, as in PyTorch; others sum over the classes of a sample",
      "pos-weight and class-weights are inputs [C], PyTorch's pos_weight and weight",
      "weighted-mean divides by the class weights of all decisions; PyTorch's mean never does",
      "label smoothing is towards 1/2, as in Keras",
    ],
    paper: "Cox, The regression analysis of binary sequences, 1958"
  ) {
    BinaryCrossEntropy(try BinaryOptions($0))
  }
}
