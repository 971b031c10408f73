/// A number with its 95 % interval.
public struct Estimate: Sendable, Equatable, Codable {
  public var value: Double
  /// The ends of the interval; nil where it cannot be told.
  public var lower, upper: Double?

  public init(_ value: Double, _ interval: ClosedRange<Double>? = nil) {
    (self.value, lower, upper) = (value, interval?.lowerBound, interval?.upperBound)
  }

  /// With an interval that is symmetric about the value.
  public init(_ value: Double, spread: Double?) {
    self.init(value, spread.flatMap { $0.isFinite ? value - $0...value + $0 : nil })
  }

  /// Half the width of the interval.
  public var spread: Double? {
    guard let lower, let upper else { return nil }
    return (upper - lower) / 2
  }

  public var interval: ClosedRange<Double>? {
    guard let lower, let upper else { return nil }
    return lower...upper
  }

  /// The share of successes, with the exact interval: the shares under which neither so many nor so
  /// few successes would have a probability below 2.5 %. NaN without trials.
  ///
  /// Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the
  /// binomial", 1934.
  public static func share(_ successes: Int, of trials: Int) -> Estimate {
    guard trials > 0 else { return Estimate(.nan) }
    let (k, n) = (Double(successes), Double(trials))
    let lower = successes == 0 ? 0 : betaQuantile(0.025, k, n - k + 1)
    let upper = successes == trials ? 1 : betaQuantile(0.975, k + 1, n - k)
    return Estimate(k / n, lower...upper)
  }

  /// The mean of independent numbers, with Student's interval; without one for a single number.
  public static func mean(_ values: [Double]) -> Estimate {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    guard values.count > 1 else { return Estimate(mean) }
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    return Estimate(
      mean, spread: studentQuantile(degrees: values.count - 1) * (variance / n).squareRoot())
  }

  /// The 97.5 % quantile of Student's t.
  static func studentQuantile(degrees: Int) -> Double {
    let table = [
      12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    ]
    if degrees <= table.count { return table[degrees - 1] }
    // Cornish–Fisher about the normal quantile: within 0.002 from 11 degrees on.
    let (z, v) = (1.959964, Double(degrees))
    let z3 = z * z * z
    let z5 = z3 * z * z
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v)
  }
}
