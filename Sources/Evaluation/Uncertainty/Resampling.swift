import Foundation
import RandomNumbers

/// The bootstrap: what a number would have been, had the same data been drawn again.
///
/// Efron, "Bootstrap methods: Another look at the jackknife", 1979. Items are drawn by Poisson counts of mean
/// 1, which for more than a few hundred is the same as drawing with replacement.
public struct Resampling: Sendable {
  public var replicates: Int
  public var seed: UInt64

  public init(replicates: Int = 1000, seed: UInt64 = 1) {
    (self.replicates, self.seed) = (replicates, seed)
  }

  /// The middle 95 % of what `statistic` gives for drawn counts of each item; nil if it is not finite
  /// for most draws.
  ///
  /// - Parameters:
  ///   - counts: How often each item is there: 1, or more where equal ones are held as one.
  ///   - statistic: The number for drawn counts.
  public func interval(
    _ counts: [Int], _ statistic: ([Int]) -> Double
  ) -> ClosedRange<Double>? {
    var random = SplitMix64(seed)
    var drawn = counts
    let values = (0..<replicates).map { _ in
      for i in counts.indices { drawn[i] = poisson(counts[i], using: &random) }
      return statistic(drawn)
    }.filter(\.isFinite).sorted()
    guard values.count > replicates / 2, !values.isEmpty else { return nil }
    func quantile(_ share: Double) -> Double {
      let place = share * Double(values.count - 1)
      let below = Int(place)
      let above = min(below + 1, values.count - 1)
      return values[below] + (values[above] - values[below]) * (place - Double(below))
    }
    return quantile(0.025)...quantile(0.975)
  }

  private func poisson(_ mean: Int, using random: inout SplitMix64) -> Int {
    switch mean {
    case 0: return 0
    case 1:
      // The usual case: by the distribution function.
      let u = Double.random(in: 0..<1, using: &random)
      var (k, share, sum) = (0, exp(-1.0), exp(-1.0))
      while u > sum, k < 20 {
        k += 1
        share /= Double(k)
        sum += share
      }
      return k
    case 2..<30:
      return (0..<mean).reduce(0) { sum, _ in sum + poisson(1, using: &random) }
    default:
      let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
      let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &random)
      let mean = Double(mean)
      return max(0, Int((mean + mean.squareRoot() * radius * cos(angle)).rounded()))
    }
  }
}
