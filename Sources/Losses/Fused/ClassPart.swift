import Foundation
import LossKernels
import Torch

/// A thread's part of a `ClassPass`: some of the tiles, and the sums over them.
final class ClassPart<Products: TileProducts>: @unchecked Sendable {
  let settings: ClassLogSums
  let batch: ClassBatch
  let grid: TileGrid
  private let keepsGradient: Bool
  let tiles: Range<Int>
  /// The rows of all tiles.
  let rows: Range<Int>
  let products: Products
  /// Scores of a block.
  let scratch = Buffer<Float>(TileGrid.samplesPerChunk * TileGrid.rowsPerTile)

  /// 1/‖w_j‖ or 1, and s/‖w_j‖ or s.
  let reciprocals, factors: Buffer<Float>
  /// m_i, and t_i: the exponential that a class needs to matter.
  let offsets: Buffer<Float>
  private let thresholds: Buffer<Float>
  private let tolerance: Float
  private let targets: [Float]?
  private let hardClasses: ClassTile.HardClasses?
  /// The targets' scores, the bounds of the hard classes.
  private let bounds: Buffer<Float>
  /// Σ_j exp(z_ij − m_i).
  let sums: Buffer<Double>
  /// Σ_j exp(z_ij − m_i) · ŵ_j [N, D].
  let pull: Buffer<Float>
  /// What the exponentials have to be multiplied by to be shares of the sum over all parts.
  let corrections: Buffer<Float>
  /// Σ_j ω_j · ŵ_j.
  private(set) var weightedSum: [Double] = []

  /// What became of a block's exponentials.
  enum Record {
    case kept(UnsafeMutableRawPointer)
    /// Those that matter, among `entries`.
    case sparse(Range<Int>)
    /// To be computed again.
    case dropped
  }

  /// An exponential, of a class by its row in the tile and a sample.
  struct Entry {
    let row, sample: Int32
    let value: Float
  }

  /// By tile and chunk. What was computed before the offsets of the chunk were last raised is of no
  /// use: each time, the chunk begins another epoch.
  private(set) var records: [(record: Record, epoch: Int)] = []
  private(set) var entries: [Entry] = []
  private(set) var epochs: [Int]
  private let storage: KeptMemory
  private let isBounded: Bool

  init(_ pass: ClassPass<Products>, _ index: Int, targets: [Float]?, keptBytes: Int) {
    settings = pass.settings
    batch = pass.batch
    grid = pass.grid
    keepsGradient = pass.keepsGradient
    tiles = grid.tiles(index)
    rows =
      grid.rows(tiles.lowerBound).lowerBound..<grid.rows(tiles.upperBound - 1).upperBound
    products = Products(grid)
    reciprocals = Buffer(rows.count, repeating: 1)
    factors = Buffer(rows.count, repeating: Float(settings.scale))
    // Where all scores are known to lie in −70...70, one offset does for all of them.
    let growth = settings.hardClasses?.largest ?? 1
    let bound = settings.bound.map { $0 * growth }
    isBounded = bound.map { $0 <= 70 } == true && batch.bias == nil
    let start = isBounded ? max(0, Float(bound!) - 60) : -Float.greatestFiniteMagnitude / 4
    offsets = Buffer(grid.paddedCount, repeating: start)
    thresholds = Buffer(grid.paddedCount, repeating: .infinity)
    self.targets = targets
    let rule = pass.settings.hardClasses
    let bounds = Buffer<Float>(rule == nil ? 0 : grid.paddedCount, repeating: .infinity)
    // Scores are cosines times the scale.
    let cosineScale = pass.settings.scale * pass.settings.cosineScale
    hardClasses = rule.map { rule in
      for (row, target) in targets!.enumerated() { bounds[row] = target }
      return ClassTile.HardClasses(
        square: Float(rule.square / cosineScale), slope: Float(rule.slope),
        offset: Float(rule.offset * cosineScale), bounds: bounds.start)
    }
    self.bounds = bounds
    let classCount = grid.rowCount / batch.proxiesPerClass
    tolerance = Float(settings.options.tolerance ?? 0x1p-24 / Double(classCount))
    sums = Buffer(grid.paddedCount, repeating: 0)
    corrections = Buffer(grid.paddedCount, repeating: 0)
    pull = Buffer(keepsGradient ? grid.paddedCount * grid.featureCount : 0, repeating: 0)
    if settings.needsTotal { weightedSum = [Double](repeating: 0, count: grid.featureCount) }
    epochs = [Int](repeating: 0, count: grid.chunks.count)
    let wanted = rows.count * grid.paddedCount * Products.keptSize
    storage = KeptMemory(capacity: keepsGradient ? min(keptBytes, wanted) : 0)
  }

