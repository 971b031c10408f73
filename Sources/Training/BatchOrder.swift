import RandomNumbers
import Torch

/// Which samples each step of a training sees: all once in every epoch, in an order of its own that
/// follows from the seed and the epoch's number alone.
///
///     for batch in BatchOrder(count: 5_000, batchSize: 64, epochs: 10, seed: 1) {
///       let rows = try batch.rows()
///       let loss = try L2()(network(features.select(rows)), targets: targets.select(rows))
///       try optimizer.minimize(loss, learningRate: 0.001)
///     }
///
/// The last batch of an epoch may be smaller.
public struct BatchOrder: Sequence, Sendable {
  public let count, batchSize, epochs: Int
  public let seed: UInt64

  public var stepsPerEpoch: Int { (count + batchSize - 1) / batchSize }
  public var totalSteps: Int { stepsPerEpoch * epochs }

  /// - Precondition: All are at least 1.
  public init(count: Int, batchSize: Int, epochs: Int, seed: UInt64) {
    precondition(count >= 1 && batchSize >= 1 && epochs >= 1)
    (self.count, self.batchSize, self.epochs, self.seed) = (count, batchSize, epochs, seed)
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
      if epoch?.number != number {
        var random = SplitMix64(order.seed, UInt64(number))
        epoch = (number, Array(0..<order.count).shuffled(using: &random))
      }
      let start = position * order.batchSize
      return Batch(
        step: step, indices: epoch!.indices[start..<Swift.min(start + order.batchSize, order.count)]
      )
    }
  }
}
