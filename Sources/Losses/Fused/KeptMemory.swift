/// Memory for blocks of exponentials, handed out from its beginning on.
final class KeptMemory {
  private let bytes: Buffer<UInt8>
  private var used = 0

  init(capacity: Int) { bytes = SpareMemory.take(capacity) }

  deinit { SpareMemory.give(bytes) }

  /// Bytes that have not been handed out.
  var remaining: Int { bytes.count - used }

  /// Place for a block, nil if none is left.
  func reserve(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count <= remaining else { return nil }
    defer { used += count }
    return UnsafeMutableRawPointer(bytes.start + used)
  }

  /// Takes back the last `count` bytes that were handed out.
  func giveBack(_ count: Int) { used -= count }
}
