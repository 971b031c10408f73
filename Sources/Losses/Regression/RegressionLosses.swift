extension LossCatalog {
  /// The losses of this folder.
  static let regression: [LossEntry] = []
}
