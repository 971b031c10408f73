import Torch

/// How a proxy head, or a loss of pairs, is computed.
public enum Implementation: String, Sendable, CaseIterable {
  /// Fused where that is possible and pays, else composed.
  case automatic
  /// Of libtorch's operations, on any device, in any floating type, with the scores of all classes (or
  /// several matrices of all pairs) held.
  case composed
  /// In tiles of classes, within a budget of memory (see `FusedOptions`): by kernels of our own where
  /// there are some, else by libtorch's operations on one tile after another. Losses of pairs, anchor
  /// by anchor, with one matrix of all pairs at most, on the CPU in float32.
  case fused
}

/// A criterion that needs little of the scores: the target's, and a sum over the others.
protocol LogSumCriterion: TiledCriterion {
  /// Why more is needed with its present settings, nil if not.
  var needsAllScores: String? { get }
  /// The factor of all scores.
  var scoreFactor: Double { get }
  /// Whether Σ_j ω_j · z_j is needed.
  var needsTotal: Bool { get }

  /// One loss for each sample [N], times the sample's weight.
  ///
  /// - Parameters:
  ///   - own: z_y [N].
  ///   - others: log Σ_{j≠y} exp z_j [N].
  ///   - total: Σ_j ω_j · z_j [N] with the class weights ω, if needed.
  ///   - classCount: C.
  ///   - target: Labels.
  func losses(
    own: Tensor, others: Tensor, total: Tensor?, classCount: Int, _ target: Target
  ) throws -> Tensor
}

extension LogSumCriterion {
  /// The losses for labels, of scores that come in tiles.
  func logSumLosses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    let (factor, needsTotal) = (scoreFactor, needsTotal)
    let parts = try scores.gather { tile in
      let z = try factor == 1 ? tile.scores : tile.scores * factor
      let others = try tile.replacingOwn(z, with: -1e30).logSumExp(axis: 1)
      guard needsTotal else { return [others] }
      let weights = try tile.target().classWeights
      return [others, try (weights.map { try z * $0 } ?? z).sum(axis: 1)]
    }
    return try losses(
      own: scores.own() * factor, others: parts[0].logSumExp(axis: 0),
      total: needsTotal ? parts[1].sum(axis: 0) : nil, classCount: scores.classCount, target)
  }
}

extension CrossEntropy: LogSumCriterion {
  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    if case .labels = target.kind, needsAllScores == nil {
      return try logSumLosses(scores, target)
    }
    let classCount = scores.classCount
    let logSums = try scores.gather { [temperature] in
      [try ($0.scores / temperature).logSumExp(axis: 1)]
    }[0].logSumExp(axis: 0)
    return try scores.gather([logSums.reshaped([-1, 1])]) { [self] tile in
      let losses = try focused(tile.given[0] - tile.scores / temperature)
      return [
        try tile.target().expected(losses, labelSmoothing: labelSmoothing, classCount: classCount)
      ]
    }[0].sum(axis: 0)
  }

  var needsAllScores: String? {
    focalGamma > 0 && labelSmoothing > 0
      ? "focal loss with label smoothing needs the probability of every class" : nil
  }
  var scoreFactor: Double { 1 / temperature }
  var needsTotal: Bool { labelSmoothing > 0 }

  func losses(
    own: Tensor, others: Tensor, total: Tensor?, classCount: Int, _ target: Target
  ) throws -> Tensor {
    // −log p_y = log(1 + exp(others − own)): no digit is lost where both are large.
    let losses = try target.weighted(focused((others - own).softplus()))
    guard let total, labelSmoothing > 0 else { return losses }
    let logSum = try others.logAddExp(own)
    let allWeights =
      try target.classWeights?.sum() ?? logSum.detached().zerosLike() + Double(classCount)
    let smoothed = try (logSum * allWeights - total) * (labelSmoothing / Double(classCount))
    return try losses * (1 - labelSmoothing) + smoothed
  }
}

extension NeighborhoodCriterion: LogSumCriterion {
  public func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor {
    try logSumLosses(scores, target)
  }

