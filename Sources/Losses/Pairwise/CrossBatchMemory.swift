import Torch

/// A loss of pairs whose candidates are the batch and a queue of features from earlier batches.
///
/// Features drift slowly in training, so that those of the last batches are nearly what the network
/// would give now; and they cost neither a forward nor a backward pass. They are constants: the
/// gradient goes to the batch alone.
///
/// Wang, Zhang, Huang, Scott, "Cross-batch memory for embedding learning", 2020.
public struct CrossBatchMemory: Loss {
  public let loss: any PairLoss
  /// How many features the queue holds, at least 1.
  public let size: Int

  /// - Throws: `LossError` for a size below 1.
  public init(_ loss: any PairLoss, size: Int = 1024) throws {
    guard size >= 1 else { throw LossError(.usage, "the size must be at least 1, not \(size)") }
    self.loss = loss
    self.size = size
  }

  /// The loss for features [N, D] and labels int64 [N], with the features [M, D] and labels int64 [M]
  /// that are in the memory.
  public func callAsFunction(
    _ features: Tensor, labels: Tensor, memory: (features: Tensor, labels: Tensor)?
  ) throws -> Tensor {
    let memory = try memory.map { memory in
      (features: try constant { memory.features }, labels: memory.labels)
    }
    return try loss(LabeledPairs(features, labels: labels, memory: memory))
  }

  // MARK: Loss

  public var signatures: [Signature] {
    [
      [.features, .labels],
      [
        .features, .labels, InputDeclaration(.memoryFeatures, "M×D"),
        InputDeclaration(.memoryLabels, "M", .classes()),
      ],
    ]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(
      inputs.required(.features), labels: inputs.required(.labels),
      memory: inputs[.memoryFeatures].map { ($0, try inputs.required(.memoryLabels)) })
  }
}

extension CrossBatchMemory: TrainableLoss {
  /// - Throws: `LossError` if the loss in it has no reduction.
  public func makeTerm(
    classCount: Int, featureCount: Int, seed: UInt64
  ) throws -> any ObjectiveTerm {
    guard loss.reduction != .none else {
      throw LossError(
        .usage, "training needs one number: the reduction 'none' is for 'margin loss'")
    }
    return try MemoryTerm(self, featureCount: featureCount)
  }
}

/// A cross-batch memory with its queue, which starts empty.
private final class MemoryTerm: ObjectiveTerm {
  private let loss: CrossBatchMemory
  private let features: Tensor
  private let labels: Tensor
  /// How many samples were ever put in: the next place, but for whole rounds of the queue.
  private let total: Tensor

  init(_ loss: CrossBatchMemory, featureCount: Int) throws {
    self.loss = loss
    features = try .zeros([loss.size, featureCount])
    labels = try .zeros([loss.size], dtype: .int64)
    total = try .zeros([1], dtype: .int64)
  }

  var buffers: [(name: String, tensor: Tensor)] {
    [("memory-features", features), ("memory-labels", labels), ("total", total)]
  }

  func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    let count = min(Int(try total.item()), loss.size)
    guard count > 0 else { return try loss(features, labels: labels, memory: nil) }
    let dtype = features.dtype ?? .float32
    return try loss(
      features, labels: labels,
      memory: (
        self.features.slice(0..<count).to(dtype).to(features.device),
        self.labels.slice(0..<count).to(labels.device)
      ))
  }

  /// Puts a batch into the queue, in the place of the oldest.
  func update(features: Tensor, labels: Tensor) throws {
    try withoutGradients {
      let batch = features.shape[0]
      var next = Int(try total.item())
      // Of a batch that is larger than the queue, the last samples.
      var rows = max(0, batch - loss.size)..<batch
      next += rows.lowerBound
      while !rows.isEmpty {
        let place = next % loss.size
        let count = min(rows.count, loss.size - place)
        let part = rows.lowerBound..<rows.lowerBound + count
        try self.features.slice(place..<place + count).copy(from: features.slice(part))
        try self.labels.slice(place..<place + count).copy(from: labels.slice(part))
        next += count
        rows = part.upperBound..<batch
      }
      try total.copy(from: Tensor([Int64(next)]))
    }
  }
}

extension LossEntry {
  static let crossBatchMemory = LossEntry(
    name: "cross-batch-memory", aliases: ["xbm"], title: "Cross-batch memory",
    family: .featuresAndLabels,
    summary: "another loss of pairs, with features of earlier batches as candidates, too",
    formula: "L(batch × (batch ∪ memory)) for a loss L of pairs; the memory is constant",
    parameters: [
      LossParameter(
        "loss", default: .word("contrastive"),
        range: .words(LossCatalog.pairLosses.map(\.name)), "L"),
      LossParameter(
        "settings", default: .word("none"), range: .settings,
        "those of L, such as margin=0.5/distance=cosine"),
      LossParameter(
        "size", default: 1024, range: .whole(1...1 << 24),
        "how many features the queue holds, in training"),
    ],
    refusals: .pairRefusals([
      "reduction": "it is that of the loss in it: settings=reduction=sum",
      "margin": "it is that of the loss in it: settings=margin=0.5",
    ]),
    conventions: [
      "the batch itself is among the candidates, with its gradient; the paper and "
        + "pytorch-metric-learning have it in the queue, without",
      "without memory-features it is the loss in it",
      "n-pair cannot be wrapped: it makes pairs of its own, one of each class",
      "the queue is used from the first step; the paper trains 1,000 steps before",
    ],
    paper: "Wang et al., Cross-batch memory for embedding learning, CVPR 2020"
  ) { values in
    let entry = try LossCatalog.entry(named: values.word("loss"))
    guard let loss = try entry.makeLoss(values.settings("settings")) as? any PairLoss else {
      preconditionFailure("\(entry.name) is no loss of pairs")
    }
    return try CrossBatchMemory(loss, size: values.whole("size"))
  }
}
