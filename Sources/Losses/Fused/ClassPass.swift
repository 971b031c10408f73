import Foundation
import LossKernels
import Torch

/// One forward and backward pass of `ClassLogSums` over a batch.
///
/// The classes are worked on in tiles, by as many threads as libtorch has, each with tiles and sums of
/// its own. Forward, a block of scores is computed, replaced by its exponentials e, and multiplied with
/// the proxies: Σ_j e_ij · ŵ_j, divided by Σ_j e_ij at the end, is the gradient by the features.
/// Backward, what is left is a product with the features: Σ_i e_ij · x_i.
final class ClassPass<Products: TileProducts>: ClassPassing {
  let settings: ClassLogSums
  let batch: ClassBatch
  let keepsGradient: Bool
  let grid: TileGrid
  private var parts: [ClassPart<Products>] = []
  /// ⟨x_i, ŵ_{y_i}⟩ and s.
  private var own: [Float] = []
  /// The nearest proxy of each sample's own class.
  private(set) var ownRows: [Int] = []
  private let scale: Float

  init(_ settings: ClassLogSums, _ batch: ClassBatch, keepsGradient: Bool) {
    self.settings = settings
    self.batch = batch
    self.keepsGradient = keepsGradient
    grid = TileGrid(
      sampleCount: batch.features.shape[0], rowCount: batch.weights.shape[0],
      featureCount: batch.features.shape[1], threadCount: Runtime.threadCount,
      rowsPerClass: settings.proxiesPerClass)
    scale = Float(settings.scale)
  }

  // MARK: Forward

  func forward() throws -> [Tensor] {
    try batch.features.withUnsafeElements(of: Float.self) { x in
      try batch.weights.withUnsafeElements(of: Float.self) { w in
        (own, ownRows) = ownProducts(x.baseAddress!, w.baseAddress!)
        let targets = try targetScores()
        parts = (0..<grid.partCount).map {
          ClassPart(self, $0, targets: targets, keptBytes: keptBytes)
        }
        try Runtime.concurrently(grid.partCount) {
          try parts[$0].forward(x.baseAddress!, w.baseAddress!)
        }
      }
    }
    var outputs = [try Tensor(own), try Tensor(mergedLogSums())]
    if settings.needsTotal { outputs.append(try totals()) }
    return outputs
  }

  /// Bytes of exponentials that each part may keep.
  private var keptBytes: Int {
    let (n, d, c) = (grid.paddedCount, grid.featureCount, grid.rowCount)
    // Packed batches and the gradient by the features, of each part; lengths and factors of classes.
    let used = grid.partCount * 4 * n * d * 4 + 8 * c
    return max(0, settings.options.memoryBudget - used) / grid.partCount
  }

  /// ⟨x_i, ŵ_{y_i}⟩, and the row of w_{y_i}.
  private func ownProducts(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>
  ) -> (products: [Float], rows: [Int]) {
    let d = grid.featureCount
    func product(_ sample: Int, _ row: Int) -> Double {
      let (x, w) = (x + sample * d, w + row * d)
      var product = 0.0
      var square = 0.0
      for k in 0..<d {
        product += Double(x[k]) * Double(w[k])
        square += Double(w[k]) * Double(w[k])
      }
      return settings.normalizesWeights ? product / (square + 1e-12).squareRoot() : product
    }
    let nearest = batch.labels.indices.map { sample in
      batch.ownRows(sample).map { (product: product(sample, $0), row: $0) }
        .max { $0.product < $1.product }!
    }
    return (nearest.map { Float($0.product) }, nearest.map(\.row))
  }

  /// The targets' scores, where other classes are compared with them.
  private func targetScores() throws -> [Float]? {
    guard settings.options.tolerance != nil || settings.hardClasses != nil else { return nil }
    return try settings.targetScores(Tensor(own)).elements(Float.self)
  }

  /// log Σ_j exp(z_ij) over all parts; brings all parts to the same offsets.
  private func mergedLogSums() -> [Float] {
    (0..<grid.sampleCount).map { row in
      let offset = parts.map { $0.offsets[row] }.max()!
      let sum = parts.reduce(0.0) { sum, part in
        part.corrections[row] = exp(part.offsets[row] - offset)
        return sum + part.sums[row] * Double(part.corrections[row])
      }
      // Without another class there is nothing to share.
      for part in parts { part.corrections[row] *= sum == 0 ? 0 : Float(1 / sum) }
      return Float(Double(offset) + log(max(sum, .leastNormalMagnitude)))
    }
  }

