import RandomNumbers
import Torch

/// Which samples each step of a training sees, in an order that follows from the seed and the epoch's
/// number alone: all once in every epoch, or as many of each class in every batch.
///
///     for batch in BatchOrder(count: 5_000, batchSize: 64, epochs: 10, seed: 1) {
///       let rows = try batch.rows()
///       let loss = try L2()(network(features.select(rows)), targets: targets.select(rows))
///       try optimizer.minimize(loss, learningRate: 0.001)
///     }
///
/// The last batch of an epoch may be smaller, unless batches are composed by class
/// (`init(labels:samplesPerClass:batchSize:epochs:seed:)`).
public struct BatchOrder: Sequence, Sendable {
  public let count, batchSize, epochs: Int
  public let seed: UInt64
  /// How batches are composed by class; nil where samples come as they are.
  let composition: ClassComposition?

  /// How many samples of each of its classes a batch has; nil where classes come as they may.
  public var samplesPerClass: Int? { composition?.samplesPerClass }
  public var stepsPerEpoch: Int {
    composition == nil ? (count + batchSize - 1) / batchSize : count / batchSize
  }
  public var totalSteps: Int { stepsPerEpoch * epochs }

  /// - Precondition: All are at least 1.
  public init(count: Int, batchSize: Int, epochs: Int, seed: UInt64) {
    precondition(count >= 1 && batchSize >= 1 && epochs >= 1)
    (self.count, self.batchSize, self.epochs, self.seed) = (count, batchSize, epochs, seed)
    composition = nil
  }

  /// Batches of `samplesPerClass` samples each of `batchSize / samplesPerClass` classes: what losses of
  /// pairs need where classes are so many that a random batch has hardly two samples of one.
  ///
  /// Every class comes once before any comes again, and so does every sample of a class, so that classes
  /// come equally often, whatever their sizes, and with classes of one size samples do. An epoch has as
  /// many batches as are filled by the number of samples; all are full. No batch has a class, or a sample,
  /// twice.
  ///
  /// Hermans, Beyer, Leibe, "In defense of the triplet loss for person re-identification", 2017 (batches
  /// of P classes and K samples).
  ///
  /// - Parameters:
  ///   - labels: The class of each sample.
  ///   - samplesPerClass: K, at least 2.
  ///   - batchSize: P · K, of at least two classes.
  ///   - epochs: At least 1.
  ///   - seed: Of the order.
  /// - Precondition: There is a sample and an epoch.
  /// - Throws: `TrainingError` if the batch is no multiple of K, needs more classes than there are, or if a
  ///   class has fewer than K samples.
  public init(
    labels: [Int32], samplesPerClass: Int, batchSize: Int, epochs: Int, seed: UInt64
  ) throws(TrainingError) {
    precondition(!labels.isEmpty && epochs >= 1)
    composition = try ClassComposition(
      labels, samplesPerClass: samplesPerClass, batchSize: batchSize)
    (count, self.batchSize, self.epochs, self.seed) = (labels.count, batchSize, epochs, seed)
  }

  /// The samples of an epoch in their order.
  private func indices(ofEpoch number: Int) -> [Int] {
    var random = SplitMix64(seed, UInt64(number))
    guard let composition else { return Array(0..<count).shuffled(using: &random) }
    return composition.indices(stepCount: stepsPerEpoch, using: &random)
  }

  /// The samples of one step.
  public struct Batch: Sendable {
    /// From 0, over all epochs.
    public let step: Int
    public let indices: ArraySlice<Int>

    /// The indices as int64 [n], to select rows of tensors with.
    public func rows() throws -> Tensor { try Tensor(indices.map { Int64($0) }) }
  }

  public func makeIterator() -> Iterator { Iterator(self, steps: 0..<totalSteps) }

  /// The batches of some steps, as they are in the whole order.
  public struct Iterator: IteratorProtocol, Sendable {
    private let order: BatchOrder
    private var steps: Range<Int>
    private var epoch: (number: Int, indices: [Int])?

    public init(_ order: BatchOrder, steps: Range<Int>) {
      (self.order, self.steps) = (order, steps)
    }

    public mutating func next() -> Batch? {
      guard let step = steps.popFirst() else { return nil }
      let (number, position) = step.quotientAndRemainder(dividingBy: order.stepsPerEpoch)
      if epoch?.number != number { epoch = (number, order.indices(ofEpoch: number)) }
      let indices = epoch!.indices
      let start = position * order.batchSize
      return Batch(
        step: step, indices: indices[start..<Swift.min(start + order.batchSize, indices.count)])
    }
  }
}