  // MARK: Forward

  func forward(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>) throws {
    defer { products.end() }
    products.pack(x)
    for tile in tiles {
      let range = grid.rows(tile)
      let proxies = w + range.lowerBound * grid.featureCount
      prepare(range, proxies)
      products.take(proxies, classCount: range.count)
      for (index, chunk) in grid.chunks.enumerated() { try forward(range, index, chunk, proxies) }
    }
  }

  /// Sets what a class has to add to the samples' sums to matter: a share of what they are at least.
  private func setThresholds(_ chunk: Range<Int>) {
    for row in chunk.lowerBound..<min(chunk.upperBound, grid.sampleCount) {
      let target = targets.map { exp(min($0[row] - offsets[row], 80)) } ?? 0
      thresholds[row] = tolerance * (Float(sums[row]) + target)
    }
  }

  /// The lengths of a tile's proxies, and its part of Σ ω_j · ŵ_j.
  private func prepare(_ range: Range<Int>, _ proxies: UnsafePointer<Float>) {
    let first = range.lowerBound - rows.lowerBound
    if settings.normalizesWeights {
      Rows.reciprocalLengths(
        of: proxies, rowCount: range.count, width: grid.featureCount,
        into: reciprocals.start + first)
      let scale = Float(settings.scale)
      for j in first..<first + range.count { factors[j] = scale * reciprocals[j] }
    }
    guard settings.needsTotal else { return }
    var sum = [Float](repeating: 0, count: grid.featureCount)
    for (j, label) in range.enumerated() {
      let share = reciprocals[first + j] * (batch.classWeights?[label] ?? 1)
      Rows.add(proxies + j * grid.featureCount, times: share, to: &sum, sum.count)
    }
    for k in sum.indices { weightedSum[k] += Double(sum[k]) }
  }

  private func forward(
    _ range: Range<Int>, _ index: Int, _ chunk: Range<Int>, _ proxies: UnsafePointer<Float>
  ) throws {
    let bytes = range.count * chunk.count * Products.keptSize
    let place = keepsGradient ? storage.reserve(bytes) : nil
    let home =
      Products.keepsInPlace
      ? place.map { $0.assumingMemoryBound(to: Float.self) } ?? scratch.start : scratch.start
    let block = try scores(range, chunk, at: home)
    if !isBounded { raiseOffsets(block, range, index, chunk) }
    setThresholds(chunk)
    let present = exponentiate(block, range, chunk, addingTo: sums.start)
    guard keepsGradient else { return }
    if present * Self.sparseness < range.count * chunk.count {
      if place != nil { storage.giveBack(bytes) }
      let first = entries.count
      let isKept = (first + present) * MemoryLayout<Entry>.stride <= storage.remaining
      pullEntries(block, range, chunk, proxies, keeping: isKept)
      records.append((isKept ? .sparse(first..<entries.count) : .dropped, epochs[index]))
    } else {
      try products.pull(block, into: pull.start + chunk.lowerBound * grid.featureCount)
      if let place { products.keep(block, at: place) }
      records.append((place.map { .kept($0) } ?? .dropped, epochs[index]))
    }
  }

  /// Elements of a block for each that has to matter, for a dense product to win.
  private static var sparseness: Int { 16 }

