import Foundation
import LossKernels
import Torch

/// One forward and backward pass of `ClassLogSums` over a batch.
final class ClassPass {
  private let settings: ClassLogSums
  private let features, weights: Tensor
  private let bias, classWeights: Tensor?
  private let labels: [Int]
  private let keepsGradient: Bool
  private let sampleCount, classCount, featureCount: Int
  private let partCount = Runtime.threadCount
  /// Columns of a tile: as many as let its scores stay in the cache of a core.
  private let tileWidth: Int
  /// Whether the offset of a row is one number for all tiles, because no exponential can overflow.
  private let isBounded: Bool

  /// 1/‖w_j‖, or 1.
  private var reciprocals: [Float]
  /// s/‖w_j‖.
  private var factors: [Float]
  private var biases: [Float]?
  /// m_i and Σ_j exp(z_ij − m_i).
  private var offsets, sums: [Float]
  /// The offsets at which a tile's exponentials were taken, where they differ from tile to tile.
  private var tileOffsets: [[Float]] = []
  /// Σ_j exp(z_ij − m_i) · ŵ_j [N, D].
  private var pull: Tensor?
  /// Exponentials by tile, if they are kept.
  private var kept: [Tensor] = []
  /// Σ_j ω_j · ŵ_j [D].
  private var weightedSum: Tensor?

  init(
    _ settings: ClassLogSums, features: Tensor, weights: Tensor, bias: Tensor?,
    classWeights: Tensor?, labels: [Int], keepsGradient: Bool
  ) throws {
    guard features.rank == 2, weights.rank == 2, features.shape[1] == weights.shape[1],
      features.shape[0] == labels.count
    else {
      throw LossError(
        .data,
        "features \(features.shape), weights \(weights.shape) and \(labels.count) labels do not fit"
      )
    }
    sampleCount = features.shape[0]
    featureCount = features.shape[1]
    classCount = weights.shape[0]
    if let bad = labels.first(where: { !(0..<weights.shape[0]).contains($0) }) {
      throw LossError(.data, "the label \(bad) is not one of the \(weights.shape[0]) classes")
    }
    (self.settings, self.features, self.weights, self.bias) = (settings, features, weights, bias)
    (self.classWeights, self.labels, self.keepsGradient) = (classWeights, labels, keepsGradient)
    let fitting = (1 << 19) / max(sampleCount, 1)
    tileWidth = min(max(fitting / 16 * 16, 256), 4096)
    // exp(−2 · 40) is far above what float32 holds.
    isBounded = settings.bound.map { $0 <= 40 } == true && bias == nil
    reciprocals = [Float](repeating: 1, count: classCount)
    factors = [Float](repeating: Float(settings.scale), count: classCount)
    biases = try bias?.elements(Float.self)
    offsets = [Float](
      repeating: isBounded ? Float(settings.bound!) : -.greatestFiniteMagnitude / 4,
      count: sampleCount)
    sums = [Float](repeating: 0, count: sampleCount)
  }

  private var tiles: [Range<Int>] {
    stride(from: 0, to: classCount, by: tileWidth).map { $0..<min($0 + tileWidth, classCount) }
  }

  // MARK: Forward

  /// own, others and, where wanted, total: each [N].
  func forward() throws -> [Tensor] {
    let keepsTiles = keepsGradient && sampleCount * classCount * 4 <= settings.memoryBudget
    let scratch =
      keepsTiles
      ? nil : try Tensor.uninitialized([sampleCount * min(tileWidth, classCount)])
    pull = keepsGradient ? try Tensor.zeros([sampleCount, featureCount]) : nil
    if settings.needsTotal { weightedSum = try Tensor.zeros([1, featureCount]) }
    let own = try ownProducts()
    for tile in tiles {
      let rows = try weights.slice(tile)
      try prepare(tile, rows)
      let scores = try
        (scratch?.slice(0..<sampleCount * tile.count)
        ?? Tensor.uninitialized([sampleCount * tile.count]))
        .reshaped([sampleCount, tile.count])
      let present = try exponentials(of: tile, rows, into: scores, adjustingOffsets: !isBounded)
      if let pull, present > 0 { try pull.addProduct(scores, rows) }
      if keepsTiles { kept.append(scores) }
    }
    let others = zip(offsets, sums).map { $0 + log(max($1, .leastNormalMagnitude)) }
    var outputs = [try Tensor(own), try Tensor(others)]
    if let weightedSum { outputs.append(try total(weightedSum)) }
    return outputs
  }

  /// ⟨x_i, ŵ_{y_i}⟩.
  private func ownProducts() throws -> [Float] {
    try features.withUnsafeElements { (x: UnsafeBufferPointer<Float>) in
      try weights.withUnsafeElements { (w: UnsafeBufferPointer<Float>) in
        labels.enumerated().map { row, label in
          let x = x.baseAddress! + row * featureCount
          let w = w.baseAddress! + label * featureCount
          var product = 0.0
          var square = 0.0
          for k in 0..<featureCount {
            product += Double(x[k]) * Double(w[k])
            square += Double(w[k]) * Double(w[k])
          }
          return Float(
            settings.normalizesWeights ? product / (square + 1e-12).squareRoot() : product)
        }
      }
    }
  }

