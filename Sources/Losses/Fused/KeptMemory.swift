import Foundation

/// Memory for blocks of exponentials, handed out from its beginning on.
///
/// A page of it is taken from the system only when it is written to, and that costs as much as what is
/// written: so memory that is done with is left to the next pass.
final class KeptMemory {
  private let bytes: Buffer<UInt8>
  private var used = 0

  init(capacity: Int) { bytes = Self.spare.take(capacity) }

  deinit { Self.spare.give(bytes) }

  /// Place for a block, nil if none is left.
  func reserve(_ count: Int) -> UnsafeMutableRawPointer? {
    guard used + count <= bytes.count else { return nil }
    defer { used += count }
    return UnsafeMutableRawPointer(bytes.start + used)
  }

  /// Takes back the last `count` bytes that were handed out.
  func giveBack(_ count: Int) { used -= count }

  private static let spare = Spare()

  /// What no pass uses, one buffer for each thread of the last one that gave any back.
  private final class Spare: @unchecked Sendable {
    private let lock = NSLock()
    private var buffers: [Buffer<UInt8>] = []

    func take(_ capacity: Int) -> Buffer<UInt8> {
      lock.withLock {
        if let index = buffers.firstIndex(where: {
          $0.count >= capacity && $0.count / 2 <= capacity
        }) {
          return buffers.remove(at: index)
        }
        // What does not fit is not kept beside what does.
        buffers = []
        return Buffer(capacity)
      }
    }

    func give(_ buffer: Buffer<UInt8>) {
      guard buffer.count > 0 else { return }
      lock.withLock { buffers.append(buffer) }
    }
  }
}
