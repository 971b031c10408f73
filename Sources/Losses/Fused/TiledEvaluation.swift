import Torch

extension ProxyLoss {
  /// One loss for each sample, and the state, by libtorch's operations on a tile of classes at a time.
  func tiledLosses(
    _ features: Tensor, _ parameters: Parameters, _ target: Target
  ) throws -> (losses: Tensor, state: Tensor?) {
    guard let criterion = criterion as? any TiledCriterion else {
      preconditionFailure("fusedRefusal was asked before")
    }
    let (batch, state) = try nextBatch(
      features, parameters,
      classCount: parameters.weights.shape[0] / similarity.pooling.proxiesPerClass,
      tiledCosines(features, parameters.weights, target))
    let scores = try TiledScores(self, features, parameters, target, state: batch.state)
    let losses = try criterion.losses(scores, target)
    return (try withPenalty(losses, target, batch), state)
  }

  private func tiledCosines(
    _ features: Tensor, _ weights: Tensor, _ target: Target
  ) throws -> BatchCosines {
    return BatchCosines(
      ofTargets: {
        try targetCosines(
          features, weights, target.labels("the margin follows the angles to the targets"))
      },
      logSums: {
        let loss = try ProxyLoss(.cosine(scale: $0.item(), pooling: similarity.pooling))
        let scores = try TiledScores(
          loss, features, Parameters(weights: weights), target, state: [])
        return try scores.gather {
          [try $0.replacingOwn($0.scores, with: -1e30).logSumExp(axis: 1)]
        }[0].logSumExp(axis: 0)
      })
  }

  /// cos θ_y [N].
  func targetCosines(_ features: Tensor, _ weights: Tensor, _ labels: Tensor) throws -> Tensor {
    let cosine = Similarity.cosine(scale: 1, pooling: similarity.pooling)
    let proxies = try weights.select(similarity.pooling.rows(of: labels))
    return try ProxyScores(cosine, features: features, targets: proxies).products.reshaped([-1])
  }
}

/// The scores of a head, computed tile by tile whenever they are asked for, and again for the gradient.
///
/// The proxies' gradient, which is as large as they are, exists once: every backward pass adds to it,
/// and the one of the targets' own products, which all depend on and which therefore comes last, hands
/// it over.
final class TiledScores: ClassScores {
  let classCount: Int
  private let loss: ProxyLoss
  private let parameters: ProxyLoss.Parameters
  private let target: Target
  private let features: Tensor
  private let state: [Double]
  private let weights: Tensor
  private let gradient: SharedGradient
  /// ψ(cos θ_y) [N, 1], and the products that it makes if they differ; zeros for distributions.
  private let targets: [Tensor]
  private let tiles: [Range<Int>]

  init(
    _ loss: ProxyLoss, _ features: Tensor, _ parameters: ProxyLoss.Parameters, _ target: Target,
    state: [Double]
  ) throws {
    let count = loss.similarity.pooling.proxiesPerClass
    classCount = parameters.weights.shape[0] / count
    (self.loss, self.features, self.parameters) = (loss, features, parameters)
    (self.target, self.state) = (target, state)
    let weights = try parameters.weights.detached()
    let gradient = SharedGradient(of: weights)
    (self.weights, self.gradient) = (weights, gradient)
    tiles = Self.tiles(
      classCount: classCount, proxiesPerClass: count,
      rowSize: features.shape[0] * (features.dtype ?? .float32).byteCount,
      budget: loss.fused.memoryBudget)
    let rows: Tensor? =
      switch target.kind {
      case .labels(let labels): try loss.similarity.pooling.rows(of: labels)
      case .probabilities: nil
      }
    targets = try customFunction([features, parameters.weights]) { inputs in
      let features = inputs[0]
      guard let rows else {
        let zeros = try Tensor.zeros(
          [features.shape[0], 1], dtype: features.dtype ?? .float32, device: features.device)
        return CustomFunctionResult(outputs: [zeros]) { _ in [nil, gradient.take()] }
      }
      func targets(_ leaves: [Tensor]) throws -> [Tensor] {
        let scores = try ProxyScores(loss.similarity, features: leaves[0], targets: leaves[1])
        let batch = MarginBatch(features: leaves[0], state: state)
        guard let margin = loss.margin else { return [scores.products] }
        let psi = try margin.target(scores.cosines(), batch)
        return try [psi] + (scores.lengths.map { [try psi * $0] } ?? [])
      }
      let proxies = try weights.select(rows)
      return CustomFunctionResult(outputs: try targets([features, proxies])) { seeds in
        let found = try pullBack(seeds, to: [features, proxies], through: targets)
        if let byProxies = found[1] { try gradient.add(byProxies, at: rows) }
        return [found[0], gradient.take()]
      }
    }
  }

  /// Tiles of whole classes, so large that what an evaluation makes of their scores, about ten
  /// matrices of the same size, stays within the budget.
  private static func tiles(
    classCount: Int, proxiesPerClass: Int, rowSize: Int, budget: Int
  ) -> [Range<Int>] {
    let proxies = min(max(budget / (10 * rowSize), 128), 2048)
    let width = max(1, proxies / proxiesPerClass)
    return stride(from: 0, to: classCount, by: width).map { $0..<min($0 + width, classCount) }
  }

  func own() throws -> Tensor {
    let labels = try target.labels("each sample has one class")
    var parameters = parameters
    if loss.similarity.bias == .perClass {
      parameters.bias = try parameters.bias?.select(labels).reshaped([-1, 1])
    }
    let batch = MarginBatch(features: features, state: state)
    return try loss.scaled(targets.last!, parameters, by: loss.margin?.scale(batch)).reshaped([-1])
  }

