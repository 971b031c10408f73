/// How a batch and its proxies are cut into blocks, and dealt out to threads.
struct TileGrid {
  let sampleCount: Int
  /// Rows of the weights: C, or C·K with several proxies for each class.
  let rowCount: Int
  let featureCount: Int
  /// N rounded up to a multiple of 16.
  let paddedCount: Int
  /// Threads.
  let partCount: Int
  /// Rows of a tile, of whole classes.
  private let tileHeight: Int

  /// Rows of a tile, at most. Its scores and proxies stay in the cache of a core, and its products are long
  /// enough in every direction for the kernels.
  static let rowsPerTile = 128
  /// Samples of a chunk: a block is a tile by a chunk.
  static let samplesPerChunk = 512

  /// - Parameter rowsPerClass: Adjacent rows that belong to one class, at most `rowsPerTile`.
  init(
    sampleCount: Int, rowCount: Int, featureCount: Int, threadCount: Int, rowsPerClass: Int = 1
  ) {
    tileHeight = Self.rowsPerTile / rowsPerClass * rowsPerClass
    self.sampleCount = sampleCount
    self.rowCount = rowCount
    self.featureCount = featureCount
    paddedCount = (sampleCount + 15) / 16 * 16
    tileCount = (rowCount + tileHeight - 1) / tileHeight
    partCount = max(1, min(threadCount, tileCount))
  }

  let tileCount: Int

  /// The rows of a tile.
  func rows(_ tile: Int) -> Range<Int> {
    let first = tile * tileHeight
    return first..<min(first + tileHeight, rowCount)
  }

  /// The tile of a row.
  func tile(of row: Int) -> Int { row / tileHeight }

  /// The samples of the chunks, with those that pad the last one.
  var chunks: [Range<Int>] {
    stride(from: 0, to: paddedCount, by: Self.samplesPerChunk).map {
      $0..<min($0 + Self.samplesPerChunk, paddedCount)
    }
  }

  /// The tiles of a part: the same each time, so that results do not depend on who is faster.
  func tiles(_ part: Int) -> Range<Int> {
    tileCount * part / partCount..<tileCount * (part + 1) / partCount
  }
}

/// Uninitialised memory for numbers, for as long as the object lives.
final class Buffer<Element>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>
  let count: Int

  init(_ count: Int) {
    self.count = count
    start =
      UnsafeMutableRawPointer
      .allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
      .bindMemory(to: Element.self, capacity: max(count, 1))
  }

  convenience init(_ count: Int, repeating value: Element) {
    self.init(count)
    start.initialize(repeating: value, count: count)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  subscript(index: Int) -> Element {
    get { start[index] }
    set { start[index] = newValue }
  }
}
