import Torch

/// The softmax family as one function: similarity → margin → target → criterion.
///
///     z_j = scale · ⟨x, w_j⟩ + b_j,   z_y = scale · ψ(cos θ_y) for the target class y
///     L = criterion(z, target), in general −log softmax(z)_y
///
/// Softmax, NormFace, CosFace, ArcFace and the rest are this function with their own choices; any
/// combination is allowed that has a meaning. See `Implementation` for how it is computed.
public struct ProxyLoss: Loss {
  public internal(set) var similarity: Similarity
  public let margin: (any Margin)?
  public let criterion: any Criterion
  public internal(set) var options: SampleOptions
  /// How the loss is computed.
  public var implementation = Implementation.automatic
  /// For the fused evaluation.
  public var fused = FusedOptions()

  /// - Throws: `LossError` for a parameter out of range, or a margin on a similarity with a bias.
  public init(
    _ similarity: Similarity, margin: (any Margin)? = nil, criterion: (any Criterion)? = nil,
    options: SampleOptions = SampleOptions()
  ) throws {
    guard similarity.scale.isFinite, similarity.scale > 0 else {
      throw LossError(.usage, "the scale must be above 0, not \(similarity.scale)")
    }
    guard similarity.pooling.proxiesPerClass >= 1 else {
      throw LossError(.usage, "a class needs at least 1 proxy")
    }
    if margin != nil, similarity.bias == .perClass {
      throw LossError(.usage, "a margin needs a similarity without a bias for each class")
    }
    self.similarity = similarity
    self.margin = margin
    self.criterion = try criterion ?? CrossEntropy()
    self.options = options
  }

  /// What the head learns and carries along.
  public struct Parameters {
    /// [C·K, D].
    public var weights: Tensor
    /// [C] or [1], where the similarity has one.
    public var bias: Tensor?
    /// A single number, where the scale is learned; the similarity's own if nil.
    public var scale: Tensor?
    /// [S], the state that the batch before left; nil outside of training.
    public var state: Tensor?

    public init(weights: Tensor, bias: Tensor? = nil, scale: Tensor? = nil, state: Tensor? = nil) {
      self.weights = weights
      self.bias = bias
      self.scale = scale
      self.state = state
    }
  }

  /// The scores of the classes [N, C] without margin: what a trained model predicts with.
  public func logits(features: Tensor, parameters: Parameters) throws -> Tensor {
    let scores = try ProxyScores(similarity, features: features, weights: parameters.weights)
    return try scaled(scores.products, parameters)
  }

  /// The loss for features [N, D], and the state for the batch that comes next.
  ///
  /// - Throws: `TorchError` for shapes that do not fit or a label that is not a class; `LossError`
  ///   for a target that the margin or the criterion cannot work on.
  public func evaluate(
    _ features: Tensor, parameters: Parameters, target: Target
  ) throws -> (loss: Tensor, state: Tensor?) {
    guard target.classWeights == nil || criterion.acceptsClassWeights else {
      throw LossError(.usage, "the loss is no sum over samples that class weights could weigh")
    }
    var state: Tensor?
    var loss = try options.evaluate(features, target) { features, target in
      let (losses, next) =
        switch try evaluation(features, parameters, target) {
        case .composed: try composedLosses(features, parameters, target)
        case .kernels: try fusedLosses(features, parameters, target)
        case .tiles: try tiledLosses(features, parameters, target)
        }
      state = next
      return losses
    }
    if let penalty = try similarity.pooling.penalty(parameters.weights) {
      loss = try loss + penalty
    }
    return (loss, state)
  }

  private func composedLosses(
    _ features: Tensor, _ parameters: Parameters, _ target: Target
  ) throws -> (losses: Tensor, state: Tensor?) {
    let scores = try ProxyScores(similarity, features: features, weights: parameters.weights)
    let (batch, state) = try nextBatch(
      features, parameters, classCount: scores.products.shape[1], scores.batchCosines(target))
    let products = try withMargin(scores, target, batch)
    let logits = try scaled(products, parameters, by: margin?.scale(batch))
    let losses = try criterion.losses(logits, target)
    return (try withPenalty(losses, target, batch), state)
  }

