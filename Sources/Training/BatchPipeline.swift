import Datasets
import Dispatch
import Foundation
import RandomNumbers
import Torch

/// Pictures of one step, as a network takes them.
public struct Batch: Sendable {
  /// float32 [n, C, H, W], (pixel − 127.5) / 128.
  public let pictures: Tensor
  /// int64 [n].
  public let labels: Tensor
  /// The step this batch is for, counted from 0 over the whole training.
  public let step: Int
}

extension PictureSet {
  /// The pictures at `indices`, scaled to (pixel − 127.5) / 128.
  public func batch(_ indices: some Collection<Int>, step: Int = 0) throws -> Batch {
    let size = pictureByteCount
    let tensor = try Tensor.zeros([indices.count, channels, height, width])
    try tensor.withUnsafeMutableElements(of: Float.self) { out in
      pixels.withUnsafeBufferPointer { pixels in
        for (i, index) in indices.enumerated() {
          let (from, to) = (index * size, i * size)
          for p in 0..<size { out[to + p] = (Float(pixels[from + p]) - 127.5) / 128 }
        }
      }
    }
    return Batch(
      pictures: try tensor.contiguous(.channelsLast),
      labels: try Tensor(indices.map { Int64(labels[$0]) }), step: step)
  }
}

/// Makes batches ahead of the training, on a thread of its own, so that the network never waits.
///
/// Every epoch has its own order, drawn from the seed and the epoch's number: a training that
/// starts again at any step gets the same batches as one that never stopped. The last batch of an
/// epoch may be smaller.
final class BatchPipeline {
  let stepsPerEpoch: Int
  private let pictures: PictureSet
  private let batchSize: Int
  private let seed: UInt64
  private let queue = DispatchQueue(label: "margin.batches", qos: .userInitiated)
  private let ready = DispatchSemaphore(value: 0)
  private let state = State()

  /// Batches that wait, under a lock.
  private final class State: @unchecked Sendable {
    let lock = NSLock()
    var batches: [Result<Batch, any Error>] = []
  }

  /// The number of batches made ahead: enough to bridge an uneven step, little memory.
  private static let depth = 4

  init(_ pictures: PictureSet, batchSize: Int, seed: UInt64, steps: Range<Int>) {
    self.pictures = pictures
    self.batchSize = batchSize
    self.seed = seed
    stepsPerEpoch = (pictures.count + batchSize - 1) / batchSize
    remaining = steps
    for _ in 0..<Self.depth { makeNext() }
  }

  private var remaining: Range<Int>
  private var order: (epoch: Int, indices: [Int])?

  /// The batch of the next step, nil after the last.
  func next() throws -> Batch? {
    guard pending > 0 else { return nil }
    pending -= 1
    ready.wait()
    let batch = state.lock.withLock { state.batches.removeFirst() }
    makeNext()
    return try batch.get()
  }

  private var pending = 0

  /// Starts making the next batch, unless all are made.
  private func makeNext() {
    guard let step = remaining.popFirst() else { return }
    pending += 1
    let indices = indices(of: step)
    queue.async { [pictures, state, ready] in
      let batch = Result { try pictures.batch(indices, step: step) }
      state.lock.withLock { state.batches.append(batch) }
      ready.signal()
    }
  }

  private func indices(of step: Int) -> ArraySlice<Int> {
    let (epoch, position) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if order?.epoch != epoch {
      var random = SplitMix64(seed, UInt64(epoch))
      order = (epoch, Array(0..<pictures.count).shuffled(using: &random))
    }
    let start = position * batchSize
    return order!.indices[start..<min(start + batchSize, pictures.count)]
  }
}
