import LossKernels
import Torch

/// The three products of a head, a block at a time: X · Wᵀ, G · W and Gᵀ · X. Each thread has one.
///
/// Scores and exponentials have a row for each class, so that the batch, which is small, is what is
/// packed for the products, and the proxies stream by.
protocol TileProducts: AnyObject {
  /// Bytes that an exponential takes when it is kept.
  static var keptSize: Int { get }

  init(_ grid: TileGrid)

  /// Packs the features [N, D] for `scores`.
  func pack(_ features: UnsafePointer<Float>)
  /// Packs the features, each multiplied by a factor [N], for `push`.
  func pack(_ features: UnsafePointer<Float>, factors: UnsafePointer<Float>)
  /// Takes up the proxies of a tile [T, D].
  func take(_ proxies: UnsafePointer<Float>, classCount: Int)

  /// ⟨w_j, x_i⟩ of the tile and a chunk of samples.
  func scores(_ chunk: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int) throws
  /// Adds Σ_j g_ji · w_j of a block to the rows [S, D] of its samples.
  func pull(_ block: ClassTile, into rows: UnsafeMutablePointer<Float>) throws
  /// Keeps a block for `push`, unless it is there already.
  func keep(_ block: ClassTile, at place: UnsafeMutableRawPointer)
  /// The block as `push` takes it, until the next product.
  func kept(_ block: ClassTile) -> UnsafeRawPointer
  /// Σ_i e_ji · f_i · x_i of a block that was kept, into the rows [T, D] of its classes or added to them.
  func push(
    _ kept: UnsafeRawPointer, chunk: Range<Int>, into rows: UnsafeMutablePointer<Float>,
    adding: Bool) throws
  /// Σ_i e_ji · f_i of a class, for `count` factors f.
  func sum(
    _ kept: UnsafeRawPointer, row: Int, count: Int, factors: UnsafePointer<Float>
  ) -> Float
  /// Whether scores can be worked on where they are kept.
  static var keepsInPlace: Bool { get }
  /// To be called on the thread when it is done.
  func end()
}

/// Products in float32.
final class Float32Products: TileProducts {
  static let keptSize = 4
  static let keepsInPlace = true
  private let grid: TileGrid
  private let columns, rows: Buffer<Float>
  /// [S, T].
  private let transposed = Buffer<Float>(TileGrid.samplesPerChunk * TileGrid.rowsPerTile)
  private var proxies: UnsafePointer<Float>!
  private var classCount = 0

  init(_ grid: TileGrid) {
    self.grid = grid
    columns = Buffer(grid.paddedCount * grid.featureCount)
    rows = Buffer(grid.paddedCount * grid.featureCount)
  }

  func pack(_ features: UnsafePointer<Float>) {
    Panels.packTransposed(
      features, sampleCount: grid.sampleCount, paddedCount: grid.paddedCount,
      featureCount: grid.featureCount, into: columns.start)
  }

  func pack(_ features: UnsafePointer<Float>, factors: UnsafePointer<Float>) {
    Panels.packScaled(
      features, factors: factors, sampleCount: grid.sampleCount, paddedCount: grid.paddedCount,
      featureCount: grid.featureCount, into: rows.start)
  }

  func take(_ proxies: UnsafePointer<Float>, classCount: Int) {
    self.proxies = proxies
    self.classCount = classCount
  }

  func scores(
    _ chunk: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int
  ) throws {
    let d = grid.featureCount
    for panel in Panels.ranges(columnCount: grid.paddedCount) where chunk.contains(panel.lowerBound)
    {
      try BlockProduct.multiply(
        m: classCount, n: panel.count, k: d, proxies, stride: d,
        columns.start + panel.lowerBound * d, stride: panel.count,
        into: scores + (panel.lowerBound - chunk.lowerBound), stride: stride)
    }
  }

  func pull(_ block: ClassTile, into rows: UnsafeMutablePointer<Float>) throws {
    let d = grid.featureCount
    let width = (classCount + 15) / 16 * 16
    block.transpose(into: transposed.start, width: width)
    try BlockProduct.multiply(
      m: block.sampleCount, n: d, k: classCount, transposed.start, stride: width, proxies,
      stride: d, into: rows, stride: d, adding: true)
  }

  func keep(_ block: ClassTile, at place: UnsafeMutableRawPointer) {}

  func kept(_ block: ClassTile) -> UnsafeRawPointer { UnsafeRawPointer(block.elements) }

  func sum(
    _ kept: UnsafeRawPointer, row: Int, count: Int, factors: UnsafePointer<Float>
  ) -> Float {
    Rows.dot(kept.assumingMemoryBound(to: Float.self) + row * count, factors, count)
  }

  func push(
    _ kept: UnsafeRawPointer, chunk: Range<Int>, into target: UnsafeMutablePointer<Float>,
    adding: Bool
  ) throws {
    let d = grid.featureCount
    for panel in Panels.ranges(columnCount: d) {
      let packed =
        rows.start + panel.lowerBound * grid.paddedCount + chunk.lowerBound * panel.count
      try BlockProduct.multiply(
        m: classCount, n: panel.count, k: chunk.count, kept.assumingMemoryBound(to: Float.self),
        stride: chunk.count, packed, stride: panel.count, into: target + panel.lowerBound,
        stride: d, adding: adding)
    }
  }

