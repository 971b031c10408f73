extension LossCatalog {
  /// The losses of this folder.
  static let regularization: [LossEntry] = [.l1Regularization, .l2Regularization, .elasticNet]
}
