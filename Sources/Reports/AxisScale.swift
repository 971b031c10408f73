import Foundation

/// Where values stand along an axis, and which of them are written beside it.
struct AxisScale {
  let isLogarithmic: Bool
  /// What the axis spans; powers of ten where it is logarithmic.
  private let range: ClosedRange<Double>

  init(linear range: ClosedRange<Double>) {
    isLogarithmic = false
    self.range = range
  }

  /// - Parameter range: Of powers of ten.
  init(powers range: ClosedRange<Double>) {
    isLogarithmic = true
    self.range = range
  }

  /// 0 at the lower end and 1 at the upper one. A logarithmic axis takes what is below its lower
  /// end, 0 among it, for that end.
  func fraction(_ value: Double) -> Double {
    let span = range.upperBound - range.lowerBound
    guard span > 0 else { return 0.5 }
    guard isLogarithmic else { return (value - range.lowerBound) / span }
    let power = value > 0 ? log10(value) : -.infinity
    return (max(power, range.lowerBound) - range.lowerBound) / span
  }

  /// About `count` values with the text beside them.
  func ticks(_ count: Int, wholeNumbers: Bool = false) -> [(value: Double, label: String)] {
    guard isLogarithmic else {
      let ticks = AxisTicks(
        from: range.lowerBound, to: range.upperBound, count: count, wholeNumbers: wholeNumbers)
      return ticks.values.map { ($0, ticks.label($0)) }
    }
    let decades = range.upperBound - range.lowerBound
    let factors = decades > 3 ? [1.0] : decades > 1.5 ? [1.0, 3] : [1.0, 2, 5]
    let every = max(Int(decades / 6), 1)
    let first = Int(range.lowerBound.rounded(.down))
    let last = Int(range.upperBound.rounded(.up))
    return stride(from: first, through: last, by: every).flatMap { power in
      factors.compactMap { factor -> (value: Double, label: String)? in
        guard range.contains(log10(factor) + Double(power)) else { return nil }
        let value = factor * pow(10, Double(power))
        let isPlain = (-3...4).contains(power)
        return (
          value,
          isPlain
            ? Markup.decimal(value, digits: max(-power, 0))
            : String(format: "%.0e", value).replacing("-", with: "−")
        )
      }
    }
  }

  /// The powers of ten within the axis, as powers: `10⁻³`.
  var powers: [(value: Double, label: String)] {
    let first = Int((range.lowerBound - 1e-9).rounded(.up))
    let last = Int((range.upperBound + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { power in
      let digits = String(abs(power)).map {
        "⁰¹²³⁴⁵⁶⁷⁸⁹".map(String.init)[$0.wholeNumberValue ?? 0]
      }
      let text = power == 0 ? "1" : "10" + (power < 0 ? "⁻" : "") + digits.joined()
      return (pow(10, Double(power)), text)
    }
  }
}

/// The rectangle of a plot with its two axes.
struct PlotFrame {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let horizontal: AxisScale
  let vertical: AxisScale

  func x(_ value: Double) -> Double { left + horizontal.fraction(value) * (right - left) }

  func y(_ value: Double) -> Double { bottom - vertical.fraction(value) * (bottom - top) }

  func place(_ x: Double, _ y: Double) -> Planar { Planar(x: self.x(x), y: self.y(y)) }

  /// Grid, labels and the name of the horizontal axis.
  func axes(
    _ horizontalTicks: [(value: Double, label: String)],
    _ verticalTicks: [(value: Double, label: String)], title: String, style: String = "muted"
  ) -> String {
    var grid = ""
    var labels = ""
    for (value, label) in verticalTicks {
      grid += "M\(Markup.pair(Planar(x: left, y: y(value))))H\(Markup.coordinate(right))"
      labels += Drawing.text(label, x: left - 8, y: y(value) + 4, style: style, anchor: "end")
    }
    var floor = "M\(Markup.pair(Planar(x: left, y: bottom)))H\(Markup.coordinate(right))"
    for (value, label) in horizontalTicks {
      floor += "M\(Markup.pair(Planar(x: x(value), y: bottom)))v4"
      labels += Drawing.text(label, x: x(value), y: bottom + 18, style: style, anchor: "middle")
    }
    labels += Drawing.text(
      title, x: (left + right) / 2, y: bottom + 36, style: style, anchor: "middle")
    return Drawing.path(grid, style: "line") + Drawing.path(floor, style: "axis") + labels
  }
}
