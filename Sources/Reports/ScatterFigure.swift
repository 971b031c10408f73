import Foundation

/// Two features as a disc around the origin, inside a ring of their directions.
struct ScatterFigure {
  static let drawnPoints = 2_000
  private static let rounds = 4
  /// Rays of more classes would hide the points.
  static let classesWithRays = 40

  let run: RunSummary
  let names: ClassNames

  var drawing: Drawing {
    run.drawing(of: "scatter", dimension: 2, drawing)
  }

  private func drawing(of data: LabelledFeatures) -> Drawing {
    let disc = Disc(names: names)
    let scale = NormScale(data)
    let ring = DirectionRing(data: data, disc: disc, names: names)
    let drawn = data.sample(Self.drawnPoints)
    let drawnCount = drawn.reduce(0) { $0 + $1.count }

    var notes = ["\(Markup.count(drawnCount)) of \(Markup.count(data.total, "point")) drawn."]
    if scale.beyond > 0 {
      notes.append(
        "Beyond the frame, moved to its rim: \(Markup.count(scale.beyond, "point")).")
    }
    if ring.withoutDirection > 0 {
      notes.append(
        ring.withoutDirection == data.total
          ? "All points lie at the origin and have no direction."
          : "\(Markup.count(ring.withoutDirection, "point")) at the origin without direction.")
    }
    notes += data.notes + ring.notes
    let hasRays = data.hasProxies && data.labels.count <= Self.classesWithRays
    if hasRays {
      notes.append(
        run.features?.proxiesAreNormalized == true
          ? "Rays: the proxy of each class."
          : "Rays: the direction of each class's weights.")
    }

    var body = background(disc, scale)
    body += dots(drawn, data, disc, scale)
    if hasRays { body += rays(data, disc) }
    body += Drawing.circle(disc.center, 2.2, style: "origin")
    body += ring.body + ruler(disc, scale)
    return Drawing(
      width: disc.width, height: disc.height, title: run.title,
      summary: "Two features of \(Markup.count(data.total, "point")) in "
        + "\(Markup.count(data.labels.count)) classes, around the origin. " + ring.summary,
      subtitle: run.settingsLine, notes: notes, cloud: cloud(data, disc, scale), body: body)
  }

  /// The points in the disc's own units: its rim is at 1.
  private func cloud(_ data: LabelledFeatures, _ disc: Disc, _ scale: NormScale) -> PointCloud {
    var cloud = PointCloud(ball: [disc.center.x, disc.center.y, disc.radius])
    for (label, rows) in zip(data.labels, data.sample(PointCloud.drawnPoints)) {
      cloud.add(label, rows) { row in
        let place = scale.place(Planar(x: data.value(row, 0), y: data.value(row, 1)), in: disc)
        return Spatial(
          x: (place.x - disc.center.x) / disc.radius, y: (disc.center.y - place.y) / disc.radius,
          z: 0)
      }
    }
    cloud.note = "\(Markup.count(cloud.count)) of \(Markup.count(data.total, "point")) drawn."
    return cloud
  }

  private func background(_ disc: Disc, _ scale: NormScale) -> String {
    var circles = ""
    for tick in scale.ticks.values where tick > 0 {
      circles += Drawing.circle(disc.center, tick / scale.limit * disc.radius, style: "line")
    }
    let left = disc.center.moved(disc.radius, at: .pi)
    let top = disc.center.moved(disc.radius, at: .pi / 2)
    let length = Markup.coordinate(2 * disc.radius)
    return circles + Drawing.circle(disc.center, disc.radius, style: "axis")
      + Drawing.path(
        "M\(Markup.pair(left))h\(length)M\(Markup.pair(top))v\(length)", style: "line")
  }

  /// Points in several rounds over the classes, so that no class lies on top of all others.
  private func dots(
    _ drawn: [[Int]], _ data: LabelledFeatures, _ disc: Disc, _ scale: NormScale
  ) -> String {
    var result = ""
    for round in 0..<Self.rounds {
      for (label, rows) in zip(data.labels, drawn) {
        var d = ""
        for index in stride(from: round, to: rows.count, by: Self.rounds) {
          let place = scale.place(
            Planar(x: data.value(rows[index], 0), y: data.value(rows[index], 1)), in: disc)
          d += "M\(Markup.pair(place))\(Palette.point(label))"
        }
        result += Drawing.path(
          d, style: Palette.pointStyle(label), attributes: " data-class=\"\(label)\"")
      }
    }
    return "<g data-part=\"dots\">\(result)</g>"
  }

  private func rays(_ data: LabelledFeatures, _ disc: Disc) -> String {
    data.labels.compactMap { label in
      data.proxyDirection(label).map {
        let end = disc.center.moved(disc.radius, at: atan2($0[1], $0[0]))
        return Drawing.path(
          "M\(Markup.pair(disc.center))L\(Markup.pair(end))",
          style: "proxy \(Palette.style(label))", attributes: " data-class=\"\(label)\"")
      }
    }.joined()
  }

  /// The scale of both axes, from the origin to the rim.
  private func ruler(_ disc: Disc, _ scale: NormScale) -> String {
    let y = disc.height - 20
    let start = Planar(x: disc.center.x, y: y)
    var d = "M\(Markup.pair(start))h\(Markup.coordinate(disc.radius))"
    var labels = Drawing.text(
      "scale of both axes", x: start.x - 10, y: y + 4, style: "muted small", anchor: "end")
    for tick in scale.ticks.values {
      let x = start.x + tick / scale.limit * disc.radius
      d += "M\(Markup.pair(Planar(x: x, y: y - 2.5)))v5"
      labels += Drawing.text(
        scale.ticks.label(tick), x: x, y: y + 16, style: "muted small", anchor: "middle")
    }
    return Drawing.path(d, style: "axis") + labels
  }
}

/// Where the disc, its ring and the names around it stand: the same for all runs of a report.
struct Disc {
  /// From the rim to the names: the arcs, the ridges and a gap.
  static let band = 38.0

  let width = FigureStyle.width
  let radius: Double
  let center: Planar

  init(names: ClassNames) {
    let longest = names.names.indices.map { names.short($0).count }.max() ?? 2
    radius = min(
      max(width / 2 - Self.band - 4 - Double(longest) * FigureStyle.characterWidth, 112), 160)
    center = Planar(x: width / 2, y: radius + Self.band + 16)
  }

  var height: Double { 2 * center.y + 26 }
}

/// How far from the origin the rim stands.
struct NormScale {
  let limit: Double
  let ticks: AxisTicks
  /// Points farther from the origin than the rim.
  let beyond: Int

  init(_ data: LabelledFeatures) {
    let norms = data.rows.joined().map { hypot(data.value($0, 0), data.value($0, 1)) }.sorted()
    let last = norms.last ?? 0
    let usual = norms.isEmpty ? 0 : norms[Int(0.995 * Double(norms.count - 1))]
    // A frame that would cut off hardly anything does not cut at all.
    let chosen = usual > 0 && last > 1.2 * usual ? usual : last
    limit = chosen > 0 ? chosen : 1
    ticks = AxisTicks(from: 0, to: limit, count: 3)
    beyond = norms.count { $0 > chosen }
  }

  func place(_ point: Planar, in disc: Disc) -> Planar {
    let norm = hypot(point.x, point.y)
    let shrink = disc.radius / max(norm, limit)
    return Planar(x: disc.center.x + point.x * shrink, y: disc.center.y - point.y * shrink)
  }
}
