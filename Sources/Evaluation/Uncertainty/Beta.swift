import Foundation

/// The share of a beta distribution below x, in 0...1: the regularised incomplete beta function
/// I_x(a, b), by its continued fraction (Abramowitz, Stegun, 26.5.8), to about 1e-12.
func betaShare(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  // The fraction converges quickly on this side of the mean.
  if x > (a + 1) / (a + b + 2) { return 1 - betaShare(1 - x, b, a) }
  let front =
    exp(
      lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
  // Lentz's method.
  func nonzero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
  var c = 1.0
  var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
  var fraction = d
  for i in 1...10_000 {
    let m = Double(i)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonzero(1 + even * d)
    c = nonzero(1 + even / c)
    fraction *= c * d
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonzero(1 + odd * d)
    c = nonzero(1 + odd / c)
    let step = c * d
    fraction *= step
    if abs(step - 1) < 1e-14 { break }
  }
  return min(1, front * fraction)
}

/// The x below which a beta distribution has the given share, by bisection.
func betaQuantile(_ share: Double, _ a: Double, _ b: Double) -> Double {
  var (low, high) = (0.0, 1.0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if betaShare(middle, a, b) < share { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
