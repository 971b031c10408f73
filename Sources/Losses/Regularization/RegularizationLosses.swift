extension LossCatalog {
  /// The losses of this folder.
  static let regularization: [LossEntry] = []
}
