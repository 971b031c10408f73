extension LossCatalog {
  /// The losses of this folder.
  static let regression: [LossEntry] = [
    .l1, .l2, .smoothL1, .huber, .logCosh, .quantile, .charbonnier, .perceptual,
  ]
}
