import Foundation

/// Whether two methods that were judged on the same items differ.
public struct PairedTest: Sendable, Codable, Equatable {
  /// The first's number minus the second's, with its 95 % interval.
  public let difference: Estimate
  /// The probability of a difference as large, if there were none.
  public let pValue: Double

  /// Whether the difference is not to be explained by chance: p below 5 %, and an interval without 0.
  public var isCertain: Bool {
    guard pValue < 0.05, let interval = difference.interval else { return false }
    return !interval.contains(0)
  }

  init(difference: Estimate, pValue: Double) {
    (self.difference, self.pValue) = (difference, pValue)
  }

  /// Two shares of the same items, by McNemar's exact test: of the items that only one gets right, each
  /// is as likely to be the one's as the other's. The interval of the difference is Newcombe's for
  /// paired shares, without correction for continuity.
  ///
  /// McNemar, "Note on the sampling error of the difference between correlated proportions", 1947;
  /// Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
  /// paired data", 1998, method 10.
  ///
  /// - Precondition: As many of the first as of the second, and at least one.
  public init(first: [Bool], second: [Bool]) {
    precondition(first.count == second.count && !first.isEmpty)
    var (both, onlyFirst, onlySecond, none) = (0, 0, 0, 0)
    for (a, b) in zip(first, second) {
      switch (a, b) {
      case (true, true): both += 1
      case (true, false): onlyFirst += 1
      case (false, true): onlySecond += 1
      case (false, false): none += 1
      }
    }
    let n = Double(first.count)
    let difference = Double(onlyFirst - onlySecond) / n

    // Twice the smaller tail of a binomial distribution with p = ½.
    let (fewer, total) = (min(onlyFirst, onlySecond), onlyFirst + onlySecond)
    let tail = betaShare(0.5, Double(total - fewer), Double(fewer + 1))
    let (p1, p2) = (Double(both + onlyFirst) / n, Double(both + onlySecond) / n)
    let (i1, i2) = (wilson(p1, n), wilson(p2, n))
    let (a, b, c, d) = (Double(both), Double(onlyFirst), Double(onlySecond), Double(none))
    let margins = (a + b) * (c + d) * (a + c) * (b + d)
    let correlation: Double
    if margins == 0 {
      correlation = 0
    } else {
      let product = a * d - b * c
      let corrected = product > n / 2 ? product - n / 2 : product < 0 ? product : 0
      correlation = corrected / margins.squareRoot()
    }
    func bound(_ first: Double, _ second: Double) -> Double {
      (first * first - 2 * correlation * first * second + second * second).squareRoot()
    }
    let down = bound(p1 - i1.lowerBound, i2.upperBound - p2)
    let up = bound(i1.upperBound - p1, p2 - i2.lowerBound)
    self.init(
      difference: Estimate(difference, difference - down...difference + up),
      pValue: onlyFirst == onlySecond ? 1 : min(1, 2 * tail))
  }

  /// Two means over the same items (folds, seeds), by Student's paired test.
  ///
  /// - Precondition: As many of the first as of the second, at least two.
  public init(first: [Double], second: [Double]) {
    precondition(first.count == second.count && first.count >= 2)
    let differences = zip(first, second).map { $0 - $1 }
    let mean = Estimate.mean(differences)
    difference = mean
    let n = Double(differences.count)
    let variance =
      differences.reduce(0) { $0 + ($1 - mean.value) * ($1 - mean.value) } / (n - 1)
    let deviation = (variance / n).squareRoot()
    guard deviation > 0 else {
      pValue = mean.value == 0 ? 1 : 0
      return
    }
    let t = mean.value / deviation
    // P(|T| > t) of Student's t is a share of a beta distribution.
    pValue = betaShare((n - 1) / (n - 1 + t * t), (n - 1) / 2, 0.5)
  }
}

/// Wilson's interval of a share.
private func wilson(_ p: Double, _ n: Double) -> ClosedRange<Double> {
  let z = 1.959964
  let center = (p + z * z / (2 * n)) / (1 + z * z / n)
  let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
  // Rounding must not take a bound past the share itself.
  return min(center - half, p)...max(center + half, p)
}