  /// What the margin works with in a batch, and the state for it, nil where the margin has none.
  func nextBatch(
    _ features: Tensor, _ parameters: Parameters, classCount: Int,
    _ cosines: @autoclosure () throws -> BatchCosines
  ) throws -> (batch: MarginBatch, state: Tensor?) {
    var batch = MarginBatch(features: features, state: [])
    guard let margin else { return (batch, nil) }
    let known = margin.stateOutsideTraining(classCount: classCount)
    guard !known.isEmpty else { return (batch, nil) }
    let state = try constant {
      try margin.nextState(
        parameters.state ?? Tensor(known).to(features.dtype ?? .float32).to(features.device),
        cosines(), batch)
    }
    batch.state = try state.to(.float64).elements()
    return (batch, state)
  }

  /// The samples' losses with the margin's addition.
  func withPenalty(_ losses: Tensor, _ target: Target, _ batch: MarginBatch) throws -> Tensor {
    try margin?.penalty(batch).map { try losses + target.weighted($0) } ?? losses
  }

  /// The products [N, C] with the margin on the target.
  private func withMargin(
    _ scores: ProxyScores, _ target: Target, _ batch: MarginBatch
  ) throws -> Tensor {
    guard let margin else { return scores.products }
    switch target.kind {
    case .labels(let labels):
      let column = try labels.reshaped([-1, 1])
      let psi = try margin.target(scores.cosines().gather(column, axis: 1), batch)
      let own = try scores.lengths.map { try psi * $0.gather(column, axis: 1) } ?? psi
      return try others(scores, target: psi, batch)
        .replacingElements(at: column, with: own, axis: 1)
    case .probabilities(let probabilities):
      return try withMargin(scores, probabilities, batch)
    }
  }

  /// The products [N, C], where the classes are not the target. `target` is ψ [N, 1].
  func others(_ scores: ProxyScores, target: Tensor, _ batch: MarginBatch) throws -> Tensor {
    try margin?.others(scores.cosines(), target: target, batch)
      .map { others in try scores.lengths.map { try others * $0 } ?? others } ?? scores.products
  }

  /// The products [N, C] with the margin on every class in proportion to its probability [N, C], so
  /// that a one-hot distribution is the same as its label.
  func withMargin(
    _ scores: ProxyScores, _ probabilities: Tensor, _ batch: MarginBatch
  ) throws -> Tensor {
    guard let margin else { return scores.products }
    if let reason = margin.needsLabels {
      throw LossError(.data, "give 'labels', not 'probabilities': \(reason)")
    }
    let cosines = try scores.cosines()
    let change = try margin.target(cosines, batch) - cosines
    return try scores.products + (scores.lengths.map { try change * $0 } ?? change) * probabilities
  }

  /// The scores of products, with scale and bias.
  func scaled(
    _ products: Tensor, _ parameters: Parameters, by scale: Tensor? = nil
  ) throws -> Tensor {
    let logits =
      if let scale {
        try products * scale
      } else if similarity.learnsScale, let scale = parameters.scale {
        try products * scale.clamped(min: Similarity.leastScale)
      } else {
        try similarity.scale == 1 ? products : products * similarity.scale
      }
    guard let bias = parameters.bias else { return logits }
    guard similarity.bias != .none else {
      throw LossError(.usage, "this similarity has no bias")
    }
    return try logits + bias
  }

  // MARK: Loss

  public var signatures: [Signature] {
    let k = similarity.pooling.proxiesPerClass
    var common: Signature = [
      .features, InputDeclaration(.weights, k == 1 ? "C×D" : "\(k)C×D"),
    ]
    switch similarity.bias {
    case .none: break
    case .perClass: common.append(InputDeclaration(.bias, "C", isOptional: true))
    case .shared: common.append(InputDeclaration(.bias, "B", isOptional: true))
    }
    if similarity.learnsScale {
      common.append(InputDeclaration(.scale, "", isOptional: true))
    }
    let stateCount = margin?.stateOutsideTraining(classCount: 2).count ?? 0
    if stateCount > 0 {
      common.append(
        InputDeclaration(.state, stateCount == 1 ? "S" : "\(stateCount)S", isOptional: true))
    }
    let labels = InputDeclaration(.labels, "N", .classes(ignoring: options.ignoreLabel))
    let acceptsProbabilities =
      criterion.acceptsProbabilities && margin?.needsLabels == nil
    let weights: Signature = criterion.acceptsClassWeights ? [.classWeights] : []
    return [common + [labels] + weights]
      + (acceptsProbabilities ? [common + [.probabilities] + weights] : [])
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try evaluate(
      inputs.required(.features),
      parameters: Parameters(
        weights: inputs.required(.weights), bias: inputs[.bias], scale: inputs[.scale],
        state: inputs[.state]),
      target: Target(inputs)
    ).loss
  }
}