  func gather(
    _ given: [Tensor], _ ask: @escaping (ScoreTile) throws -> [Tensor]
  ) throws -> [Tensor] {
    // A bias for each class is cut into tiles as the proxies are.
    let cutBias = loss.similarity.bias == .perClass ? parameters.bias : nil
    let whole = [features] + targets + given
    let others = [loss.similarity.bias == .shared ? parameters.bias : nil, parameters.scale]
    let inputs = whole + others.compactMap { $0 } + (cutBias.map { [$0] } ?? [])

    /// The results for a tile, of the inputs with bias and proxies of the tile behind them.
    func results(_ range: Range<Int>, _ inputs: [Tensor]) throws -> [Tensor] {
      var rest = inputs[whole.count...]
      var parameters = ProxyLoss.Parameters(weights: inputs.last!)
      if others[0] != nil { parameters.bias = rest.removeFirst() }
      if others[1] != nil { parameters.scale = rest.removeFirst() }
      if cutBias != nil { parameters.bias = rest.removeFirst() }
      return try ask(
        tile(
          range, features: inputs[0], targets: Array(inputs[1...targets.count]),
          given: Array(inputs[(1 + targets.count)..<whole.count]), parameters))
    }
    func cut(_ range: Range<Int>, _ inputs: [Tensor]) throws -> [Tensor] {
      let count = loss.similarity.pooling.proxiesPerClass
      let proxies = try weights.slice(range.lowerBound * count..<range.upperBound * count)
      guard cutBias != nil else { return inputs + [proxies] }
      return try inputs.dropLast() + [inputs.last!.slice(range), proxies]
    }
    return try customFunction(inputs) { inputs in
      let parts = try tiles.map { try results($0, cut($0, inputs)) }
      let outputs = try parts[0].indices.map { index in
        try Tensor.concatenate(parts.map { try $0[index].reshaped([1, -1]) })
      }
      return CustomFunctionResult(outputs: outputs) { seeds in
        var sums = [Tensor?](repeating: nil, count: inputs.count)
        var byBias: [Tensor] = []
        for (index, range) in self.tiles.enumerated() {
          let seeds = try seeds.map { try $0?.slice(index..<index + 1) }
          var found = try pullBack(seeds, to: cut(range, inputs)) { try results(range, $0) }
          if let byProxies = found.removeLast() {
            let first = range.lowerBound * byProxies.shape[0] / range.count
            try self.gradient.add(byProxies, from: first)
          }
          if let cutBias {
            byBias.append(
              try found.removeLast() ?? cutBias.detached().slice(range).zerosLike())
          }
          for (place, part) in found.enumerated() {
            guard let part else { continue }
            if let sum = sums[place] { try sum.add(part) } else { sums[place] = try part.copy() }
          }
        }
        if cutBias != nil { sums[sums.count - 1] = try .concatenate(byBias) }
        // A node whose results nothing depends on is left out of a backward pass, and with it the
        // proxies' gradient.
        for place in 1...self.targets.count where sums[place] == nil {
          sums[place] = try inputs[place].zerosLike()
        }
        return sums
      }
    }
  }

  private func tile(
    _ range: Range<Int>, features: Tensor, targets: [Tensor], given: [Tensor],
    _ parameters: ProxyLoss.Parameters
  ) throws -> ScoreTile {
    let batch = MarginBatch(features: features, state: state)
    let scores = try ProxyScores(loss.similarity, features: features, weights: parameters.weights)
    let (isOwn, slice) = try ScoreTile.target(target, range, like: scores.products)
    let products =
      if let isOwn {
        try loss.others(scores, target: targets[0], batch)
          .replacing(with: targets.last!, where: isOwn)
      } else {
        try loss.withMargin(scores, slice().probabilities(like: scores.products), batch)
      }
    return ScoreTile(
      scores: try loss.scaled(products, parameters, by: loss.margin?.scale(batch)), isOwn: isOwn,
      target: slice, given: given)
  }
}

/// The gradients of Σ seed · result by the inputs, nil where nothing depends on one.
private func pullBack(
  _ seeds: [Tensor?], to inputs: [Tensor], through body: ([Tensor]) throws -> [Tensor]
) throws -> [Tensor?] {
  try withGradients {
    let leaves = try inputs.map { try $0.detached().requireGradient() }
    let terms = try zip(body(leaves), seeds).compactMap { result, seed in
      try seed.map { try (result.reshaped([-1]) * $0.reshaped([-1])).sum() }
    }
    guard let first = terms.first else { return inputs.map { _ in nil } }
    let sum = try terms.dropFirst().reduce(first) { try $0 + $1 }
    guard sum.requiresGradient else { return inputs.map { _ in nil } }
    return try gradients(of: sum, for: leaves)
  }
}

/// A gradient that several backward passes add to.
private final class SharedGradient {
  private let shape: Tensor
  private var sum: Tensor?

  init(of tensor: Tensor) { shape = tensor }

  func add(_ part: Tensor, from row: Int) throws {
    try begun().slice(row..<row + part.shape[0]).add(part)
  }

  func add(_ rows: Tensor, at indices: Tensor) throws { try begun().addRows(rows, at: indices) }

  private func begun() throws -> Tensor {
    if let sum { return sum }
    let zeros = try shape.zerosLike()
    sum = zeros
    return zeros
  }

  /// What was added; the next begins anew.
  func take() -> Tensor? {
    defer { sum = nil }
    return sum
  }
}
