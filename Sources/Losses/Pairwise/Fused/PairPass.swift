import LossKernels
import Torch

/// One forward and backward pass of a loss of pairs, in blocks of anchors.
///
/// A block's products with all candidates are one matrix product; a kernel turns each row into the
/// anchor's loss, and leaves the slopes of that in the row. The gradients are matrix products of the
/// slopes with the features. Slopes are kept for them if they fit the memory budget, else computed
/// again, block by block.
final class PairPass {
  private let set: PairSet
  private let kernel: any PairKernel
  private let reduction: Reduction
  private let partCount = Runtime.threadCount
  /// All slopes [N, W], if they are kept.
  private var kept: Tensor?
  private let keepsSlopes: Bool
  /// What the losses of pairs (of one class, and of two, where a kernel separates them) are divided by.
  private var divisors = SIMD2<Double>(1, 1)

  /// Bytes for slopes: a batch of 8,192.
  static let memoryBudget = 256 << 20

  /// - Parameters:
  ///   - keepsSlopes: Whether there will be a backward pass.
  ///   - memoryBudget: Bytes for slopes.
  init(
    _ set: PairSet, kernel: any PairKernel, reduction: Reduction, keepsSlopes: Bool,
    memoryBudget: Int = PairPass.memoryBudget
  ) {
    self.set = set
    self.kernel = kernel
    self.reduction = reduction
    self.keepsSlopes = keepsSlopes && set.anchorCount * set.width * 4 <= memoryBudget
  }

  /// Anchors whose products stay in the cache.
  private var blocks: [Range<Int>] {
    let rows = kept == nil ? max(64, (4 << 20) / (set.width * 4)) : set.anchorCount
    return stride(from: 0, to: set.anchorCount, by: rows).map {
      $0..<min($0 + rows, set.anchorCount)
    }
  }

  // MARK: Forward

  /// One number, or one for each anchor [N].
  func forward() throws -> Tensor {
    if keepsSlopes { kept = try SpareMemory.tensor([set.anchorCount, set.width]) }
    let scratch = try scratch()
    var sums = [PairSums](repeating: .zero, count: set.anchorCount)
    for block in blocks { try slopes(of: block, scratch, sums: &sums, areWanted: kept != nil) }
    if reduction == .none {
      var losses = [Float](repeating: 0, count: set.anchorCount)
      for (place, index) in set.anchorOrder.enumerated() {
        losses[index] = Float(sums[place].losses.sum())
      }
      return try Tensor(losses)
    }
    let total = sums.reduce(into: PairSums.zero) { $0 += $1 }
    if reduction != .sum { divisors = total.counts.replacing(with: 1, where: total.counts .== 0) }
    return try Tensor([Float((total.losses / divisors).sum())], shape: [])
  }

  private func scratch() throws -> Tensor? {
    try kept == nil ? .uninitialized([blocks[0].count, set.width]) : nil
  }

  /// The sums of a block, and its slopes [count, W], if they are wanted: a part of those that are kept,
  /// or in `scratch`.
  @discardableResult
  private func slopes(
    of block: Range<Int>, _ scratch: Tensor?, sums: inout [PairSums], areWanted: Bool = true
  ) throws -> Tensor {
    let tile = try scratch?.slice(0..<block.count) ?? kept!.slice(block)
    let anchors = try set.anchors.slice(block)
    try anchors.multiply(set.candidates.transposed(), into: tile)
    try withBlock(tile, block) { elements, anchors, candidates in
      set.anchorSquares.withUnsafeBufferPointer { anchorSquares in
        set.candidateSquares.withUnsafeBufferPointer { candidateSquares in
          set.places.withUnsafeBufferPointer { places in
            sums.withUnsafeMutableBufferPointer { sums in
              PairTile(
                elements, rowCount: block.count, candidateCount: set.candidateCount,
                width: set.width,
                anchors: .init(anchors, squares: anchorSquares.baseAddress! + block.lowerBound),
                candidates: .init(candidates, squares: candidateSquares.baseAddress!),
                featureCount: set.featureCount, places: places.baseAddress! + block.lowerBound,
                partCount: partCount
              ).evaluate(
                kernel, sums: sums.baseAddress! + block.lowerBound, keepsSlopes: areWanted)
            }
          }
        }
      }
    }
    return tile
  }

