import Evaluation

/// Two ways of training compared, on the same data.
///
/// Over seeds by Student's paired test where there are several; with one seed on the same items by McNemar's
/// exact test, which knows nothing of how another seed would have turned out.
public struct Contrast: Sendable {
  /// The first's number minus the second's, with its 95 % interval.
  public let difference: Estimate
  /// Whether the interval excludes 0.
  public let isCertain: Bool

  /// - Parameters:
  ///   - first: A number for each seed.
  ///   - second: As many of the other.
  public init(_ first: [Double], _ second: [Double]) {
    if first.count > 1 {
      self.init(PairedTest(first: first, second: second))
    } else {
      self.init(difference: Estimate(first[0] - second[0]), isCertain: false)
    }
  }

  private init(_ test: PairedTest) {
    self.init(difference: test.difference, isCertain: test.isCertain)
  }

  private init(difference: Estimate, isCertain: Bool) {
    (self.difference, self.isCertain) = (difference, isCertain)
  }

  /// - Parameters:
  ///   - first: Which items are right, for each seed.
  ///   - second: The same of the other.
  /// - Precondition: As many seeds and items of one as of the other, at least one.
  public init(_ first: [[Bool]], _ second: [[Bool]]) {
    guard first.count == 1 else {
      func shares(_ seeds: [[Bool]]) -> [Double] {
        seeds.map { Double($0.count { $0 }) / Double($0.count) }
      }
      self.init(shares(first), shares(second))
      return
    }
    self.init(PairedTest(first: first[0], second: second[0]))
  }

  /// Whether the first is larger.
  public var isLarger: Finding.Verdict {
    guard isCertain else { return .undecided }
    return difference.value > 0 ? .holds : .doesNotHold
  }

  /// Whether both are alike, as far as the interval can tell, within `tolerance`: a difference that may be
  /// larger than that is no proof of likeness.
  public func isSmall(_ tolerance: Double) -> Finding.Verdict {
    guard let interval = difference.interval else { return .undecided }
    if interval.lowerBound >= -tolerance, interval.upperBound <= tolerance { return .holds }
    let isLarge = interval.lowerBound > tolerance || interval.upperBound < -tolerance
    return isLarge ? .doesNotHold : .undecided
  }

  /// Whether the first is as large as the second, or larger, to within `tolerance`.
  public func isNoSmaller(by tolerance: Double) -> Finding.Verdict {
    guard let interval = difference.interval else { return .undecided }
    if interval.lowerBound >= -tolerance { return .holds }
    return interval.upperBound < -tolerance ? .doesNotHold : .undecided
  }

  /// The difference of shares in points: "+1.20 ± 0.31 points".
  public var points: String {
    (difference.value > 0 ? "+" : "") + difference.cell(2, times: 100) + " points"
  }
}
