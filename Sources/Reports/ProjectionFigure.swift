import Foundation

/// Points of a projection to a plane: both axes with one scale, fitted to the points.
///
/// Nothing is special about the origin of a projection, so there are neither rays nor a ring.
struct ProjectionFigure {
  private static let rounds = 4
  private static let frame = (left: 46.0, top: 10.0, side: 360.0)
  private static let height = 400.0

  let points: ProjectedPoints

  var drawing: Drawing { points.drawing(of: "a plane", height: Self.height, body: body) }

  private func body(_ shown: ProjectedPoints.Shown) -> String {
    let (data, names) = (shown.data, points.names)
    let scale = Scale(data)
    var body = scale.axes
    for round in 0..<Self.rounds {
      for (label, rows) in zip(data.labels, shown.rows) {
        let d = stride(from: round, to: rows.count, by: Self.rounds).map {
          "M\(Markup.pair(scale.place(data.value(rows[$0], 0), data.value(rows[$0], 1))))h0"
        }.joined()
        body += Drawing.path(
          d, style: "dots \(Palette.style(label))", attributes: " data-class=\"\(label)\"")
      }
    }
    if shown.namesAreDrawn {
      for (label, rows) in zip(data.labels, data.rows) {
        let place = scale.place(
          Self.median(rows.map { data.value($0, 0) }), Self.median(rows.map { data.value($0, 1) }))
        let half = Double(names.short(label).count) * FigureStyle.characterWidth / 2
        body += Drawing.text(
          names.short(label),
          x: min(max(place.x, Self.frame.left + half), Self.frame.left + Self.frame.side - half),
          y: place.y + 4, style: "class-name halo", anchor: "middle",
          attributes: " data-class=\"\(label)\"")
      }
    }
    return body
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// A square that holds all points, with ticks on both axes.
  private struct Scale {
    let x0, y0, factor: Double
    let ticks: (x: AxisTicks, y: AxisTicks)

    init(_ data: LabelledFeatures) {
      func range(_ axis: Int) -> (middle: Double, extent: Double) {
        let values = data.rows.joined().map { data.value($0, axis) }
        let (lower, upper) = (values.min()!, values.max()!)
        return ((lower + upper) / 2, upper - lower)
      }
      let (x, y) = (range(0), range(1))
      // Of points that are all the same any extent will do.
      let extent = max(x.extent, y.extent) > 0 ? 1.06 * max(x.extent, y.extent) : 1
      factor = frame.side / extent
      (x0, y0) = (x.middle - extent / 2, y.middle - extent / 2)
      ticks = (
        AxisTicks(from: x0, to: x0 + extent, count: 4),
        AxisTicks(from: y0, to: y0 + extent, count: 4)
      )
    }

    func place(_ x: Double, _ y: Double) -> Planar {
      Planar(
        x: frame.left + (x - x0) * factor, y: frame.top + frame.side - (y - y0) * factor)
    }

    var axes: String {
      let bottom = frame.top + frame.side
      let side = Markup.coordinate(frame.side)
      var (grid, labels) = ("", "")
      for tick in ticks.x.values {
        let x = place(tick, y0).x
        grid += "M\(Markup.pair(Planar(x: x, y: frame.top)))v\(side)"
        labels += Drawing.text(
          ticks.x.label(tick), x: x, y: bottom + 16, style: "muted small", anchor: "middle")
      }
      for tick in ticks.y.values {
        let y = place(x0, tick).y
        grid += "M\(Markup.pair(Planar(x: frame.left, y: y)))h\(side)"
        labels += Drawing.text(
          ticks.y.label(tick), x: frame.left - 6, y: y + 4, style: "muted small", anchor: "end")
      }
      let box = "M\(Markup.pair(Planar(x: frame.left, y: frame.top)))h\(side)v\(side)h-\(side)Z"
      return Drawing.path(grid, style: "line") + Drawing.path(box, style: "axis") + labels
    }
  }
}
