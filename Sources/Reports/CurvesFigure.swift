import Foundation

/// The curves of several runs over the epochs, named at their ends.
struct CurvesFigure {
  private static let width = 480.0
  private static let plotHeight = 250.0
  private static let left = 54.0
  private static let dashes = ["", "7 4", "2 4", "9 3 2 3"]
  /// Beyond this ratio of the largest to the smallest value the axis is logarithmic.
  private static let widestLinearRatio = 30.0

  private struct Line {
    let index: Int
    let title: String
    let points: [Planar]
  }

  let curves: [(title: String, curve: RunSummary.Curve)]
  let yTitle: String

  var drawing: Drawing {
    let lines = curves.enumerated().map { index, item in
      Line(
        index: index, title: item.title,
        points: item.curve.points.filter { $0.x.isFinite && $0.y.isFinite }.map {
          Planar(x: Self.bounded($0.x), y: Self.bounded($0.y))
        }.sorted { $0.x < $1.x })
    }
    let drawn = lines.filter { !$0.points.isEmpty }
    var notes = lines.filter(\.points.isEmpty).map { "\($0.title): no values." }
    let broken = curves.reduce(0) { sum, item in
      sum + item.curve.points.count { !$0.x.isFinite || !$0.y.isFinite }
    }
    if broken > 0 { notes.append("Left out, not finite: \(Markup.count(broken, "value")).") }

    let (legend, legendHeight) = Self.legend(drawn)
    let all = drawn.flatMap(\.points)
    var body = legend
    if all.isEmpty {
      body += Drawing.text(
        "There are no values to draw.", x: Self.width / 2, y: Self.plotHeight / 2, style: "muted",
        anchor: "middle")
    } else {
      body += plot(drawn, all, top: legendHeight + 36)
    }
    return Drawing(
      width: Self.width, height: legendHeight + 36 + Self.plotHeight + 42, title: yTitle,
      summary: "\(yTitle) by epoch for " + drawn.map(\.title).joined(separator: ", ") + ".",
      notes: notes, body: body)
  }

  /// Keeps sums and differences of the largest numbers finite.
  private static func bounded(_ value: Double) -> Double { min(max(value, -1e100), 1e100) }

  private static func style(_ index: Int) -> String { Palette.style(index) }

  private static func dash(_ index: Int) -> String {
    let pattern = dashes[(index / 2) % dashes.count]
    return pattern.isEmpty ? "" : " stroke-dasharray=\"\(pattern)\""
  }

  private static func legend(_ lines: [Line]) -> (body: String, height: Double) {
    var body = ""
    var x = 16.0
    var y = 20.0
    for line in lines {
      let title = Markup.shorten(line.title, to: 26)
      let entry = Double(title.count) * FigureStyle.characterWidth + 40
      if x > 16, x + entry > width {
        x = 16
        y += 18
      }
      body += Drawing.path(
        "M\(Markup.pair(Planar(x: x, y: y - 4)))h22", style: "curve \(style(line.index))",
        attributes: dash(line.index))
      body += Drawing.text(title, x: x + 28, y: y)
      x += entry
    }
    return (body, y)
  }

  private func plot(_ lines: [Line], _ all: [Planar], top: Double) -> String {
    let names = lines.map { Markup.shorten($0.title, to: 14) }
    let margin = Double(names.map(\.count).max() ?? 0) * FigureStyle.characterWidth + 18
    let axes = CurveAxes(
      all, left: Self.left, right: Self.width - margin, top: top,
      bottom: top + Self.plotHeight, widestLinearRatio: Self.widestLinearRatio)
    var body = Drawing.text(
      yTitle + (axes.isLogarithmic ? " (logarithmic)" : ""), x: 16, y: top - 14, style: "muted")
    body += axes.body
    var ends: [(y: Double, index: Int, name: String, end: Planar)] = []
    for (line, name) in zip(lines, names) {
      let places = line.points.map(axes.place)
      let d = "M" + places.map(Markup.pair).joined(separator: "L")
      if places.count > 1 {
        body += Drawing.path(
          d, style: "curve \(Self.style(line.index))", attributes: Self.dash(line.index))
      }
      if let end = places.last {
        body += Drawing.circle(end, 3, style: "end \(Self.style(line.index))")
        ends.append((end.y, line.index, name, end))
      }
    }
    for label in Self.spread(ends, from: top, to: top + Self.plotHeight) {
      let x = Self.width - margin + 12
      body += Drawing.path(
        "M\(Markup.pair(Planar(x: label.end.x + 4, y: label.end.y)))"
          + "L\(Markup.pair(Planar(x: x - 2, y: label.y)))",
        style: "leader \(Self.style(label.index))")
      body += Drawing.text(label.name, x: x, y: label.y + 4, style: "class-name")
    }
    return body
  }

