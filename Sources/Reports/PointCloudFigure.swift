import Foundation

/// Points of a projection to space inside a box of their axes, seen from one side, orthographic: the
/// farther ones fainter and behind the nearer ones.
struct PointCloudFigure {
  private static let layers = 10
  private static let height = 400.0
  private static let middle = Planar(x: 210, y: 200)

  let points: ProjectedPoints

  var drawing: Drawing {
    points.drawing(
      of: "space, seen from one side", remark: ", farther ones fainter", height: Self.height,
      body: body)
  }

  private func body(_ shown: ProjectedPoints.Shown) -> String {
    let (data, names) = (shown.data, points.names)
    let box = Box(data)
    let centers = zip(data.labels, data.rows).map { label, rows in
      (
        label: label,
        place: Spatial(
          (0..<3).map { axis in
            ProjectionFigure.median(rows.map { box.value(data.value($0, axis), axis) })
          })
      )
    }
    let view = Rotation.best(for: centers.map(\.place))
    // Half of the box's diagonal has to fit, however it is turned.
    let scale = 190 / box.reach
    func place(_ point: Spatial) -> Planar {
      Planar(x: Self.middle.x + point.x * scale, y: Self.middle.y - point.y * scale)
    }

    var layers = [[Int: String]](repeating: [:], count: Self.layers)
    for (label, rows) in zip(data.labels, shown.rows) {
      for row in rows {
        let point = view(Spatial((0..<3).map { box.value(data.value(row, $0), $0) }))
        let depth = (point.z / box.reach + 1) / 2 * Double(Self.layers)
        layers[min(max(Int(depth), 0), Self.layers - 1)][label, default: ""] +=
          "M\(Markup.pair(place(point)))h0"
      }
    }
    var body = box.edges(view, place)
    for (index, layer) in layers.enumerated() {
      let nearness = (Double(index) + 0.5) / Double(Self.layers)
      let opacity = Markup.coordinate(0.25 + 0.6 * nearness)
      for (label, d) in layer.sorted(by: { $0.key < $1.key }) {
        body += Drawing.path(
          d, style: "dots \(Palette.style(label))",
          attributes: " data-class=\"\(label)\" style=\"stroke-opacity:\(opacity);"
            + "stroke-width:\(Markup.coordinate(1.6 + 1.4 * nearness))\"")
      }
    }
    if shown.namesAreDrawn {
      for (label, center) in centers {
        let spot = place(view(center))
        body += Drawing.text(
          names.short(label), x: spot.x, y: spot.y + 4, style: "class-name halo",
          anchor: "middle", attributes: " data-class=\"\(label)\"")
      }
    }
    return body
  }

  /// The box of all points, around the origin, its longest side 2.
  private struct Box {
    private let middles: [Double]
    private let factor: Double
    private let halves: [Double]

    init(_ data: LabelledFeatures) {
      let ranges = (0..<3).map { axis in
        let values = data.rows.joined().map { data.value($0, axis) }
        return (values.min()!, values.max()!)
      }
      middles = ranges.map { ($0.0 + $0.1) / 2 }
      let longest = ranges.map { $0.1 - $0.0 }.max()!
      let factor = longest > 0 ? 2 / longest : 1
      self.factor = factor
      halves = ranges.map { ($0.1 - $0.0) / 2 * factor }
    }

    var reach: Double { max(halves.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-3) }

    func value(_ value: Double, _ axis: Int) -> Double { (value - middles[axis]) * factor }

    /// The twelve edges; three of them carry the numbers of the axes.
    func edges(_ view: Rotation, _ place: (Spatial) -> Planar) -> String {
      func corner(_ index: Int) -> Spatial {
        view(Spatial((0..<3).map { index >> $0 & 1 == 1 ? halves[$0] : -halves[$0] }))
      }
      // The axes leave from the farthest corner, behind the points.
      let farthest = (0..<8).min { corner($0).z < corner($1).z }!
      var (lines, axes, labels) = ("", "", "")
      for index in 0..<8 {
        for axis in 0..<3 where index >> axis & 1 == 0 {
          let other = index | 1 << axis
          let d = "M\(Markup.pair(place(corner(index))))L\(Markup.pair(place(corner(other))))"
          guard index == farthest || other == farthest else {
            lines += d
            continue
          }
          axes += d
          let end = place(corner(index == farthest ? other : index))
          labels += Drawing.text(
            "\(axis + 1)", x: end.x, y: end.y - 5, style: "muted small halo", anchor: "middle")
        }
      }
      return Drawing.path(lines, style: "line") + Drawing.path(axes, style: "axis") + labels
    }
  }
}