  /// The lengths of a tile's proxies, and its part of Σ ω_j · ŵ_j.
  private func prepare(_ tile: Range<Int>, _ rows: Tensor) throws {
    if settings.normalizesWeights {
      try rows.withUnsafeElements { (w: UnsafeBufferPointer<Float>) in
        reciprocals.withUnsafeMutableBufferPointer { reciprocals in
          UnitRows.reciprocalLengths(
            of: w.baseAddress!, rowCount: tile.count, width: featureCount, partCount: partCount,
            into: reciprocals.baseAddress! + tile.lowerBound)
        }
      }
      let scale = Float(settings.scale)
      for j in tile { factors[j] = scale * reciprocals[j] }
    }
    if let weightedSum {
      var shares = try Tensor(Array(reciprocals[tile]), shape: [1, tile.count])
      if let classWeights { shares = try shares * classWeights.slice(tile) }
      try weightedSum.addProduct(shares, rows)
    }
  }

  /// Fills `scores` with exp(z − m) / ‖w‖ of a tile, and adds to the sums of the rows.
  ///
  /// - Returns: How many exponentials are not 0.
  private func exponentials(
    of tile: Range<Int>, _ rows: Tensor, into scores: Tensor, adjustingOffsets: Bool,
    addingSums: Bool = true
  ) throws -> Int {
    try features.multiply(rows.transposed(), into: scores)
    let skipped = labels.map { $0 - tile.lowerBound }
    return try scores.withUnsafeMutableElements { (elements: UnsafeMutableBufferPointer<Float>) in
      let block = ClassTile(
        elements.baseAddress!, rowCount: sampleCount, columnCount: tile.count,
        partCount: partCount)
      return try factors.withUnsafeBufferPointer { factors in
        let factors = factors.baseAddress! + tile.lowerBound
        return try withOptional(biases) { biases in
          let biases = biases.map { $0 + tile.lowerBound }
          if adjustingOffsets { try raiseOffsets(block, factors, biases, skipped) }
          var summed = sums
          let present = reciprocals.withUnsafeBufferPointer { reciprocals in
            block.exponentiate(
              factors: factors, biases: biases, offsets: offsets,
              weights: reciprocals.baseAddress! + tile.lowerBound, skipped: skipped,
              threshold: .leastNormalMagnitude, sums: &summed)
          }
          if addingSums { sums = summed }
          return present
        }
      }
    }
  }

  /// Raises the offsets to what this tile needs, and what was summed before with them.
  private func raiseOffsets(
    _ block: ClassTile, _ factors: UnsafePointer<Float>, _ biases: UnsafePointer<Float>?,
    _ skipped: [Int]
  ) throws {
    let old = offsets
    block.raiseOffsets(&offsets, factors: factors, biases: biases, skipped: skipped)
    let shrinking = zip(old, offsets).map { exp($0 - $1) }
    for row in 0..<sampleCount { sums[row] *= shrinking[row] }
    if let pull, shrinking.contains(where: { $0 != 1 }) {
      try pull.multiply(by: Tensor(shrinking, shape: [sampleCount, 1]))
    }
    tileOffsets.append(offsets)
  }

  /// s · ⟨x_i, Σ ω_j ŵ_j⟩ + Σ ω_j b_j.
  private func total(_ weightedSum: Tensor) throws -> Tensor {
    let products = try features.matmul(weightedSum.transposed()).reshaped([-1]) * settings.scale
    guard let bias else { return products }
    return try products + (classWeights.map { try bias * $0 } ?? bias).sum()
  }

  // MARK: Backward

  /// The gradients by features, weights and bias.
  func backward(_ gradients: [Tensor?]) throws -> [Tensor?] {
    func numbers(_ index: Int) throws -> [Float] {
      guard gradients.count > index, let gradient = gradients[index] else {
        return [Float](repeating: 0, count: sampleCount)
      }
      return try gradient.elements(Float.self)
    }
    let (own, others, total) = try (numbers(0), numbers(1), numbers(2))
    // dL/dz_ij = others_i · exp(z_ij − m_i) / Σ_j exp(z_ij − m_i) for j ≠ y_i.
    let shares = zip(others, sums).map { $1 > 0 ? $0 / $1 : 0 }
    return [
      try featureGradient(own, shares, total),
      try weightGradient(own, shares, total),
      bias == nil ? nil : try biasGradient(shares, total),
    ].prefix(bias == nil ? 2 : 3).map { $0 }
  }

  private func column(_ values: [Float]) throws -> Tensor {
    try Tensor(values, shape: [values.count, 1])
  }

