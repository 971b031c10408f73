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

  /// - Parameters:
  ///   - first: A number for each seed, with the interval it has by itself.
  ///   - second: As many of the other.
  /// - Note: With one seed the two intervals are taken as independent, which is too wide for numbers of the
  ///   same samples, as these mostly vary together.
  public init(_ first: [Estimate], _ second: [Estimate]) {
    guard first.count == 1 else {
      self.init(first.map(\.value), second.map(\.value))
      return
    }
    let spreads = [first[0].spread, second[0].spread].compactMap { $0 }
    let spread =
      spreads.count == 2 ? (spreads[0] * spreads[0] + spreads[1] * spreads[1]).squareRoot() : nil
    let difference = Estimate(first[0].value - second[0].value, spread: spread)
    self.init(
      difference: difference, isCertain: difference.interval.map { !$0.contains(0) } ?? false)
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

  /// - Parameters:
  ///   - first: A number for each item, for each seed: over several seeds their means are compared, with one
  ///     seed the items by Student's paired test.
  ///   - second: The same of the other.
  /// - Precondition: As many seeds and items of one as of the other, at least one seed and two items.
  public init(_ first: [[Double]], _ second: [[Double]]) {
    guard first.count == 1 else {
      func means(_ seeds: [[Double]]) -> [Double] {
        seeds.map { $0.reduce(0, +) / Double($0.count) }
      }
      self.init(means(first), means(second))
      return
    }
    self.init(PairedTest(first: first[0], second: second[0]))
  }

  /// Whether the first is larger. Where both are the same with every seed it is not.
  public var isLarger: Finding.Verdict { verdict(difference.value > 0) }

  /// Whether the first is smaller.
  public var isSmaller: Finding.Verdict { verdict(difference.value < 0) }

  private func verdict(_ holds: Bool) -> Finding.Verdict {
    if isCertain { return holds ? .holds : .doesNotHold }
    return difference.interval == 0...0 ? .doesNotHold : .undecided
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
  public var points: String { signed(2, times: 100) + " points" }

  /// The difference with its sign: "+1.20 ± 0.31".
  public func signed(_ digits: Int, times factor: Double = 1) -> String {
    (difference.value > 0 ? "+" : "") + difference.cell(digits, times: factor)
  }
}
