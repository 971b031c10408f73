extension LossCatalog {
  /// The losses of this folder.
  static let logits: [LossEntry] = [.crossEntropy]
}
