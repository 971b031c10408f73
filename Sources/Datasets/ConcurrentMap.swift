import Dispatch

/// What `body` gives for each number of the range, computed on all cores; of several errors the one
/// of the lowest number is thrown.
func concurrentMap<T: Sendable>(
  _ range: Range<Int>, _ body: @Sendable (Int) throws -> T
) throws -> [T] {
  var results = [Result<T, any Error>?](repeating: nil, count: range.count)
  results.withUnsafeMutableBufferPointer { buffer in
    // Every number has a place of its own.
    nonisolated(unsafe) let places = buffer
    DispatchQueue.concurrentPerform(iterations: range.count) { index in
      places[index] = Result { try body(range.lowerBound + index) }
    }
  }
  return try results.map { try $0!.get() }
}
