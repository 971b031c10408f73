extension LossCatalog {
  /// The losses of this folder.
  static let logits: [LossEntry] = [
    .zeroOne, .crossEntropy, .focal, .generalizedCrossEntropy, .symmetricCrossEntropy,
    .confidencePenalty, .noisyLabels, .distillation, .klDivergence, .jsDivergence, .entropy,
    .binaryCrossEntropy, .sigmoidFocal, .multiclassHinge, .hinge, .squaredHinge, .exponential,
    .logistic, .dice, .tversky,
  ]
}
