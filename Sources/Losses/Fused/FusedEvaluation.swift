import Torch

/// How a proxy head, or a loss of pairs, is computed.
public enum Implementation: String, Sendable, CaseIterable {
  /// Fused where that is possible and pays, else composed.
  case automatic
  /// Of libtorch's operations, on any device, in any floating type, with the scores of all classes (or
  /// several matrices of all pairs) held.
  case composed
  /// On the CPU in float32: in tiles of classes, within a budget of memory (see `FusedOptions`), or
  /// anchor by anchor, with one matrix of all pairs at most.
  case fused
}

/// A criterion that needs little of the scores: the target's, and a sum over the others.
protocol LogSumCriterion: Criterion {
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

extension CrossEntropy: LogSumCriterion {
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
  /// Why the fused evaluation is not possible here, nil if it is.
  func fusedRefusal(_ features: Tensor, _ target: Target) -> String? {
    guard features.dtype == .float32, features.device == .cpu else {
      return "it works in float32 on the CPU"
    }
    guard features.rank == 2, features.shape[0] > 0 else { return "there are no samples" }
    guard case .labels = target.kind else { return "it works on labels" }
    if let reason = poolingRefusal { return reason }
    guard similarity.bias != .shared else { return "it has a bias for each class or none" }
    guard let criterion = criterion as? any LogSumCriterion else {
      return "the criterion needs all scores"
    }
    if let reason = criterion.needsAllScores { return reason }
    if let margin {
      if margin.changesOthers { return "the margin changes the scores of all classes" }
      if !similarity.normalizesWeights { return "the margin needs the lengths of the proxies" }
    }
    return nil
  }

  private var poolingRefusal: String? {
    switch similarity.pooling {
    case .single: return nil
    case .soft: return "a soft maximum needs the scores of all proxies of a class"
    case .nearest(1): return nil
    case .nearest(let count):
      if count > TileGrid.classesPerTile { return "a class has more proxies than a tile" }
      if similarity.bias != .none { return "several proxies of a class go without a bias" }
      return (criterion as? any LogSumCriterion)?.needsTotal == true
        ? "label smoothing needs the nearest proxy of every class" : nil
    }
  }

  /// Whether to evaluate in tiles.
  ///
  /// - Throws: `LossError` where fused is asked for and not possible.
  func usesFused(_ features: Tensor, _ parameters: Parameters, _ target: Target) throws -> Bool {
    guard implementation != .composed else { return false }
    try fused.validate()
    let refusal = fusedRefusal(features, target)
    let isAskedFor = implementation == .fused || fused.precision != .float32
    if isAskedFor, let refusal {
      throw LossError(.usage, "there is no fused evaluation of this loss here: \(refusal)")
    }
    guard refusal == nil else { return false }
    return isAskedFor || parameters.weights.shape[0] >= Self.leastFusedClassCount
  }

  /// Below, the fused evaluation is not asked for by itself: there is little to gain.
  static let leastFusedClassCount = 512

  /// One loss for each sample, and the state, in tiles of classes.
  func fusedLosses(
    _ features: Tensor, _ parameters: Parameters, _ target: Target
  ) throws -> (losses: Tensor, state: Tensor?) {
    guard let criterion = criterion as? any LogSumCriterion, case .labels(let labels) = target.kind
    else { preconditionFailure("fusedRefusal was asked before") }
    let classCount = parameters.weights.shape[0] / similarity.pooling.proxiesPerClass
    let (batch, state) = try nextBatch(features, parameters, target, classCount: classCount) {
      try similarity.cosines(features, parameters.weights)
    }
    // A scale that is learned belongs to the features, where its gradient comes by itself.
    let learned =
      try similarity.learnsScale ? parameters.scale?.clamped(min: Similarity.leastScale) : nil
    let scale = (learned == nil ? similarity.scale : 1) * criterion.scoreFactor
    let bias = try parameters.bias.map {
      try criterion.scoreFactor == 1 ? $0 : $0 * criterion.scoreFactor
    }
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
    let sums = ClassLogSums(
      scale: scale, normalizesWeights: similarity.normalizesWeights,
      bound: try similarity.isCosine ? scale * (learned?.item() ?? 1) * 1.001 : nil,
      needsTotal: criterion.needsTotal, proxiesPerClass: similarity.pooling.proxiesPerClass,
      options: fused
    ) { products in try withoutGradients { try scores(products, margin) } }
    let x = try similarity.normalizesFeatures ? features.unitRows() : features
    let result = try sums(
      learned.map { try x * $0 } ?? x, weights: parameters.weights, bias: bias,
      classWeights: target.classWeights, labels: labels)
    let own = try scores(result.own, margin)
    // The total was taken without the margin.
    let total = try result.total.map { total in
      guard margin != nil else { return total }
      return try total + target.weighted(own - scores(result.own, nil))
    }
    let losses = try criterion.losses(
      own: own, others: result.others, total: total, classCount: classCount, target)
    return (try withPenalty(losses, target, batch), state)
  }
}
