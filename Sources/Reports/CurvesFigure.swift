import Foundation

/// The curves of several runs over the epochs, or over the values of a parameter, named in a key, and at their
/// ends where all names are short.
struct CurvesFigure {
  private static let width = 480.0
  private static let plotHeight = 250.0
  private static let left = 54.0
  /// Beyond this ratio of the largest to the smallest value the axis is logarithmic.
  private static let widestLinearRatio = 30.0
  private static let mostMarkers = 40
  /// A longer name would be cut at the end of its curve, or leave the plot no room.
  private static let longestEndName = 14

  private struct Line {
    let index: Int
    let title: String
    let points: [Planar]
    /// Intervals, by the place of their point.
    let bars: [(x: Double, lower: Double, upper: Double)]
  }

  let curves: [(title: String, curve: RunSummary.Curve)]
  var xTitle = "epoch"
  var xIsLogarithmic = false
  /// Nil where the values decide.
  var yIsLogarithmic: Bool?
  let yTitle: String

  private func canDraw(_ point: RunSummary.Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (!xIsLogarithmic || point.x > 0)
  }

  var drawing: Drawing {
    let lines = curves.enumerated().map { index, item in
      Line(
        index: index, title: item.title,
        points: item.curve.points.filter(canDraw).map {
          Planar(x: Self.bounded($0.x), y: Self.bounded($0.y))
        }.sorted { $0.x < $1.x },
        bars: item.curve.points.filter(canDraw).compactMap { point in
          guard let lower = point.lower, let upper = point.upper, lower.isFinite, upper.isFinite
          else { return nil }
          return (Self.bounded(point.x), Self.bounded(lower), Self.bounded(upper))
        })
    }
    let drawn = lines.filter { !$0.points.isEmpty }
    var notes = lines.filter(\.points.isEmpty).map { "\($0.title): no values." }
    let broken = curves.reduce(0) { sum, item in
      sum + item.curve.points.count { !canDraw($0) }
    }
    if broken > 0 {
      notes.append(
        "Left out, \(xIsLogarithmic ? "not finite or not above 0" : "not finite"): "
          + "\(Markup.count(broken, "value")).")
    }
    if drawn.contains(where: { !$0.bars.isEmpty }) { notes.append("Bars are 95 % intervals.") }

    let key = LineKey.drawing(
      drawn.map { ($0.index, Markup.shorten($0.title, to: 26)) }, width: Self.width)
    let all = drawn.flatMap(\.points)
    var body = key.body
    if all.isEmpty {
      body += Drawing.text(
        "There are no values to draw.", x: Self.width / 2, y: Self.plotHeight / 2, style: "muted",
        anchor: "middle")
    } else {
      body += plot(drawn, all, top: key.height + 36)
    }
    return Drawing(
      width: Self.width, height: key.height + 36 + Self.plotHeight + 42, title: yTitle,
      summary: "\(yTitle) by \(xTitle) for " + drawn.map(\.title).joined(separator: ", ") + ".",
      notes: notes, body: body)
  }

  /// Keeps sums and differences of the largest numbers finite.
  private static func bounded(_ value: Double) -> Double { min(max(value, -1e100), 1e100) }

