import Datasets
import Dispatch
import Foundation
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
/// The order is a `BatchOrder`: a training that starts again at any step gets the same batches as one
/// that never stopped.
final class BatchPipeline {
  private let pictures: PictureSet
  private var batches: BatchOrder.Iterator
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

  init(_ pictures: PictureSet, _ order: BatchOrder, steps: Range<Int>) {
    self.pictures = pictures
    batches = BatchOrder.Iterator(order, steps: steps)
    for _ in 0..<Self.depth { makeNext() }
  }

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
    guard let next = batches.next() else { return }
    pending += 1
    queue.async { [pictures, state, ready] in
      let batch = Result { try pictures.batch(next.indices, step: next.step) }
      state.lock.withLock { state.batches.append(batch) }
      ready.signal()
    }
  }
}