  private func withBlock<Result>(
    _ tile: Tensor, _ block: Range<Int>,
    _ body: (
      UnsafeMutablePointer<Float>, _ anchors: UnsafePointer<Float>,
      _ candidates: UnsafePointer<Float>
    ) throws -> Result
  ) throws -> Result {
    try tile.withUnsafeMutableElements { (elements: UnsafeMutableBufferPointer<Float>) in
      try set.anchors.slice(block).withUnsafeElements { (anchors: UnsafeBufferPointer<Float>) in
        try set.candidates.withUnsafeElements { (candidates: UnsafeBufferPointer<Float>) in
          try body(elements.baseAddress!, anchors.baseAddress!, candidates.baseAddress!)
        }
      }
    }
  }

  // MARK: Backward

  /// The gradients by the anchors, and by the candidates where those are others.
  func backward(_ gradient: Tensor) throws -> [Tensor] {
    var rowWeights: [Float]?
    var factor = 1 / divisors[1]
    if reduction == .none {
      let weights = try gradient.elements(Float.self)
      rowWeights = set.anchorOrder.map { weights[$0] }
    } else {
      if !kernel.separatesClasses { factor = 1 / divisors[0] }
      factor *= try gradient.item()
    }
    let ratio = Float(kernel.separatesClasses ? divisors[1] / divisors[0] : 1)
    if let kept, set.isSquare {
      // Both ends of a pair have the same features: one product does for both.
      self.kept = nil
      try weigh(kept, 0..<set.anchorCount, rowWeights, ratio)
      return [try symmetricGradient(kept, factor).select(set.anchorPlaces)]
    }
    var parts: [Tensor] = []
    let byCandidates = try Tensor.zeros([set.width, set.featureCount])
    let scratch = try scratch()
    var sums = [PairSums](repeating: .zero, count: set.anchorCount)
    for block in blocks {
      let tile = try kept?.slice(block) ?? slopes(of: block, scratch, sums: &sums)
      try weigh(tile, block, rowWeights, ratio)
      parts.append(try blockGradient(tile, block, byCandidates, factor))
    }
    kept = nil
    let byAnchors = try Tensor.concatenate(parts)
    if set.isSquare {
      try byAnchors.add(byCandidates.slice(0..<set.anchorCount))
      return [try byAnchors.select(set.anchorPlaces)]
    }
    return [
      try byAnchors.select(set.anchorPlaces), try byCandidates.select(set.candidatePlaces),
    ]
  }

  private func weigh(
    _ tile: Tensor, _ block: Range<Int>, _ rowWeights: [Float]?, _ ratio: Float
  ) throws {
    guard rowWeights != nil || ratio != 1 else { return }
    let weights = rowWeights.map { Array($0[block]) }
    try withSlopes(tile) { slopes in
      set.places.withUnsafeBufferPointer { places in
        let places = places.baseAddress! + block.lowerBound
        if let weights {
          weights.withUnsafeBufferPointer {
            slopes.weigh($0.baseAddress!, sameClass: ratio, places: places)
          }
        } else {
          slopes.weigh(nil, sameClass: ratio, places: places)
        }
      }
    }
  }

  private func withSlopes(_ tile: Tensor, _ body: (PairSlopes) throws -> Void) throws {
    try tile.withUnsafeMutableElements { (elements: UnsafeMutableBufferPointer<Float>) in
      try body(
        PairSlopes(
          elements.baseAddress!, rowCount: tile.shape[0], width: set.width,
          featureCount: set.featureCount, partCount: partCount))
    }
  }