  private func plot(_ lines: [Line], _ all: [Planar], top: Double) -> String {
    let longest = lines.map(\.title.count).max() ?? 0
    let namesEnds = longest <= Self.longestEndName
    let margin = Double(namesEnds ? longest : 0) * FigureStyle.characterWidth + 18
    let ends = lines.flatMap { line in
      line.bars.flatMap { [Planar(x: $0.x, y: $0.lower), Planar(x: $0.x, y: $0.upper)] }
    }
    let frame = frame(all + ends, right: Self.width - margin, top: top)
    let isLogarithmic = frame.vertical.isLogarithmic
    var body = Drawing.text(
      yTitle + (isLogarithmic ? " (logarithmic)" : ""), x: 16, y: top - 14, style: "muted")
    body += frame.axes(
      frame.horizontal.ticks(
        6, wholeNumbers: xTitle == "epoch" && (all.map(\.x).max() ?? 0) >= 2),
      frame.vertical.ticks(5), title: xTitle + (xIsLogarithmic ? " (logarithmic)" : ""))
    var labels: [(y: Double, index: Int, name: String, end: Planar)] = []
    let shifts = shifts(lines, frame)
    for (line, shift) in zip(lines, shifts) {
      func place(_ x: Double, _ y: Double) -> Planar {
        let place = frame.place(x, y)
        return Planar(x: place.x + shift, y: place.y)
      }
      let places = line.points.map { place($0.x, $0.y) }
      let d = "M" + places.map(Markup.pair).joined(separator: "L")
      if places.count > 1 {
        body += Drawing.path(
          d, style: LineKey.style(line.index), attributes: LineKey.dash(line.index))
      }
      for bar in line.bars {
        let (from, to) = (place(bar.x, bar.lower), place(bar.x, bar.upper))
        body += Drawing.path(
          "M\(Markup.pair(from))L\(Markup.pair(to))", style: LineKey.style(line.index))
      }
      // Values of a parameter are results, each of them, unless they are so many that they make a line.
      if xTitle != "epoch", places.count <= Self.mostMarkers {
        for place in places.dropLast() {
          body += Drawing.circle(place, 2.5, style: "end \(Palette.style(line.index))")
        }
      }
      if let end = places.last {
        body += Drawing.circle(end, 3, style: "end \(Palette.style(line.index))")
        if namesEnds { labels.append((end.y, line.index, line.title, end)) }
      }
    }
    for label in Self.spread(labels, from: top, to: top + Self.plotHeight) {
      let x = Self.width - margin + 12
      body += Drawing.path(
        "M\(Markup.pair(Planar(x: label.end.x + 4, y: label.end.y)))"
          + "L\(Markup.pair(Planar(x: x - 2, y: label.y)))",
        style: "leader \(Palette.style(label.index))")
      body += Drawing.text(label.name, x: x, y: label.y + 4, style: "class-name")
    }
    return body
  }

  /// How far each line is moved to the right, so that the intervals of several at one value of a parameter
  /// stand side by side.
  private func shifts(_ lines: [Line], _ frame: PlotFrame) -> [Double] {
    let withBars = lines.indices.filter { !lines[$0].bars.isEmpty }
    var shifts = [Double](repeating: 0, count: lines.count)
    let places = Set(withBars.flatMap { lines[$0].bars.map { frame.place($0.x, $0.lower).x } })
      .sorted()
    guard withBars.count > 1,
      let gap = zip(places, places.dropFirst()).map({ $1 - $0 }).min()
    else { return shifts }
    let step = min(4, gap / 2 / Double(withBars.count))
    for (place, index) in withBars.enumerated() {
      shifts[index] = (Double(place) - Double(withBars.count - 1) / 2) * step
    }
    return shifts
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

  private func frame(_ points: [Planar], right: Double, top: Double) -> PlotFrame {
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    let (low, high) = (ys.min() ?? 0, ys.max() ?? 1)
    let isLogarithmic = low > 0 && (yIsLogarithmic ?? (high / low > Self.widestLinearRatio))
    let (first, last) = (xs.min() ?? 0, xs.max() ?? 1)
    return PlotFrame(
      left: Self.left, right: right, top: top, bottom: top + Self.plotHeight,
      horizontal: xIsLogarithmic
        ? AxisScale(powers: Self.widened(log10(first), log10(last), by: 0.02))
        : AxisScale(linear: Self.widened(min(first, 0), last, by: 0)),
      vertical: isLogarithmic
        ? AxisScale(powers: Self.widened(log10(low), log10(high), by: 0.04))
        : AxisScale(linear: Self.widened(low, high, by: 0.04)))
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
}
