import Torch

/// What the scores of the classes are worth, given the target: the last choice of a proxy head, and
/// all there is of a loss on logits.
public protocol Criterion: Sendable {
  /// One loss for each sample [N], times the sample's weight; or one number for the batch, where
  /// the loss is no sum over samples.
  ///
  /// - Parameters:
  ///   - logits: The scores [N, C].
  ///   - target: What they should say.
  func losses(_ logits: Tensor, _ target: Target) throws -> Tensor

  /// Whether a distribution may be the target.
  var acceptsProbabilities: Bool { get }

  /// Whether classes may have weights.
  var acceptsClassWeights: Bool { get }
}

extension Criterion {
  public var acceptsClassWeights: Bool { true }
}

/// Which samples count, and how their losses become one number.
public struct SampleOptions: Sendable, Equatable {
  /// Samples with this label do not count.
  public var ignoreLabel: Int?
  public var reduction: Reduction

  public init(ignoreLabel: Int? = nil, reduction: Reduction = .mean) {
    self.ignoreLabel = ignoreLabel
    self.reduction = reduction
  }

  /// Evaluates a loss on the samples that count.
  ///
  /// Where all are ignored the loss is 0, by way of the rows, so that a NaN in them is seen.
  ///
  /// - Parameters:
  ///   - rows: Features or logits, one row for each sample.
  ///   - losses: As `Criterion.losses`, for the rows and targets that count.
  func evaluate(
    _ rows: Tensor, _ target: Target, _ losses: (Tensor, Target) throws -> Tensor
  ) throws -> Tensor {
    guard let kept = try keptRows(target) else {
      return try reduce(losses(rows, target), target)
    }
    guard kept.count > 0 else {
      let zeros = try rows.sum(axis: 1) * 0
      return try reduction == .none ? zeros : zeros.sum()
    }
    let keptTarget = try target.select(kept)
    let values = try losses(rows.select(kept), keptTarget)
    guard reduction == .none, values.rank == 1 else { return try reduce(values, keptTarget) }
    return try Tensor.zeros([rows.shape[0]], dtype: rows.dtype ?? .float32, device: rows.device)
      .addingElements(values, at: kept, axis: 0)
  }

  private func reduce(_ losses: Tensor, _ target: Target) throws -> Tensor {
    guard losses.rank == 1 else { return losses }
    return try reduction(
      losses, weights: reduction == .weightedMean ? target.sampleWeights() : nil)
  }

  /// The indices of the samples that count; nil if all do.
  private func keptRows(_ target: Target) throws -> Tensor? {
    guard let ignoreLabel, case .labels(let labels) = target.kind else { return nil }
    let values = try labels.elements(Int64.self)
    guard values.contains(Int64(ignoreLabel)) else { return nil }
    let kept = values.indices.filter { values[$0] != Int64(ignoreLabel) }.map(Int64.init)
    return try Tensor(kept).to(labels.device)
  }
}

/// A criterion as a loss on logits that are given.
public struct LogitLoss: Loss {
  public let criterion: any Criterion
  public let options: SampleOptions

  public init(_ criterion: any Criterion, options: SampleOptions = SampleOptions()) {
    self.criterion = criterion
    self.options = options
  }

  /// The loss for logits [N, C].
  public func callAsFunction(_ logits: Tensor, _ target: Target) throws -> Tensor {
    try options.evaluate(logits, target, criterion.losses)
  }

  public var signatures: [Signature] {
    let labels = InputDeclaration(.labels, "N", .classes(ignoring: options.ignoreLabel))
    let weights: Signature = criterion.acceptsClassWeights ? [.classWeights] : []
    return [[.logits, labels] + weights]
      + (criterion.acceptsProbabilities ? [[.logits, .probabilities] + weights] : [])
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.logits), Target(inputs))
  }
}
