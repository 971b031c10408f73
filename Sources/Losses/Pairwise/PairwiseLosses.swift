extension LossCatalog {
  /// The losses of this folder.
  static let featuresAndLabels: [LossEntry] =
    [.center] + pairLosses + [.nPair, .crossBatchMemory]

  /// Those that a cross-batch memory can wrap.
  static let pairLosses: [LossEntry] = [
    .contrastive, .triplet, .liftedStructure, .multiSimilarity, .ntXent, .supCon, .circle,
    .rankedList,
  ]
}
