import Datasets
import Dispatch
import Foundation
import Torch

/// Samples of one step, as a network takes them.
public struct Batch: Sendable {
  /// Pictures: float32 [n, C, H, W], (pixel − 127.5) / 128. Texts: int64 [n, T], T tokens as the longest
  /// of them has, the others filled up with `Vocabulary.padding` on the right.
  public let inputs: Tensor
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
      inputs: try tensor.contiguous(.channelsLast),
      labels: try Tensor(indices.map { Int64(labels[$0]) }), step: step)
  }
}

extension TextSet {
  /// The texts at `indices`, as long as the longest of them.
  public func batch(_ indices: some Collection<Int>, step: Int = 0) throws -> Batch {
    let length = indices.lazy.map { tokens[$0].count }.max() ?? 0
    var padded = [Int64](repeating: Int64(Vocabulary.padding), count: indices.count * length)
    for (row, index) in indices.enumerated() {
      for (place, token) in tokens[index].enumerated() {
        padded[row * length + place] = Int64(token)
      }
    }
    return Batch(
      inputs: try Tensor(padded, shape: [indices.count, length]),
      labels: try Tensor(indices.map { Int64(labels[$0]) }), step: step)
  }
}

extension Samples {
  /// The samples at `indices`, as `PictureSet` and `TextSet` make batches.
  public func batch(_ indices: some Collection<Int>, step: Int = 0) throws -> Batch {
    switch self {
    case .pictures(let pictures): try pictures.batch(indices, step: step)
    case .texts(let texts): try texts.batch(indices, step: step)
    }
  }
}

/// Makes batches ahead of the training, on a thread of its own, so that the network never waits.
///
/// The order is a `BatchOrder`: a training that starts again at any step gets the same batches as one
/// that never stopped.
final class BatchPipeline {
  private let samples: Samples
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

  init(_ samples: Samples, _ order: BatchOrder, steps: Range<Int>) {
    self.samples = samples
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
    queue.async { [samples, state, ready] in
      let batch = Result { try samples.batch(next.indices, step: next.step) }
      state.lock.withLock { state.batches.append(batch) }
      ready.signal()
    }
  }
}
