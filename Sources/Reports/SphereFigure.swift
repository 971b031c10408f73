import Foundation

/// Three features by their directions: a sphere, and a small one seen from behind.
///
/// Coordinates travel along, so that the page's script can turn the sphere; without the script the
/// chosen view stands.
struct SphereFigure {
  private static let rounds = 3
  private static let height = 380.0
  private static let ball = Ball(center: Planar(x: 200, y: 184), radius: 148)
  private static let inset = Ball(center: Planar(x: 372, y: 330), radius: 40)

  let run: RunSummary
  let names: ClassNames

  var drawing: Drawing {
    run.drawing(of: "sphere", dimension: 3, drawing)
  }

  private func drawing(of data: LabelledFeatures) -> Drawing {
    let centers = zip(data.labels, data.rows).compactMap { label, rows in
      data.meanDirection(rows).map { (label: label, place: Spatial($0)) }
    }
    let view = Rotation.best(for: centers.map(\.place))
    let drawn = data.sample(ScatterFigure.drawnPoints)
    let clouds = Self.clouds(drawn, data, view)
    let drawnCount = drawn.reduce(0) { $0 + $1.count }
    let pointless = data.rows.joined().count { data.direction($0) == nil }

    var notes = [
      "\(Markup.count(drawnCount)) of \(Markup.count(data.total, "point")) drawn by direction; "
        + "far side fainter, and small as seen from behind."
    ]
    if pointless > 0 {
      notes.append("\(Markup.count(pointless, "point")) at the origin without direction.")
    }
    notes += data.notes
    let hasRays = data.hasProxies && data.labels.count <= ScatterFigure.classesWithRays
    if hasRays {
      notes.append(
        run.features?.proxiesAreNormalized == true
          ? "Rays: the proxy of each class; rings: the mean direction of its points."
          : "Rays: the direction of each class's weights; rings: the mean one of its points.")
    }
    if centers.count > DirectionRing.namedClasses {
      notes.append("Names are left out: more than \(DirectionRing.namedClasses) classes.")
    }

    let (ball, inset) = (Self.ball, Self.inset)
    var body = Drawing.circle(ball.center, ball.radius, style: "axis")
    body += Drawing.circle(inset.center, inset.radius, style: "axis")
    body += Self.group("dots", clouds.map { $0.path(.far, ball, side: "far ") })
    body += Self.graticule(view)
    body += Self.group("dots", clouds.map { $0.path(.near, ball) })
    body += Self.group("dots", clouds.map { $0.path(.behind, inset, side: "tiny ") })
    if hasRays {
      body += Self.rays(data, view)
      body += Self.group("tips", Self.tips(data, view))
      body += Self.group("centers", Self.rings(centers, view))
    }
    body += Drawing.text(
      "from behind", x: inset.center.x, y: inset.center.y - inset.radius - 7,
      style: "muted small", anchor: "middle")
    if centers.count <= DirectionRing.namedClasses { body += classNames(centers, view) }
    let places = [ball, inset].flatMap { [$0.center.x, $0.center.y, $0.radius] }
    var cloud = PointCloud(ball: places)
    for (label, rows) in zip(data.labels, data.sample(PointCloud.drawnPoints)) {
      cloud.add(label, rows) { row in data.direction(row).map { view(Spatial($0)) } }
    }
    cloud.note =
      "\(Markup.count(cloud.count)) of \(Markup.count(data.total, "point")) drawn by direction; "
      + "far side fainter, and small as seen from behind."
    return Drawing(
      width: FigureStyle.width, height: Self.height, title: run.title,
      summary: "Directions of three features of \(Markup.count(data.total, "point")) in "
        + "\(Markup.count(data.labels.count)) classes, on a sphere.",
      subtitle: run.settingsLine, notes: notes,
      cloud: cloud, body: body)
  }

  private static func group(_ part: String, _ elements: [String]) -> String {
    "<g data-part=\"\(part)\">\(elements.joined())</g>"
  }

  /// The points of each class as seen, in several rounds so that no class covers all others.
  private static func clouds(
    _ drawn: [[Int]], _ data: LabelledFeatures, _ view: Rotation
  ) -> [Cloud] {
    (0..<rounds).flatMap { round in
      zip(data.labels, drawn).map { label, rows in
        let points = stride(from: round, to: rows.count, by: rounds).compactMap {
          data.direction(rows[$0]).map { view(Spatial($0)) }
        }
        return Cloud(label: label, points: points)
      }
    }
  }