  /// s · ⟨x_i, Σ ω_j ŵ_j⟩ + Σ ω_j b_j.
  private func totals() throws -> Tensor {
    let sum = parts.dropFirst().reduce(parts[0].weightedSum) {
      zip($0, $1.weightedSum).map { $0 + $1 }
    }
    weightedSum = sum.map(Float.init)
    let products =
      try batch.features.matmul(Tensor(weightedSum, shape: [grid.featureCount, 1])).reshaped([-1])
      * settings.scale
    guard let bias = batch.bias else { return products }
    let offset = bias.indices.reduce(0.0) {
      $0 + Double(bias[$1]) * Double(batch.classWeights?[$1] ?? 1)
    }
    return try products + offset
  }

  /// Σ_j ω_j · ŵ_j [D].
  private var weightedSum: [Float] = []

  // MARK: Backward

  func backward(_ gradients: [Tensor?]) throws -> [Tensor?] {
    func numbers(_ index: Int) throws -> [Float] {
      guard gradients.count > index, let gradient = gradients[index] else {
        return [Float](repeating: 0, count: grid.sampleCount)
      }
      return try gradient.elements(Float.self)
    }
    let upstream = ClassGradients(
      own: try numbers(0), others: try numbers(1), total: settings.needsTotal ? try numbers(2) : nil
    )
    let byWeights = try SpareMemory.tensor([grid.rowCount, grid.featureCount])
    let byFeatures = try Tensor.zeros([grid.sampleCount, grid.featureCount])
    let byBias = batch.bias.map { _ in Buffer<Float>(grid.rowCount, repeating: 0) }
    try batch.features.withUnsafeElements(of: Float.self) { x in
      try batch.weights.withUnsafeElements(of: Float.self) { w in
        try byFeatures.withUnsafeMutableElements(of: Float.self) {
          featureGradient(upstream, w.baseAddress!, into: $0.baseAddress!)
        }
        let common = commonGradient(upstream, x.baseAddress!)
        try byWeights.withUnsafeMutableElements(of: Float.self) { target in
          try Runtime.concurrently(grid.partCount) {
            try parts[$0].backward(
              upstream, common, ownRows, x.baseAddress!, w.baseAddress!, into: target.baseAddress!,
              bias: byBias?.start)
          }
        }
      }
    }
    return try [byFeatures, byWeights]
      + (byBias.map { [try Tensor(Array(UnsafeBufferPointer(start: $0.start, count: $0.count)))] }
        ?? [])
  }

  private func featureGradient(
    _ upstream: ClassGradients, _ w: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>
  ) {
    let d = grid.featureCount
    for row in 0..<grid.sampleCount {
      let target = result + row * d
      for part in parts {
        // dL/dz_ij = others_i · exp(z_ij − m_i) / Σ_j exp(z_ij − m_i) for j ≠ y_i.
        let share = upstream.others[row] * part.corrections[row]
        if share != 0 { Rows.add(part.pull.start + row * d, times: scale * share, to: target, d) }
      }
      let own = ownRows[row]
      Rows.add(w + own * d, times: upstream.own[row] * reciprocal(of: own), to: target, d)
      if let total = upstream.total {
        weightedSum.withUnsafeBufferPointer {
          Rows.add($0.baseAddress!, times: total[row] * scale, to: target, d)
        }
      }
    }
  }

  /// Σ_i total_i · s · x_i, which every class gets in proportion to ω_j/‖w_j‖, and Σ_i total_i.
  private func commonGradient(
    _ upstream: ClassGradients, _ x: UnsafePointer<Float>
  ) -> (features: [Float], bias: Float)? {
    guard let total = upstream.total else { return nil }
    var sum = [Float](repeating: 0, count: grid.featureCount)
    for row in 0..<grid.sampleCount {
      Rows.add(x + row * grid.featureCount, times: total[row] * scale, to: &sum, sum.count)
    }
    return (sum, total.reduce(0, +))
  }

  /// 1/‖w_j‖, or 1.
  private func reciprocal(of row: Int) -> Float {
    let tile = grid.tile(of: row)
    let part = parts.first { $0.tiles.contains(tile) }!
    return part.reciprocals[row - part.rows.lowerBound]
  }
}

/// What comes back from the losses [N].
struct ClassGradients {
  let own, others: [Float]
  let total: [Float]?
}
