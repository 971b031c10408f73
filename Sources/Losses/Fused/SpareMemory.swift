import Foundation
import Torch

/// Large blocks of memory that a pass is done with, for the next pass to take.
///
/// The system hands out fresh memory page by page, filled with zeros, when it is first touched: that costs
/// as much as what is written to it. Every step of a training asks for the same few sizes.
enum SpareMemory {
  /// A block of as many bytes: a spare one, or a fresh one.
  static func take(_ count: Int) -> Buffer<UInt8> {
    guard count > 0 else { return Buffer(0) }
    return blocks.withLock { blocks in
      if let index = blocks.firstIndex(where: { $0.count == count }) {
        return blocks.remove(at: index)
      }
      // Sizes have changed: what waits longest goes, so that not all of the old stays beside the new.
      if !blocks.isEmpty { blocks.removeFirst() }
      return Buffer(count)
    }
  }

  /// Leaves a block to the next who asks for its size.
  static func give(_ block: Buffer<UInt8>) {
    guard block.count > 0 else { return }
    blocks.withLock { blocks in
      blocks.append(block)
      if blocks.count > limit { blocks.removeFirst() }
    }
  }

  /// An uninitialised float32 tensor, whose memory is left to the next when it is gone.
  static func tensor(_ shape: [Int]) throws -> Tensor {
    let block = take(shape.reduce(4, *))
    return try Tensor(
      borrowing: UnsafeMutableRawPointer(block.start).assumingMemoryBound(to: Float.self),
      shape: shape
    ) { give(block) }
  }

  /// A step takes one or two and one for each thread.
  private static let limit = max(16, 2 * Runtime.threadCount)
  private static let blocks = Locked<[Buffer<UInt8>]>([])

  private final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value
    init(_ value: Value) { self.value = value }
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
      lock.withLock { body(&value) }
    }
  }
}
