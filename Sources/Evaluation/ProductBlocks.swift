import Torch

/// The inner products of the rows of two matrices, a block at a time, in memory that is used again.
struct ProductBlocks {
  /// Products in a block, at most: 32 MiB.
  private static let blockSize = 8 << 20

  private let x, y, block: Tensor
  private let height: Int
  /// How many parts work on a block at once.
  let partCount: Int

  /// - Parameters:
  ///   - x: [N, D].
  ///   - y: [M, D].
  init(_ x: Tensor, _ y: Tensor) throws {
    (self.x, self.y) = (x, y)
    height = max(16, min(512, Self.blockSize / max(y.shape[0], 1)))
    block = try Tensor.uninitialized([height * y.shape[0]])
    partCount = max(1, Runtime.threadCount)
  }

  /// Calls `body` for each row of x of a range, several at a time, each on a thread.
  ///
  /// - Parameters:
  ///   - rows: Of x.
  ///   - isTriangular: Whether only products with rows of y from the block's first row on are needed.
  ///   - body: Is given the part, below `partCount`, which is at work on one row at a time; the row; its
  ///     products, which it may change; and the rows of y that they are with.
  func forEachRow(
    _ rows: Range<Int>, isTriangular: Bool = false,
    _ body: (
      _ part: Int, _ row: Int, _ products: UnsafeMutablePointer<Float>, _ columns: Range<Int>
    ) throws -> Void
  ) throws {
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
      let rows = start..<min(start + height, rows.upperBound)
      let columns = (isTriangular ? start : 0)..<y.shape[0]
      let products = try block.slice(0..<rows.count * columns.count)
        .reshaped([rows.count, columns.count])
      try withoutGradients {
        try x.slice(rows).multiply(y.slice(columns).transposed(), into: products)
      }
      try products.withUnsafeMutableElements { (elements: UnsafeMutableBufferPointer<Float>) in
        // Each row is one thread's.
        nonisolated(unsafe) let base = elements.baseAddress!
        try Runtime.concurrently(partCount) { part in
          for k in rows.count * part / partCount..<rows.count * (part + 1) / partCount {
            try body(part, rows.lowerBound + k, base + k * columns.count, columns)
          }
        }
      }
    }
  }
}

/// The places of each class among labels that are sorted, in a range of them.
func classRanges(_ labels: [Int], in range: Range<Int>) -> [Int: Range<Int>] {
  var ranges: [Int: Range<Int>] = [:]
  var start = range.lowerBound
  for place in range where place + 1 == range.upperBound || labels[place + 1] != labels[place] {
    ranges[labels[place]] = start..<place + 1
    start = place + 1
  }
  return ranges
}
