import Foundation

/// Round numbers along an axis.
struct AxisTicks {
  let values: [Double]
  let digits: Int

  /// About `count` multiples of 1, 2, 2.5 or 5 times a power of ten within `lower...upper`.
  init(from lower: Double, to upper: Double, count: Int, wholeNumbers: Bool = false) {
    let span = upper - lower
    guard span.isFinite, span > 0, count > 0 else {
      values = lower.isFinite ? [lower] : []
      digits = 0
      return
    }
    let rough = span / Double(count)
    let power = pow(10, floor(log10(rough)))
    let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
    var step = factor * power
    if wholeNumbers { step = max(step.rounded(.up), 1) }
    guard step > 0, step.isFinite else {
      values = [lower]
      digits = 0
      return
    }
    var ticks: [Double] = []
    var index = (lower / step - 1e-9).rounded(.up)
    // The bound is reached only where the step vanishes beside the ends.
    while index * step <= upper + step * 1e-6, ticks.count < 50 {
      ticks.append(index * step)
      index += 1
    }
    values = ticks
    let exponent = Int(floor(log10(step) + 1e-9))
    let isHalfStep =
      step / pow(10, Double(exponent)) > 2.4 && step / pow(10, Double(exponent)) < 2.6
    digits = min(max(-exponent + (isHalfStep ? 1 : 0), 0), 9)
  }

  /// The tick as it is written: very large and very small numbers with a power of ten.
  func label(_ value: Double) -> String {
    let largest = values.map(abs).max() ?? 0
    if largest > 0, largest >= 1e5 || largest < 1e-3 {
      return value == 0 ? "0" : String(format: "%.3g", value).replacing("-", with: "−")
    }
    return Markup.decimal(value, digits: digits)
  }
}
