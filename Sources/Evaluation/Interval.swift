/// A number with half the width of its 95 % interval.
public struct Estimate: Sendable, Equatable {
  public var value: Double
  /// nil where it cannot be told.
  public var spread: Double?

  public init(_ value: Double, spread: Double? = nil) {
    self.value = value
    self.spread = spread
  }

  /// The share of successes, with Wilson's interval (half its width: it is not quite symmetric).
  public static func share(_ successes: Int, of trials: Int) -> Estimate {
    let n = Double(trials)
    let p = Double(successes) / n
    let z = 1.959964
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
    return Estimate(p, spread: half)
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
