import Torch

/// The squared distance of each feature to the centre of its class, as an addition to a loss that
/// keeps the classes apart.
///
///     L = λ · ½ · ‖x − c_y‖²
///
/// Wen, Zhang, Li, Qiao, "A discriminative feature learning approach for deep face recognition",
/// 2016. The paper sums over the batch; here, as everywhere, the default is the mean.
public struct CenterLoss: Loss {
  /// λ, at least 0.
  public let weight: Double
  /// α, the share of its way that a centre goes at each step, in 0...1.
  public let centerRate: Double
  public let reduction: Reduction

  /// - Throws: `LossError` for a parameter out of range.
  public init(weight: Double, centerRate: Double = 0.5, reduction: Reduction = .mean) throws {
    guard weight >= 0, weight.isFinite else {
      throw LossError(.usage, "the weight must be at least 0, not \(weight)")
    }
    guard (0...1).contains(centerRate) else {
      throw LossError(.usage, "the centre rate must be in 0...1, not \(centerRate)")
    }
    self.weight = weight
    self.centerRate = centerRate
    self.reduction = reduction
  }

  /// The loss for features [N, D], labels int64 [N] and centres [C, D].
  public func callAsFunction(_ features: Tensor, labels: Tensor, centers: Tensor) throws -> Tensor {
    let difference = try features - centers.select(labels)
    return try reduction((difference * difference).sum(axis: 1) * (0.5 * weight))
  }

  /// Moves centres [C, D] towards the features of their classes, in place:
  ///
  ///     c_j ← c_j − α · Σ_{i: y_i = j} (c_j − x_i) / (1 + n_j)
  ///
  /// This rule of the paper stands in for a gradient step: a class keeps its centre while it has
  /// no samples, and the 1 in the denominator slows centres that few samples pull.
  public func update(centers: Tensor, features: Tensor, labels: Tensor) throws {
    try withoutGradients {
      let counts = try Tensor.ones([centers.shape[0], 1], dtype: centers.dtype ?? .float32)
        .to(centers.device)
      let ones = try Tensor.ones([features.shape[0], 1], dtype: centers.dtype ?? .float32)
        .to(centers.device)
      try counts.addRows(ones, at: labels)
      let pull = try centers.zerosLike()
      try pull.addRows(centers.select(labels) - features.detached(), at: labels)
      try centers.add(pull / counts, scale: -centerRate)
    }
  }

  // MARK: Loss

  public var signatures: [Signature] {
    [[.features, .labels, InputDeclaration(.centers, "C×D")]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(
      inputs.required(.features), labels: inputs.required(.labels),
      centers: inputs.required(.centers))
  }
}

extension CenterLoss: TrainableLoss {
  public func makeTerm(
    classCount: Int, featureCount: Int, seed: UInt64
  ) throws -> any ObjectiveTerm {
    try CenterTerm(self, centers: Tensor.zeros([classCount, featureCount]))
  }
}

/// A center loss with its centres, which start at 0.
private final class CenterTerm: ObjectiveTerm {
  private let loss: CenterLoss
  private let centers: Tensor

  init(_ loss: CenterLoss, centers: Tensor) {
    self.loss = loss
    self.centers = centers
  }

  func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try loss(features, labels: labels, centers: centers)
  }

  var buffers: [(name: String, tensor: Tensor)] { [("centers", centers)] }

  func update(features: Tensor, labels: Tensor) throws {
    try loss.update(centers: centers, features: features, labels: labels)
  }
}

extension LossEntry {
  static let center = LossEntry(
    name: "center", title: "Center loss", family: .featuresAndLabels,
    summary: "pulls features to the centre of their class; an addition to another loss",
    formula: "L = λ·½·‖x − c_y‖²;  c_j ← c_j − α·Σ_{i: y_i=j}(c_j − x_i)/(1 + n_j)",
    parameters: [
      LossParameter(
        "weight", default: 0.1, range: .closed(0, .infinity), "λ, before the addition"),
      LossParameter("center-rate", default: 0.5, range: .closed(0, 1), "α, of the centres' steps"),
      .reduction,
    ],
    conventions: [
      "the ½ is there, and the mean over the batch; the paper sums over the batch",
      "in training the centres follow the paper's rule, not the gradient",
    ],
    paper: "Wen et al., A discriminative feature learning approach for deep face recognition, "
      + "ECCV 2016"
  ) {
    try CenterLoss(
      weight: $0.number("weight"), centerRate: $0.number("center-rate"),
      reduction: $0.reduction())
  }
}