  private func featureGradient(
    _ own: [Float], _ shares: [Float], _ total: [Float]
  ) throws -> Tensor {
    let scale = Float(settings.scale)
    let result = try pull! * column(shares.map { $0 * scale })
    let labels = try Tensor(self.labels.map(Int64.init))
    let ownFactors = zip(own, self.labels).map { $0 * reciprocals[$1] }
    try result.add(weights.select(labels) * column(ownFactors))
    if let weightedSum { try result.addProduct(column(total.map { $0 * scale }), weightedSum) }
    return result
  }

  private func weightGradient(
    _ own: [Float], _ shares: [Float], _ total: [Float]
  ) throws -> Tensor {
    let result = try Tensor.uninitialized([classCount, featureCount])
    let scale = Float(settings.scale)
    // Σ_i total_i · s · x_i, which every class gets in proportion to ω_j/‖w_j‖.
    let common =
      settings.needsTotal
      ? try column(total.map { $0 * scale }).transposed().matmul(features) : nil
    let scratch =
      kept.isEmpty ? try Tensor.uninitialized([sampleCount * min(tileWidth, classCount)]) : nil
    let byLabel = labels.indices.sorted { labels[$0] < labels[$1] }
    var next = 0
    for (index, tile) in tiles.enumerated() {
      let rows = try weights.slice(tile)
      let target = try result.slice(tile)
      let (scores, corrections) = try exponentials(of: index, tile, rows, scratch)
      let scaled =
        try features * column(shares.indices.map { shares[$0] * scale * corrections($0) })
      try scores.transposed().multiply(scaled, into: target)
      if let common {
        var factors = try Tensor(Array(reciprocals[tile]), shape: [tile.count, 1])
        if let classWeights {
          factors = try factors * classWeights.slice(tile).reshaped([tile.count, 1])
        }
        try target.addProduct(factors, common)
      }
      let begin = next
      while next < byLabel.count, labels[byLabel[next]] < tile.upperBound { next += 1 }
      try finish(target, rows, tile, own, samples: byLabel[begin..<next])
    }
    return result
  }

  /// The exponentials of a tile, kept or computed again, and what each row's have to be multiplied by.
  private func exponentials(
    of index: Int, _ tile: Range<Int>, _ rows: Tensor, _ scratch: Tensor?
  ) throws -> (Tensor, (Int) -> Float) {
    guard let scratch else {
      guard !isBounded else { return (kept[index], { _ in 1 }) }
      let then = tileOffsets[index]
      return (kept[index], { [offsets] in exp(then[$0] - offsets[$0]) })
    }
    let scores = try scratch.slice(0..<sampleCount * tile.count)
      .reshaped([sampleCount, tile.count])
    _ = try exponentials(
      of: tile, rows, into: scores, adjustingOffsets: false, addingSums: false)
    return (scores, { _ in 1 })
  }

  /// Adds the part of the samples' own classes, and goes back through the normalisation.
  private func finish(
    _ target: Tensor, _ rows: Tensor, _ tile: Range<Int>, _ own: [Float],
    samples: ArraySlice<Int>
  ) throws {
    try target.withUnsafeMutableElements { (gradient: UnsafeMutableBufferPointer<Float>) in
      try features.withUnsafeElements { (x: UnsafeBufferPointer<Float>) in
        for sample in samples {
          let label = labels[sample]
          let line = gradient.baseAddress! + (label - tile.lowerBound) * featureCount
          let factor = own[sample] * reciprocals[label]
          let x = x.baseAddress! + sample * featureCount
          for k in 0..<featureCount { line[k] += factor * x[k] }
        }
      }
      guard settings.normalizesWeights else { return }
      try rows.withUnsafeElements { (w: UnsafeBufferPointer<Float>) in
        reciprocals.withUnsafeBufferPointer { reciprocals in
          UnitRows.project(
            gradient.baseAddress!, rows: w.baseAddress!,
            reciprocals: reciprocals.baseAddress! + tile.lowerBound, rowCount: tile.count,
            width: featureCount, partCount: partCount)
        }
      }
    }
  }

  private func biasGradient(_ shares: [Float], _ total: [Float]) throws -> Tensor {
    var result = [Float](repeating: total.reduce(0, +), count: classCount)
    if let classWeights {
      for (j, weight) in try classWeights.elements(Float.self).enumerated() { result[j] *= weight }
    }
    let scratch =
      kept.isEmpty ? try Tensor.uninitialized([sampleCount * min(tileWidth, classCount)]) : nil
    for (index, tile) in tiles.enumerated() {
      let (scores, corrections) = try exponentials(of: index, tile, weights.slice(tile), scratch)
      let row = try Tensor(
        shares.indices.map { shares[$0] * corrections($0) }, shape: [1, sampleCount])
      let sums = try row.matmul(scores).elements(Float.self)
      for (j, sum) in zip(tile, sums) { result[j] += sum / reciprocals[j] }
    }
    return try Tensor(result)
  }
}

private func withOptional<Result>(
  _ values: [Float]?, _ body: (UnsafePointer<Float>?) throws -> Result
) rethrows -> Result {
  guard let values else { return try body(nil) }
  return try values.withUnsafeBufferPointer { try body($0.baseAddress) }
}
