import Torch

/// The softmax family as one function: similarity → margin → target → cross-entropy.
///
///     z_j = scale · ⟨x, w_j⟩ + b_j,   z_y = scale · ψ(cos θ_y) for the target class y
///     L = −Σ_j q_j · log softmax(z)_j
///
/// Softmax, NormFace, CosFace and ArcFace are this function with their own choices; any combination
/// is allowed that has a meaning. It is composed of libtorch's operations and runs in every floating
/// type.
public struct ProxyLoss: Loss, Equatable {
  public internal(set) var similarity: Similarity
  public let margin: Margin
  /// ε in q' = (1 − ε) · q + ε / C, in 0...1.
  public let labelSmoothing: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range, or an angular margin on a similarity that
  ///   is not a cosine.
  public init(
    _ similarity: Similarity, margin: Margin = .none, labelSmoothing: Double = 0,
    reduction: Reduction = .mean
  ) throws {
    guard similarity.scale.isFinite, similarity.scale > 0 else {
      throw LossError(.usage, "the scale must be above 0, not \(similarity.scale)")
    }
    guard (0...1).contains(labelSmoothing) else {
      throw LossError(.usage, "the label smoothing must be in 0...1, not \(labelSmoothing)")
    }
    switch margin {
    case .none: break
    case .additiveCosine(let m), .additiveAngle(let m, _):
      guard similarity.isCosine else {
        throw LossError(.usage, "an angular margin needs the cosine as similarity")
      }
      let limit = if case .additiveCosine = margin { 2.0 } else { Double.pi }
      guard m >= 0, m < limit else {
        throw LossError(.usage, "the margin must be in 0..<\(limit), not \(m)")
      }
    }
    self.similarity = similarity
    self.margin = margin
    self.labelSmoothing = labelSmoothing
    self.reduction = reduction
  }

  /// The scores of the classes [N, C] without margin: what a trained model predicts with.
  public func logits(features: Tensor, weights: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try scaled(similarity.products(features, weights), bias: bias)
  }

  /// The loss for features [N, D], weights [C, D], bias [C] and labels int64 [N].
  ///
  /// - Throws: `TorchError` for shapes that do not fit or a label that is not a class.
  public func callAsFunction(
    _ features: Tensor, weights: Tensor, bias: Tensor? = nil, labels: Tensor
  ) throws -> Tensor {
    let target = try labels.reshaped([-1, 1])
    let products = try similarity.products(features, weights)
    var logits = try scaled(products, bias: bias)
    if margin != .none {
      let cosine = try products.gather(target, axis: 1)
      logits = try logits.addingElements(
        (margin(cosine) - cosine) * similarity.scale, at: target, axis: 1)
    }
    // −Σ q' log p with one-hot q; Σq' = 1, so log Σ exp stands before the sum.
    let normalizer = try logits.logSumExp(axis: 1)
    var score = try logits.gather(target, axis: 1).reshaped([-1])
    if labelSmoothing > 0 {
      score = try score * (1 - labelSmoothing) + logits.mean(axis: 1) * labelSmoothing
    }
    return try reduction(normalizer - score)
  }

  /// The loss for features [N, D], weights [C, D], bias [C] and any distributions over the classes
  /// [N, C].
  ///
  /// The margin of a class counts in proportion to its probability, so that a one-hot distribution
  /// gives the same loss as its label.
  public func callAsFunction(
    _ features: Tensor, weights: Tensor, bias: Tensor? = nil, probabilities: Tensor
  ) throws -> Tensor {
    let products = try similarity.products(features, weights)
    var logits = try scaled(products, bias: bias)
    if margin != .none {
      logits = try logits + (margin(products) - products) * probabilities * similarity.scale
    }
    var target = probabilities
    if labelSmoothing > 0 {
      target = try target * (1 - labelSmoothing) + labelSmoothing / Double(weights.shape[0])
    }
    return try reduction(-(target * logits.logSoftmax(axis: 1)).sum(axis: 1))
  }

  private func scaled(_ products: Tensor, bias: Tensor?) throws -> Tensor {
    let logits = similarity.scale == 1 ? products : try products * similarity.scale
    guard let bias else { return logits }
    guard similarity.hasBias else {
      throw LossError(.usage, "this similarity has no bias")
    }
    return try logits + bias
  }

  // MARK: Loss

  public var requiredInputs: [LossInput] { [.features, .weights, .labels] }
  public var optionalInputs: [LossInput] { (similarity.hasBias ? [.bias] : []) + [.probabilities] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    let features = try inputs.required(.features)
    let weights = try inputs.required(.weights)
    if let probabilities = inputs[.probabilities] {
      guard inputs[.labels] == nil else {
        throw LossError(.data, "give 'labels' or 'probabilities', not both")
      }
      return try self(
        features, weights: weights, bias: inputs[.bias], probabilities: probabilities)
    }
    return try self(
      features, weights: weights, bias: inputs[.bias], labels: inputs.required(.labels))
  }
}
