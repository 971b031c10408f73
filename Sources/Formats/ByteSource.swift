/// Bytes that are read once, in order, from the front.
protocol ByteSource: AnyObject {
  /// The most bytes that can still come: what a size out of a header is checked against
  /// before memory is taken for it.
  var mostBytesLeft: Int { get }

  /// Fills the buffer; fewer bytes than it holds mean that the source has ended.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
}

extension ByteSource {
  /// The next `count` bytes, or fewer where the source ends.
  func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    // The array's initializer carries no typed error: keep it aside.
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(FileError) {
        initializedCount = try read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// Bytes in memory, as a source.
final class ByteArray: ByteSource {
  private let content: [UInt8]
  private var position = 0

  init(_ content: [UInt8]) { self.content = content }

  var mostBytesLeft: Int { content.count - position }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, mostBytesLeft)
    buffer.copyBytes(from: content[position..<position + count])
    position += count
    return count
  }
}

/// The product of a shape's sizes; `nil` where one is negative or the product overflows.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for size in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    if size < 0 || overflow { return nil }
    count = product
  }
  return count
}
