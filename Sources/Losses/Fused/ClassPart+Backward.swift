import LossKernels

extension ClassPart {
  /// The gradients by the proxies of this part's tiles, and by their biases.
  ///
  /// - Parameters:
  ///   - ownRows: The nearest proxy of each sample's own class.
  ///   - common: What every class gets, in proportion to ω_j/‖w_j‖, and its bias to ω_j.
  ///   - result: [C, D].
  ///   - bias: [C], 0 at first.
  func backward(
    _ upstream: ClassGradients, _ common: (features: [Float], bias: Float)?, _ ownRows: [Int],
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws {
    let shares = Buffer<Float>(grid.paddedCount, repeating: 0)
    let factors = Buffer<Float>(grid.paddedCount, repeating: 0)
    for row in 0..<grid.sampleCount {
      shares[row] = upstream.others[row] * corrections[row]
      factors[row] = shares[row] * Float(settings.scale)
    }
    defer { products.end() }
    products.pack(x, factors: factors.start)
    for (place, tile) in tiles.enumerated() {
      let range = grid.rows(tile)
      let first = range.lowerBound - rows.lowerBound
      var gradient = TileGradient(
        start: result + range.lowerBound * grid.featureCount,
        bias: bias.map { $0 + range.lowerBound }, reciprocals: reciprocals.start + first,
        classCount: range.count, width: grid.featureCount)
      let proxies = w + range.lowerBound * grid.featureCount
      products.take(proxies, classCount: range.count)
      for (index, chunk) in grid.chunks.enumerated() {
        let (record, epoch) = records[place * grid.chunks.count + index]
        switch record {
        case .sparse(let places) where epoch == epochs[index]:
          gradient.begin()
          for entry in entries[places] {
            let sample = Int(entry.sample)
            gradient.add(
              x + sample * grid.featureCount, times: entry.value * factors[sample],
              bias: entry.value * shares[sample], to: Int(entry.row))
          }
        case .kept(let kept) where epoch == epochs[index]:
          try push(kept, chunk, shares, into: &gradient)
        default:
          let block = try scores(range, chunk, at: scratch.start)
          _ = exponentiate(block, range, chunk, addingTo: nil)
          try push(products.kept(block), chunk, shares, into: &gradient)
        }
      }
      for sample in batch.samples(of: range) {
        let row = ownRows[sample] - range.lowerBound
        gradient.add(
          x + sample * grid.featureCount, times: upstream.own[sample] * reciprocals[first + row],
          bias: 0, to: row)
      }
      if let common {
        for (row, label) in range.enumerated() {
          let weight = batch.classWeights?[label] ?? 1
          common.features.withUnsafeBufferPointer {
            gradient.add(
              $0.baseAddress!, times: weight * reciprocals[first + row],
              bias: weight * common.bias * reciprocals[first + row], to: row)
          }
        }
      }
      if settings.normalizesWeights { gradient.project(proxies) }
    }
  }

  private func push(
    _ kept: UnsafeRawPointer, _ chunk: Range<Int>, _ shares: Buffer<Float>,
    into gradient: inout TileGradient
  ) throws {
    try products.push(kept, chunk: chunk, into: gradient.start, adding: gradient.hasBegun)
    gradient.hasBegun = true
    gradient.isDense = true
    guard let bias = gradient.bias else { return }
    for row in 0..<gradient.classCount {
      bias[row] +=
        products.sum(
          kept, row: row, count: chunk.count, factors: shares.start + chunk.lowerBound)
        / gradient.reciprocals[row]
    }
  }
}

/// The gradient by the proxies of a tile, while it is being made.
private struct TileGradient {
  /// [T, D], of nothing until it has begun.
  let start: UnsafeMutablePointer<Float>
  /// [T].
  let bias: UnsafeMutablePointer<Float>?
  let reciprocals: UnsafePointer<Float>
  let classCount, width: Int
  var hasBegun = false
  /// Whether every row may differ from 0, not only those in `touched`.
  var isDense = false
  private var touched: Set<Int> = []

  init(
    start: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    reciprocals: UnsafePointer<Float>, classCount: Int, width: Int
  ) {
    self.start = start
    self.bias = bias
    self.reciprocals = reciprocals
    self.classCount = classCount
    self.width = width
  }

  /// Starts with zeros.
  mutating func begin() {
    guard !hasBegun else { return }
    start.update(repeating: 0, count: classCount * width)
    hasBegun = true
  }

  /// Adds to the gradient by a class, and by its bias times 1/‖w‖.
  mutating func add(
    _ features: UnsafePointer<Float>, times factor: Float, bias share: Float, to row: Int
  ) {
    Rows.add(features, times: factor, to: start + row * width, width)
    bias?[row] += share / reciprocals[row]
    if !isDense { touched.insert(row) }
  }

  /// Goes back through the normalisation of the proxies.
  func project(_ proxies: UnsafePointer<Float>) {
    func project(_ row: Int, _ count: Int) {
      Rows.project(
        start + row * width, rows: proxies + row * width, reciprocals: reciprocals + row,
        rowCount: count, width: width)
    }
    guard !isDense else { return project(0, classCount) }
    for row in touched { project(row, 1) }
  }
}
