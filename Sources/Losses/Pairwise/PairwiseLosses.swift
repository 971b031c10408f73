extension LossCatalog {
  /// The losses of this folder.
  static let featuresAndLabels: [LossEntry] = [.center]
}