  /// Meridians and parallels every 30°, of the features' own axes.
  private static func graticule(_ view: Rotation) -> String {
    let steps = 48
    func circle(_ point: (Double) -> Spatial) -> [Spatial] {
      (0...steps).map { view(point(Double($0) / Double(steps) * 2 * .pi)) }
    }
    var lines: [[Spatial]] = []
    for index in 0..<6 {
      let turn = Double(index) * .pi / 6
      lines.append(
        circle { Spatial(x: cos($0) * cos(turn), y: sin($0), z: cos($0) * sin(turn)) })
    }
    for index in -2...2 {
      let rise = Double(index) * .pi / 6
      lines.append(
        circle { Spatial(x: cos(rise) * cos($0), y: sin(rise), z: cos(rise) * sin($0)) })
    }
    let elements = lines.map { line in
      var d = ""
      var isDown = false
      for point in line {
        if point.z >= 0 { d += (isDown ? "L" : "M") + Markup.pair(ball.place(point)) }
        isDown = point.z >= 0
      }
      let values = line.map(\.thousandths).joined(separator: " ")
      return "<path class=\"line\" data-v=\"\(values)\" d=\"\(d)\"/>"
    }
    return group("grid", elements)
  }

  private static func rays(_ data: LabelledFeatures, _ view: Rotation) -> String {
    let elements = data.labels.compactMap { label in
      data.proxyDirection(label).map {
        let end = view(Spatial($0))
        return Drawing.path(
          "M\(Markup.pair(ball.center))L\(Markup.pair(ball.place(end)))",
          style: "proxy \(Palette.style(label))\(end.z < 0 ? " faint" : "")",
          attributes: " data-class=\"\(label)\" data-v=\"\(end.thousandths)\"")
      }
    }
    return group("rays", elements)
  }

  /// Where the rays end, to be told from the points there.
  private static func tips(_ data: LabelledFeatures, _ view: Rotation) -> [String] {
    data.labels.compactMap { label in
      data.proxyDirection(label).map {
        mark(view(Spatial($0)), 2.6, style: "end marked \(Palette.style(label))", label)
      }
    }
  }

  private static func rings(
    _ centers: [(label: Int, place: Spatial)], _ view: Rotation
  ) -> [String] {
    centers.map { label, place in mark(view(place), 5, style: "mark", label) }
  }

  private static func mark(
    _ place: Spatial, _ radius: Double, style: String, _ label: Int
  ) -> String {
    Drawing.circle(
      ball.place(place), radius, style: style + (place.z < 0 ? " faint" : ""),
      attributes: " data-class=\"\(label)\" data-v=\"\(place.thousandths)\"")
  }

  private func classNames(
    _ centers: [(label: Int, place: Spatial)], _ view: Rotation
  ) -> String {
    let elements = centers.map { label, place in
      let seen = view(place)
      // A little outside the cloud that it names.
      let spot = Self.ball.place(seen, reach: 1.08)
      let half = Double(names.short(label).count) * FigureStyle.characterWidth / 2
      let x = min(max(spot.x, half), FigureStyle.width - half)
      return Drawing.text(
        names.short(label), x: x, y: spot.y + 4,
        style: "class-name halo\(seen.z < 0 ? " faint" : "")", anchor: "middle",
        attributes: " data-class=\"\(label)\" data-v=\"\(seen.thousandths)\"")
    }
    return Self.group("names", elements)
  }
}

/// Where a sphere stands in the drawing.
private struct Ball {
  let center: Planar
  let radius: Double

  func place(_ point: Spatial, reach: Double = 1) -> Planar {
    Planar(x: center.x + point.x * radius * reach, y: center.y - point.y * radius * reach)
  }
}

/// Points of one class in view coordinates.
private struct Cloud {
  enum Side {
    case near
    case far
    /// The far side as seen from there: left and right change places.
    case behind
  }

  let label: Int
  let points: [Spatial]

  func path(_ part: Side, _ ball: Ball, side: String = "") -> String {
    var d = ""
    for point in points where (point.z >= 0) == (part == .near) {
      let shown = part == .behind ? Spatial(x: -point.x, y: point.y, z: -point.z) : point
      d += "M\(Markup.pair(ball.place(shown)))\(Palette.point(label))"
    }
    return Drawing.path(
      d, style: side + Palette.pointStyle(label), attributes: " data-class=\"\(label)\"")
  }
}