  func end() { BlockProduct.end(bfloat16: false) }
}

/// Products of bfloat16 numbers, summed in float32.
final class BFloat16Products: TileProducts {
  static let keptSize = 2
  static let keepsInPlace = false
  private let grid: TileGrid
  /// D rounded up to an even number: the products take features in pairs.
  private let evenCount: Int
  private let columns, rows: Buffer<UInt16>
  private let packing: Buffer<Float>
  private let transposed = Buffer<UInt16>(TileGrid.samplesPerChunk * TileGrid.rowsPerTile)
  private let proxies, pairs: Buffer<UInt16>
  private var classCount = 0

  init(_ grid: TileGrid) {
    self.grid = grid
    evenCount = (grid.featureCount + 1) / 2 * 2
    columns = Buffer(grid.paddedCount * evenCount)
    rows = Buffer(grid.paddedCount * grid.featureCount)
    packing = Buffer(grid.paddedCount * grid.featureCount)
    proxies = Buffer(TileGrid.rowsPerTile * evenCount)
    pairs = Buffer(TileGrid.rowsPerTile * grid.featureCount)
  }

  func pack(_ features: UnsafePointer<Float>) {
    Panels.packTransposed(
      features, sampleCount: grid.sampleCount, paddedCount: grid.paddedCount,
      featureCount: grid.featureCount, into: packing.start)
    for panel in Panels.ranges(columnCount: grid.paddedCount) {
      BFloat16.roundPairs(
        packing.start + panel.lowerBound * grid.featureCount, rowCount: grid.featureCount,
        width: panel.count, stride: panel.count,
        into: columns.start + panel.lowerBound * evenCount)
    }
  }

  func pack(_ features: UnsafePointer<Float>, factors: UnsafePointer<Float>) {
    Panels.packScaled(
      features, factors: factors, sampleCount: grid.sampleCount, paddedCount: grid.paddedCount,
      featureCount: grid.featureCount, into: packing.start)
    for panel in Panels.ranges(columnCount: grid.featureCount) {
      let offset = panel.lowerBound * grid.paddedCount
      BFloat16.roundPairs(
        packing.start + offset, rowCount: grid.paddedCount, width: panel.count,
        stride: panel.count, into: rows.start + offset)
    }
  }

  func take(_ proxies: UnsafePointer<Float>, classCount: Int) {
    self.classCount = classCount
    BFloat16.round(
      proxies, rowCount: classCount, width: grid.featureCount, into: self.proxies.start,
      stride: evenCount)
    BFloat16.roundPairs(
      proxies, rowCount: classCount, width: grid.featureCount, stride: grid.featureCount,
      into: pairs.start)
  }

  func scores(
    _ chunk: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int
  ) throws {
    for panel in Panels.ranges(columnCount: grid.paddedCount) where chunk.contains(panel.lowerBound)
    {
      try BlockProduct.multiply(
        m: classCount, n: panel.count, k: evenCount, proxies.start, stride: evenCount,
        columns.start + panel.lowerBound * evenCount, stride: panel.count,
        into: scores + (panel.lowerBound - chunk.lowerBound), stride: stride)
    }
  }

  func pull(_ block: ClassTile, into rows: UnsafeMutablePointer<Float>) throws {
    let d = grid.featureCount
    let width = (classCount + 15) / 16 * 16
    block.transpose(into: transposed.start, width: width)
    try BlockProduct.multiply(
      m: block.sampleCount, n: d, k: (classCount + 1) / 2 * 2, transposed.start, stride: width,
      pairs.start, stride: d, into: rows, stride: d, adding: true)
  }

  func keep(_ block: ClassTile, at place: UnsafeMutableRawPointer) {
    block.round(into: place.assumingMemoryBound(to: UInt16.self))
  }

  func kept(_ block: ClassTile) -> UnsafeRawPointer {
    block.round(into: transposed.start)
    return UnsafeRawPointer(transposed.start)
  }

  func sum(
    _ kept: UnsafeRawPointer, row: Int, count: Int, factors: UnsafePointer<Float>
  ) -> Float {
    BFloat16.dot(kept.assumingMemoryBound(to: UInt16.self) + row * count, factors, count)
  }

  func push(
    _ kept: UnsafeRawPointer, chunk: Range<Int>, into target: UnsafeMutablePointer<Float>,
    adding: Bool
  ) throws {
    let d = grid.featureCount
    for panel in Panels.ranges(columnCount: d) {
      let packed =
        rows.start + panel.lowerBound * grid.paddedCount + chunk.lowerBound * panel.count
      try BlockProduct.multiply(
        m: classCount, n: panel.count, k: chunk.count, kept.assumingMemoryBound(to: UInt16.self),
        stride: chunk.count, packed, stride: panel.count, into: target + panel.lowerBound,
        stride: d, adding: adding)
    }
  }

  func end() { BlockProduct.end(bfloat16: true) }
}
