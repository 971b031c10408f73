import Torch

/// Each anchor against the positives of all classes of the batch at once, as in a softmax.
///
///     L = log( 1 + Σ_{j≠i} exp(a_i·p_j − a_i·p_i) ),   one anchor and one positive for each class
///
/// Sohn, "Improved deep metric learning with multi-class N-pair loss objective", 2016.
public struct NPair: Loss {
  /// Whether features are brought to unit length; the paper keeps their lengths.
  public let normalizesFeatures: Bool
  /// Of classes: without one, one number for each that has two samples.
  public let reduction: Reduction

  public init(normalizesFeatures: Bool = false, reduction: Reduction = .mean) {
    self.normalizesFeatures = normalizesFeatures
    self.reduction = reduction
  }

  /// The loss for features [N, D] and labels int64 [N]: of the classes with two samples, the first
  /// two are anchor and positive. Without two such classes it is 0.
  public func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    var firsts: [Int64: Int64] = [:]
    var pairs: [Int64: (anchor: Int64, positive: Int64)] = [:]
    for (index, label) in try labels.elements(Int64.self).enumerated() where pairs[label] == nil {
      if let first = firsts[label] {
        pairs[label] = (first, Int64(index))
      } else {
        firsts[label] = Int64(index)
      }
    }
    let chosen = pairs.values.sorted { $0.anchor < $1.anchor }
    guard !chosen.isEmpty else {
      // By way of the features, so that a NaN in them is seen.
      let zeros = try features.sum(axis: 1) * 0
      return try reduction == .none ? zeros.slice(0..<0) : zeros.sum()
    }
    return try self(
      anchors: features.select(Tensor(chosen.map(\.anchor)).to(features.device)),
      positives: features.select(Tensor(chosen.map(\.positive)).to(features.device)))
  }

  /// The loss for anchors and positives [N, D], each row of another class.
  public func callAsFunction(anchors: Tensor, positives: Tensor) throws -> Tensor {
    let products =
      try normalizesFeatures
      ? anchors.unitRows().matmul(positives.unitRows().transposed())
      : anchors.matmul(positives.transposed())
    let own = try Tensor.indices(anchors.shape[0], device: anchors.device).reshaped([-1, 1])
    return try reduction(
      products.logSumExp(axis: 1) - products.gather(own, axis: 1).reshaped([-1]))
  }

  // MARK: Loss

  public var signatures: [Signature] { [[.features, .labels], [.anchors, .positives]] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    if let anchors = inputs[.anchors] {
      return try self(anchors: anchors, positives: inputs.required(.positives))
    }
    return try self(inputs.required(.features), labels: inputs.required(.labels))
  }
}

extension LossEntry {
  static let nPair = LossEntry(
    name: "n-pair", title: "N-pair loss", family: .featuresAndLabels,
    summary: "softmax of an anchor's products with one positive of each class",
    formula: "L = log(1 + Σ_{j≠i} exp(a_i·p_j − a_i·p_i)), one pair for each class",
    parameters: [.normalize, .reduction(of: "classes' pairs")],
    refusals: .pairRefusals([
      "temperature": "the lengths of the features set it; nt-xent is the form on unit vectors",
      "margin": "a softmax compares products with each other, without a margin",
    ]),
    conventions: [
      "with labels: the first two samples of each class are anchor and positive, the rest is unused",
      "features keep their lengths, as in the paper; pytorch-metric-learning: normalize=yes",
      "the paper's penalty on the features' lengths is not part of the loss",
      "one direction, anchors to positives; a symmetric form is the mean of two calls",
    ],
    paper: "Sohn, Improved deep metric learning with multi-class N-pair loss objective, NIPS 2016"
  ) {
    NPair(normalizesFeatures: $0.isYes("normalize"), reduction: $0.reduction())
  }
}