  var needsAllScores: String? { nil }
  var scoreFactor: Double { 1 }
  var needsTotal: Bool { false }

  func losses(
    own: Tensor, others: Tensor, total: Tensor?, classCount: Int, _ target: Target
  ) throws -> Tensor {
    try target.weighted((self == .excludeTarget ? others : others.logAddExp(own)) - own)
  }
}

extension ProxyLoss {
  /// How a loss is evaluated.
  enum Evaluation {
    case composed
    /// In tiles of classes, by kernels of our own.
    case kernels
    /// In tiles of classes, by libtorch's operations.
    case tiles
  }

  /// Why there can be no tiles, nil if there can.
  private func fusedRefusal(_ features: Tensor, _ target: Target) -> String? {
    guard features.rank == 2, features.shape[0] > 0 else { return "there are no samples" }
    var constants = target.classWeights.map { [$0] } ?? []
    if case .probabilities(let probabilities) = target.kind { constants.append(probabilities) }
    guard !gradientsAreRecorded || !constants.contains(where: \.requiresGradient) else {
      return "it gives no gradient by probabilities or class weights"
    }
    return criterion is any TiledCriterion ? nil : "the criterion needs all scores at once"
  }

  /// Why our own kernels cannot do it where tiles can, nil if they can.
  private func kernelRefusal(_ features: Tensor, _ target: Target) -> String? {
    guard features.dtype == .float32, features.device == .cpu else {
      return "they work in float32 on the CPU"
    }
    guard case .labels = target.kind else { return "they work on labels" }
    if let reason = poolingRefusal { return reason }
    guard let criterion = criterion as? any LogSumCriterion else {
      return "the criterion needs all scores"
    }
    if let reason = criterion.needsAllScores { return reason }
    guard let margin else { return nil }
    if margin.changesOthers { return "the margin changes the scores of all classes" }
    if !similarity.normalizesWeights { return "the margin needs the lengths of the proxies" }
    let state = margin.stateOutsideTraining(classCount: 2)
    guard margin.hardClasses(MarginBatch(features: features, state: state)) != nil else {
      return nil
    }
    if !similarity.isCosine { return "the margin needs the cosines of all classes" }
    return criterion.needsTotal ? "label smoothing needs the margin on all classes" : nil
  }

  private var poolingRefusal: String? {
    switch similarity.pooling {
    case .single: return nil
    case .soft: return "a soft maximum needs the scores of all proxies of a class"
    case .nearest(1): return nil
    case .nearest(let count):
      if count > TileGrid.rowsPerTile { return "a class has more proxies than a tile" }
      if similarity.bias != .none { return "several proxies of a class go without a bias" }
      return (criterion as? any LogSumCriterion)?.needsTotal == true
        ? "label smoothing needs the nearest proxy of every class" : nil
    }
  }

  /// How to evaluate: by kernels if there are enough proxies for them to pay, else in tiles if the
  /// scores would not fit into the budget of memory, else composed.
  ///
  /// - Throws: `LossError` where what is asked for is not possible.
  func evaluation(
    _ features: Tensor, _ parameters: Parameters, _ target: Target
  ) throws -> Evaluation {
    guard implementation != .composed else { return .composed }
    try fused.validate()
    let isAskedFor = implementation == .fused || fused.precision != .float32
    if let refusal = fusedRefusal(features, target) {
      guard !isAskedFor else {
        throw LossError(.usage, "there is no fused evaluation of this loss here: \(refusal)")
      }
      return .composed
    }
    let proxyCount = parameters.weights.shape[0]
    guard let refusal = kernelRefusal(features, target) else {
      return isAskedFor || proxyCount >= Self.leastFusedProxyCount ? .kernels : .composed
    }
    guard fused.precision == .float32 else {
      throw LossError(
        .usage, "there are no kernels in \(fused.precision) for this loss here: \(refusal)")
    }
    let size = features.shape[0] * proxyCount * (features.dtype ?? .float32).byteCount
    return implementation == .fused || size > fused.memoryBudget ? .tiles : .composed
  }

