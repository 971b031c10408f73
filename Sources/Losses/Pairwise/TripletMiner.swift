import Torch

/// Which triplets (anchor, positive, negative) of a batch are used. A positive is another sample of
/// the anchor's class, a negative one of another class.
public enum TripletMiner: Sendable, Equatable {
  /// All of them.
  case all
  /// For each anchor the farthest positive and the nearest negative.
  case hard
  /// Those whose negative is a little farther than the positive.
  case semiHard(SemiHard)
  /// For each anchor the nearest positive and the nearest negative.
  case easyPositive

  /// Which negatives are semi-hard for an anchor and a positive.
  public enum SemiHard: String, Sendable, CaseIterable {
    /// All farther than the positive, but by less than the margin.
    case band
    /// The nearest of those farther than the positive.
    case nearest
    /// That one, or the farthest negative if none is farther than the positive.
    case nearestOrFarthest = "nearest-or-farthest"
  }
}

/// Sums of max(0, d_ap − d_an + m) over the triplets of an anchor, or of an anchor and a positive.
struct MinedTriplets {
  /// The sums [N, K].
  let losses: Tensor
  /// How many triplets are in each sum [N, K].
  let counts: Tensor
  /// How many of them are not 0 [N, K].
  let activeCounts: Tensor
}

extension TripletMiner {
  /// Takes O(N·M) memory and O(N·M·log M) time even where it sums over N·M² triplets.
  ///
  /// - Parameters:
  ///   - distances: Of anchors and candidates [N, M].
  ///   - margin: m.
  func mine(_ distances: Tensor, _ pairs: LabeledPairs, margin: Double) throws -> MinedTriplets {
    switch self {
    case .hard:
      return try MinedTriplets(
        hinges: distances.rowMax(where: pairs.same) - distances.rowMin(where: pairs.different)
          + margin, counts: pairs.completeAnchorCounts().reshaped([-1, 1]))
    case .easyPositive:
      return try MinedTriplets(
        hinges: distances.rowMin(where: pairs.same) - distances.rowMin(where: pairs.different)
          + margin, counts: pairs.completeAnchorCounts().reshaped([-1, 1]))
    case .all, .semiHard:
      let negatives = try SortedNegatives(distances, pairs)
      let same = try pairs.sameCounts()
      let limits = try distances + margin
      let below = try negatives.countBelow(limits)
      switch self {
      case .semiHard(.nearest), .semiHard(.nearestOrFarthest):
        let (nearest, exists) = try negatives.nearest(
          beyond: distances, orFarthest: self == .semiHard(.nearestOrFarthest))
        return try MinedTriplets(hinges: limits - nearest, counts: same * exists)
      case .semiHard:
        // With a margin of 0 the band is empty, not less than that where distances are equal.
        let near = try negatives.countUpTo(distances).minimum(below)
        let inside = try (below - near).to(pairs.dtype) * same
        let losses = try inside * limits - (negatives.sum(below) - negatives.sum(near)) * same
        return MinedTriplets(losses: losses, counts: inside, activeCounts: inside)
      default:
        let active = try below.to(pairs.dtype) * same
        let losses = try active * limits - negatives.sum(below) * same
        return try MinedTriplets(
          losses: losses, counts: same * negatives.counts, activeCounts: active)
      }
    }
  }
}

extension MinedTriplets {
  /// One triplet for each element of `hinges`, before the bound at 0, if `counts` is 1 there.
  fileprivate init(hinges: Tensor, counts: Tensor) throws {
    self.init(
      losses: try hinges.relu() * counts, counts: counts,
      activeCounts: try hinges.isGreater(than: 0).to(hinges.dtype!) * counts)
  }
}

/// The distances of each anchor to its negatives, in order. The sum of max(0, v − d) over them is
/// k·v − Σ of the first k, where k is how many are below v: no triplet has to be looked at alone.
private struct SortedNegatives {
  /// [N, M], ascending; what is no negative comes last, as 1e30.
  let distances: Tensor
  /// The sums of the first 0...M [N, M + 1].
  let sums: Tensor
  /// How many negatives there are [N, 1].
  let counts: Tensor

  init(_ all: Tensor, _ pairs: LabeledPairs) throws {
    let negatives = try all.replacing(with: Tensor.beyond, where: pairs.different.not())
    distances = try negatives.gather(negatives.detached().argsort(axis: 1), axis: 1)
    let zeros = try Tensor.zeros([all.shape[0], 1], dtype: pairs.dtype, device: all.device)
    sums = try .concatenate([zeros, distances.cumulativeSum(axis: 1)], axis: 1)
    counts = try pairs.differentCounts().sum(axis: 1, keepingAxis: true)
  }

  /// How many are less than each bound of the row: int64 [N, M].
  func countBelow(_ bounds: Tensor) throws -> Tensor {
    try distances.detached().countLess(than: bounds.detached())
  }

  func countUpTo(_ bounds: Tensor) throws -> Tensor {
    try distances.detached().countLess(than: bounds.detached(), orEqual: true)
  }

  /// The sum of the first `count`.
  func sum(_ count: Tensor) throws -> Tensor { try sums.gather(count, axis: 1) }

  /// The nearest that is farther than each bound, or else the farthest; and 1 where there is one.
  func nearest(
    beyond bounds: Tensor, orFarthest: Bool
  ) throws -> (distance: Tensor, exists: Tensor) {
    let count = try countUpTo(bounds).to(counts.dtype!)
    let last = try counts - 1
    let index = try count.minimum(last).clamped(min: 0).to(.int64)
    let exists = try (orFarthest ? count.zerosLike() : count).isAtMost(last)
    return (try distances.gather(index, axis: 1), try exists.to(counts.dtype!))
  }
}
