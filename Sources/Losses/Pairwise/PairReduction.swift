import Torch

/// Which pairs (or triplets) divide their sum, in a mean.
public enum PairAverage: String, Sendable, CaseIterable {
  /// Every one.
  case all
  /// Those whose loss is not 0: the more are right, the more the rest weighs.
  case nonZero = "non-zero"
}

extension Reduction {
  /// One number of the losses of pairs, triplets or anchors; 0 if there are none.
  ///
  /// - Parameters:
  ///   - losses: Of any shape, 0 for what does not count.
  ///   - counts: 1 for what counts, 0 for what does not; of the same shape.
  func callAsFunction(
    _ losses: Tensor, counts: Tensor, average: PairAverage = .all
  ) throws -> Tensor {
    switch self {
    case .none: return losses
    case .sum: return try losses.sum()
    case .mean, .weightedMean:
      let counts =
        try average == .all ? counts : counts * losses.isGreater(than: 0).to(losses.dtype!)
      return try losses.sum() / counts.sum().orOne()
    }
  }
}

extension Tensor {
  /// The elements, with 1 in the place of 0: a denominator for a numerator that vanishes as well.
  func orOne() throws -> Tensor { try replacing(with: 1, where: isEqual(to: 0)) }

  /// Beyond any distance or similarity, and far from the largest number of every type.
  static let beyond = 1e30

  /// log Σ exp along axis 1 or 0 over the elements where `mask` holds: −1e30 where it holds nowhere.
  func logSumExp(where mask: Tensor, axis: Int = 1, keepingAxis: Bool = false) throws -> Tensor {
    try kept(where: mask, else: -Self.beyond).logSumExp(axis: axis, keepingAxis: keepingAxis)
  }

  /// The largest elements of each row where `mask` holds, as a column: −1e30 where it holds nowhere.
  func rowMax(where mask: Tensor) throws -> Tensor {
    try kept(where: mask, else: -Self.beyond).max(axis: 1, keepingAxis: true)
  }

  /// The smallest elements of each row where `mask` holds, as a column: 1e30 where it holds nowhere.
  func rowMin(where mask: Tensor) throws -> Tensor {
    try kept(where: mask, else: Self.beyond).min(axis: 1, keepingAxis: true)
  }

  /// The elements where `mask` holds, a number elsewhere; but NaN stays, so that it is seen.
  private func kept(where mask: Tensor, else number: Double) throws -> Tensor {
    let ones = try mask.to(dtype!)
    return try self * ones + (1 - ones) * number
  }
}
