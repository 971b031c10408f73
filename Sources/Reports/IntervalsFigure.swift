/// Numbers with their intervals, a row each.
struct IntervalsFigure {
  private static let width = 480.0
  private static let rowHeight = 22.0
  private static let top = 14.0

  let rows: [(name: String, value: Double, lower: Double?, upper: Double?)]
  let title: String
  let unit: String

  var drawing: Drawing {
    let drawn = rows.filter { $0.value.isFinite }
    let names = rows.map { Markup.shorten($0.name, to: 30) }
    let left = Double(names.map(\.count).max() ?? 0) * FigureStyle.characterWidth + 26
    let height = Double(rows.count) * Self.rowHeight
    let notes =
      drawn.count < rows.count
      ? ["No value: \(rows.filter { !$0.value.isFinite }.map(\.name).joined(separator: ", "))."]
      : []
    guard let frame = Self.frame(drawn, left: left, height: height) else {
      return Drawing.message("There are no values to draw.", title: title, subtitle: "")
    }
    var body = frame.axes(
      frame.horizontal.ticks(5), [], title: unit.isEmpty ? title : "\(title), \(unit)")
    for (index, (row, name)) in zip(rows, names).enumerated() {
      let y = Self.top + (Double(index) + 0.5) * Self.rowHeight
      body += Drawing.text(name, x: left - 10, y: y + 4, anchor: "end")
      guard row.value.isFinite else { continue }
      body += Drawing.path(
        "M\(Markup.pair(Planar(x: left, y: y)))H\(Markup.coordinate(frame.right))", style: "line")
      if let lower = row.lower, let upper = row.upper, lower.isFinite, upper.isFinite {
        body += Drawing.path(
          "M\(Markup.pair(Planar(x: frame.x(lower), y: y)))H\(Markup.coordinate(frame.x(upper)))",
          style: LineKey.style(0))
      }
      body += Drawing.circle(
        Planar(x: frame.x(row.value), y: y), 4, style: "end \(Palette.style(0))")
    }
    return Drawing(
      width: Self.width, height: Self.top + height + 44, title: title,
      summary: drawn.map { "\($0.name): \(Markup.decimal($0.value, digits: 2))\(unit)" }
        .joined(separator: "; ") + ".",
      notes: notes + ["Lines are 95 % intervals."], body: body)
  }

  private static func frame(
    _ rows: [(name: String, value: Double, lower: Double?, upper: Double?)], left: Double,
    height: Double
  ) -> PlotFrame? {
    let all = rows.flatMap { row in
      [row.value, row.lower ?? row.value, row.upper ?? row.value].filter(\.isFinite)
    }
    guard let low = all.min(), let high = all.max() else { return nil }
    let room = high > low ? (high - low) * 0.06 : max(abs(low) * 0.1, 0.5)
    return PlotFrame(
      left: left, right: width - 20, top: top, bottom: top + height,
      horizontal: AxisScale(linear: low - room...high + room),
      vertical: AxisScale(linear: 0...1))
  }
}
