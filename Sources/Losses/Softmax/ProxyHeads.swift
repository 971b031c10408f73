extension LossCatalog {
  /// Those of `Proxy/` too.
  static let proxyHeads: [LossEntry] = [
    .softmax, .modifiedSoftmax, .lSoftmax, .aSoftmax, .l2Softmax, .normface, .cosface, .arcface,
    .combinedMargin, .adacos, .curricularface, .mvSoftmax, .magface, .adaface, .elasticface,
    .subcenterArcface, .sphereface2, .proxyNCA, .proxyAnchor, .softTriple, .cContrastive, .cTriplet,
    .multiclassHingeHead,
  ]
}