  /// Labels from top to bottom, moved apart where they would touch.
  private static func spread(
    _ labels: [(y: Double, index: Int, name: String, end: Planar)], from top: Double,
    to bottom: Double
  ) -> [(y: Double, index: Int, name: String, end: Planar)] {
    var sorted = labels.sorted { $0.y < $1.y }
    let step = min(15, (bottom - top) / Double(max(sorted.count, 1)))
    for index in sorted.indices.dropFirst() {
      sorted[index].y = max(sorted[index].y, sorted[index - 1].y + step)
    }
    // What ran out below the plot moves up again, and pushes its neighbours.
    var floor = bottom
    for index in sorted.indices.reversed() {
      sorted[index].y = min(sorted[index].y, floor)
      floor = sorted[index].y - step
    }
    return sorted
  }
}

/// The axes of a plot over epochs.
private struct CurveAxes {
  let isLogarithmic: Bool
  private let left: Double
  private let right: Double
  private let top: Double
  private let bottom: Double
  private let epochs: ClosedRange<Double>
  private let heights: ClosedRange<Double>

  init(
    _ points: [Planar], left: Double, right: Double, top: Double, bottom: Double,
    widestLinearRatio: Double
  ) {
    (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
    let xs = points.map(\.x)
    let ys = points.map(\.y)
    let low = ys.min() ?? 0
    let high = ys.max() ?? 1
    isLogarithmic = low > 0 && high / low > widestLinearRatio
    epochs = Self.widened(min(xs.min() ?? 0, 0), xs.max() ?? 1, by: 0)
    heights =
      isLogarithmic
      ? Self.widened(log10(low), log10(high), by: 0.04) : Self.widened(low, high, by: 0.04)
  }

  /// A range of some width around both bounds.
  private static func widened(
    _ low: Double, _ high: Double, by share: Double
  ) -> ClosedRange<Double> {
    guard high > low else {
      let room = max(abs(low) * 0.1, 0.5)
      return low - room...low + room
    }
    let extra = (high - low) * share
    return low - extra...high + extra
  }

  private func fraction(_ value: Double, of range: ClosedRange<Double>) -> Double {
    let span = range.upperBound - range.lowerBound
    return span > 0 ? (value - range.lowerBound) / span : 0.5
  }

  func place(_ point: Planar) -> Planar {
    let y = isLogarithmic ? log10(point.y) : point.y
    return Planar(
      x: left + fraction(point.x, of: epochs) * (right - left),
      y: bottom - fraction(y, of: heights) * (bottom - top))
  }

  var body: String {
    var grid = ""
    var labels = ""
    for (height, label) in heightTicks {
      let y = bottom - fraction(height, of: heights) * (bottom - top)
      grid += "M\(Markup.pair(Planar(x: left, y: y)))H\(Markup.coordinate(right))"
      labels += Drawing.text(label, x: left - 8, y: y + 4, style: "muted", anchor: "end")
    }
    let ticks = AxisTicks(
      from: epochs.lowerBound, to: epochs.upperBound, count: 6,
      wholeNumbers: epochs.upperBound - epochs.lowerBound >= 2)
    for tick in ticks.values {
      let x = left + fraction(tick, of: epochs) * (right - left)
      labels += Drawing.text(
        ticks.label(tick), x: x, y: bottom + 18, style: "muted", anchor: "middle")
    }
    labels += Drawing.text(
      "epoch", x: (left + right) / 2, y: bottom + 36, style: "muted", anchor: "middle")
    let floor = "M\(Markup.pair(Planar(x: left, y: bottom)))H\(Markup.coordinate(right))"
    return Drawing.path(grid, style: "line") + Drawing.path(floor, style: "axis") + labels
  }

  private var heightTicks: [(Double, String)] {
    guard isLogarithmic else {
      let ticks = AxisTicks(from: heights.lowerBound, to: heights.upperBound, count: 5)
      return ticks.values.map { ($0, ticks.label($0)) }
    }
    let decades = heights.upperBound - heights.lowerBound
    let factors = decades > 3 ? [1.0] : decades > 1.5 ? [1.0, 3] : [1.0, 2, 5]
    let every = max(Int(decades / 6), 1)
    let first = Int(heights.lowerBound.rounded(.down))
    let last = Int(heights.upperBound.rounded(.up))
    return stride(from: first, through: last, by: every).flatMap { power in
      factors.compactMap { factor in
        let height = log10(factor) + Double(power)
        guard heights.contains(height) else { return nil }
        let value = factor * pow(10, Double(power))
        let isPlain = (-3...4).contains(power)
        return (
          height,
          isPlain
            ? Markup.decimal(value, digits: max(-power, 0))
            : String(format: "%.0e", value).replacing("-", with: "−")
        )
      }
    }
  }
}