  /// [N, D] from the slopes of all pairs.
  private func symmetricGradient(_ slopes: Tensor, _ factor: Double) throws -> Tensor {
    try withSlopes(slopes) { $0.symmetrize() }
    guard kernel.measure.isOfDifferences else {
      return try slopes.matmul(set.candidates) * factor
    }
    let (rowSums, near) = try gatherRows(slopes, 0..<set.anchorCount, removing: true)
    try near.add(set.anchors * rowSums)
    try near.add(slopes.matmul(set.candidates), scale: -1)
    try near.multiply(by: 2 * factor)
    return near
  }

  /// The gradient by a block of anchors [count, D]; that by the candidates is added to `byCandidates`.
  private func blockGradient(
    _ slopes: Tensor, _ block: Range<Int>, _ byCandidates: Tensor, _ factor: Double
  ) throws -> Tensor {
    let anchors = try set.anchors.slice(block)
    guard kernel.measure.isOfDifferences else {
      try byCandidates.addProduct(slopes.transposed(), anchors * factor)
      return try slopes.matmul(set.candidates) * factor
    }
    let (rowSums, near) = try gatherRows(slopes, block, removing: false)
    let (columnSums, nearColumns) = try gatherColumns(slopes, block)
    try near.add(anchors * rowSums)
    try near.add(slopes.matmul(set.candidates), scale: -1)
    try near.multiply(by: 2 * factor)
    try nearColumns.add(set.candidates * columnSums)
    try nearColumns.add(slopes.transposed().matmul(anchors), scale: -1)
    try byCandidates.add(nearColumns, scale: 2 * factor)
    return near
  }

  /// The sums of the slopes of each row [count, 1], and the gradients of near pairs [count, D].
  private func gatherRows(
    _ tile: Tensor, _ block: Range<Int>, removing: Bool
  ) throws -> (sums: Tensor, near: Tensor) {
    let sums = try Tensor.zeros([block.count, 1])
    let near = try Tensor.zeros([block.count, set.featureCount])
    try withGathering(tile, block, sums, near) { slopes, anchors, candidates, sums, near in
      slopes.gatherRows(
        anchors: anchors, candidates: candidates, sums: sums, gradients: near, removing: removing)
    }
    return (sums, near)
  }

  /// The sums of the slopes of each column [W, 1], and the gradients of near pairs [W, D].
  private func gatherColumns(
    _ tile: Tensor, _ block: Range<Int>
  ) throws -> (sums: Tensor, near: Tensor) {
    let sums = try Tensor.zeros([set.width, 1])
    let near = try Tensor.zeros([set.width, set.featureCount])
    try withGathering(tile, block, sums, near) { slopes, anchors, candidates, sums, near in
      slopes.gatherColumns(
        anchors: anchors, candidates: candidates, sums: sums, gradients: near)
    }
    return (sums, near)
  }

  private func withGathering(
    _ tile: Tensor, _ block: Range<Int>, _ sums: Tensor, _ near: Tensor,
    _ body: (
      PairSlopes, _ anchors: UnsafePointer<Float>, _ candidates: UnsafePointer<Float>,
      _ sums: UnsafeMutablePointer<Float>, _ near: UnsafeMutablePointer<Float>
    ) -> Void
  ) throws {
    try withBlock(tile, block) { elements, anchors, candidates in
      try sums.withUnsafeMutableElements { (sums: UnsafeMutableBufferPointer<Float>) in
        try near.withUnsafeMutableElements { (near: UnsafeMutableBufferPointer<Float>) in
          body(
            PairSlopes(
              elements, rowCount: block.count, width: set.width, featureCount: set.featureCount,
              partCount: partCount),
            anchors, candidates, sums.baseAddress!, near.baseAddress!)
        }
      }
    }
  }
}