  /// The products of a tile with a chunk, without those of samples with their own classes.
  func scores(
    _ range: Range<Int>, _ chunk: Range<Int>, at place: UnsafeMutablePointer<Float>
  ) throws -> ClassTile {
    try products.scores(chunk, into: place, stride: chunk.count)
    let block = ClassTile(
      place, classCount: range.count, sampleCount: chunk.count, stride: chunk.count)
    if batch.proxiesPerClass > 1 {
      withScores(range) { scores, _ in
        block.keepNearest(ofEach: batch.proxiesPerClass, scores: scores)
      }
    }
    for sample in batch.samples(of: range) where chunk.contains(sample) {
      for row in batch.ownRows(sample) {
        block.remove(class: row - range.lowerBound, sample: sample - chunk.lowerBound)
      }
    }
    return block
  }

  private func withScores<Result>(
    _ range: Range<Int>, _ body: (ClassTile.Scores, UnsafePointer<Float>) -> Result
  ) -> Result {
    let first = range.lowerBound - rows.lowerBound
    func call(_ biases: UnsafePointer<Float>?) -> Result {
      body(
        ClassTile.Scores(factors: factors.start + first, biases: biases),
        reciprocals.start + first)
    }
    guard let bias = batch.bias else { return call(nil) }
    return bias.withUnsafeBufferPointer { call($0.baseAddress! + range.lowerBound) }
  }

  /// Replaces scores by exp(z − m) / ‖w‖, and adds to the sums.
  func exponentiate(
    _ block: ClassTile, _ range: Range<Int>, _ chunk: Range<Int>,
    addingTo sums: UnsafeMutablePointer<Double>?
  ) -> Int {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk.count) { blockSums in
      blockSums.initialize(repeating: 0)
      let present = withScores(range) { scores, weights in
        let first = chunk.lowerBound
        guard let hardClasses else {
          return block.exponentiate(
            scores: scores, offsets: offsets.start + first, weights: weights,
            thresholds: thresholds.start + first, sums: blockSums.baseAddress!)
        }
        return block.exponentiate(
          scores: scores, hardClasses.from(first), offsets: offsets.start + first,
          weights: weights, thresholds: thresholds.start + first, sums: blockSums.baseAddress!)
      }
      if let sums { for (k, row) in chunk.enumerated() { sums[row] += Double(blockSums[k]) } }
      return present
    }
  }

  /// Raises the offsets of samples with scores far above them, and what was summed before with them.
  private func raiseOffsets(
    _ block: ClassTile, _ range: Range<Int>, _ index: Int, _ chunk: Range<Int>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk.count) { peaks in
      peaks.initialize(repeating: -.greatestFiniteMagnitude / 4)
      withScores(range) { scores, _ in
        if let hardClasses {
          block.raise(peaks.baseAddress!, scores: scores, hardClasses.from(chunk.lowerBound))
        } else {
          block.raise(peaks.baseAddress!, scores: scores)
        }
      }
      for (k, row) in chunk.enumerated() where peaks[k] > offsets[row] + 20 {
        let shrinking = exp(offsets[row] - peaks[k])
        offsets[row] = peaks[k]
        sums[row] *= Double(shrinking)
        epochs[index] += 1
        guard keepsGradient else { continue }
        let line = pull.start + row * grid.featureCount
        for k in 0..<grid.featureCount { line[k] *= shrinking }
      }
    }
  }

  /// Adds the few exponentials of a block that matter to the gradient by the features.
  private func pullEntries(
    _ block: ClassTile, _ range: Range<Int>, _ chunk: Range<Int>,
    _ proxies: UnsafePointer<Float>, keeping: Bool
  ) {
    let d = grid.featureCount
    withScores(range) { _, weights in
      block.forEachElement(
        weights: weights, thresholds: thresholds.start + chunk.lowerBound
      ) { row, column, value in
        let sample = chunk.lowerBound + column
        if keeping {
          entries.append(Entry(row: Int32(row), sample: Int32(sample), value: value))
        }
        Rows.add(proxies + row * d, times: value, to: pull.start + sample * d, d)
      }
    }
  }
}