  /// Below, kernels are not asked for by themselves: there is little to gain.
  private static let leastFusedProxyCount = 512

  /// One loss for each sample, and the state, in tiles of classes.
  func fusedLosses(
    _ features: Tensor, _ parameters: Parameters, _ target: Target
  ) throws -> (losses: Tensor, state: Tensor?) {
    guard let criterion = criterion as? any LogSumCriterion, case .labels(let labels) = target.kind
    else { preconditionFailure("fusedRefusal was asked before") }
    let classCount = parameters.weights.shape[0] / similarity.pooling.proxiesPerClass
    let (batch, state) = try nextBatch(
      features, parameters, classCount: classCount,
      fusedCosines(features, parameters.weights, labels))
    // A scale that is learned belongs to the features, where its gradient comes by itself.
    let learned =
      try margin?.scale(batch)
      ?? (similarity.learnsScale ? parameters.scale?.clamped(min: Similarity.leastScale) : nil)
    let scale = (learned == nil ? similarity.scale : 1) * criterion.scoreFactor
    let allBias = try parameters.bias.map {
      try criterion.scoreFactor == 1 ? $0 : $0 * criterion.scoreFactor
    }
    let (bias, sharedBias) = similarity.bias == .shared ? (nil, allBias) : (allBias, nil)
    let ownBias = try bias?.select(labels)
    let lengths =
      try margin == nil || similarity.normalizesFeatures
      ? nil : features.rowNorms().reshaped([-1])
    /// The scores of the targets [N] for their products.
    func scores(_ products: Tensor, _ margin: (any Margin)?) throws -> Tensor {
      var products = products
      if let margin {
        let length = learned ?? lengths
        let cosines = try length.map { try products / $0 } ?? products
        let psi = try margin.target(cosines.reshaped([-1, 1]), batch).reshaped([-1])
        products = try length.map { try psi * $0 } ?? psi
      }
      let scores = try products * scale
      return try ownBias.map { try scores + $0 } ?? scores
    }
    let cosineScale = try learned?.item() ?? 1
    let sums = ClassLogSums(
      scale: scale, normalizesWeights: similarity.normalizesWeights,
      bound: similarity.isCosine ? scale * cosineScale * 1.001 : nil,
      hardClasses: margin?.hardClasses(batch), cosineScale: cosineScale,
      needsTotal: criterion.needsTotal, proxiesPerClass: similarity.pooling.proxiesPerClass,
      options: fused
    ) { products in try withoutGradients { try scores(products, margin) } }
    let x = try similarity.normalizesFeatures ? features.unitRows() : features
    let result = try sums(
      learned.map { try x * $0 } ?? x, weights: parameters.weights, bias: bias,
      classWeights: target.classWeights, labels: labels)
    var own = try scores(result.own, margin)
    var others = result.others
    // The total was taken without the margin, and without a bias of all classes.
    var total = try result.total.map { total in
      guard margin != nil else { return total }
      return try total + target.weighted(own - scores(result.own, nil))
    }
    if let sharedBias {
      own = try own + sharedBias
      others = try others + sharedBias
      let weight = try target.classWeights?.sum() ?? Tensor([Float(classCount)])
      total = try total.map { try $0 + sharedBias * weight }
    }
    let losses = try criterion.losses(
      own: own, others: others, total: total, classCount: classCount, target)
    return (try withPenalty(losses, target, batch), state)
  }

  private func fusedCosines(
    _ features: Tensor, _ weights: Tensor, _ labels: Tensor
  ) -> BatchCosines {
    BatchCosines(
      ofTargets: { try targetCosines(features, weights, labels) },
      logSums: {
        let scale = try $0.item()
        let sums = ClassLogSums(
          scale: scale, normalizesWeights: true, bound: scale * 1.001,
          proxiesPerClass: similarity.pooling.proxiesPerClass, options: fused
        ) { $0 }
        return try sums(
          features.unitRows(), weights: weights, bias: nil, classWeights: nil, labels: labels
        ).others
      })
  }
}
