import Foundation

/// The direction of every point, whatever its norm: an arc over the middle 90 % of each class, a
/// ridge for its density and its name.
///
/// Fans that touch become wide low hills on arcs that touch; separate rays become thin spikes.
struct DirectionRing {
  /// Names are written for at most so many classes.
  static let namedClasses = 20
  private static let bins = 360
  private static let ridgeHeight = 22.0
  /// The share of a class within one degree that reaches the full height.
  private static let fullShare = 0.25

  private(set) var body = ""
  private(set) var withoutDirection = 0
  private(set) var notes: [String] = []
  private(set) var summary = ""

  init(data: LabelledFeatures, disc: Disc, names: ClassNames) {
    var classes: [ClassDirections] = []
    for (label, rows) in zip(data.labels, data.rows) {
      var angles: [Double] = []
      for row in rows {
        let x = data.value(row, 0)
        let y = data.value(row, 1)
        if x == 0, y == 0 { withoutDirection += 1 } else { angles.append(atan2(y, x)) }
      }
      guard !angles.isEmpty else { continue }
      let center = data.meanDirection(rows).map { atan2($0[1], $0[0]) } ?? angles[0]
      classes.append(ClassDirections(label: label, angles: angles, center: center))
    }
    for item in classes { body += Self.ridge(item, disc) }
    for item in classes { body += Self.arc(item, disc) }
    if classes.count <= Self.namedClasses {
      body += Self.names(classes, disc, names)
    } else {
      notes.append("Names are left out: more than \(Self.namedClasses) classes.")
    }
    if !classes.isEmpty {
      let widths = classes.map { ($0.upper - $0.lower) * 180 / .pi }.sorted()
      summary =
        "The middle 90 % of a class spans \(Markup.decimal(widths[widths.count / 2], digits: 0))° "
        + "of directions (median over classes)."
    }
  }

  private static func tag(_ label: Int) -> String { " data-class=\"\(label)\"" }

  private static func arc(_ item: ClassDirections, _ disc: Disc) -> String {
    let radius = disc.radius + 7
    // An arc of no width would not show.
    let half = max((item.upper - item.lower) / 2, 0.004)
    let middle = (item.upper + item.lower) / 2
    let start = disc.center.moved(radius, at: middle + half)
    let end = disc.center.moved(radius, at: middle - half)
    let size = Markup.coordinate(radius)
    return Drawing.path(
      "M\(Markup.pair(start))A\(size) \(size) 0 \(half > .pi / 2 ? 1 : 0) 1 \(Markup.pair(end))",
      style: "arc \(Palette.style(item.label))", attributes: tag(item.label))
  }

  private static func ridge(_ item: ClassDirections, _ disc: Disc) -> String {
    var counts = [Double](repeating: 0, count: bins)
    for angle in item.angles {
      let turn = (angle / (2 * .pi) + 1).truncatingRemainder(dividingBy: 1)
      counts[min(Int(turn * Double(bins)), bins - 1)] += 1
    }
    let base = disc.radius + 10
    let total = Double(item.angles.count)
    func point(_ bin: Int, _ height: Double) -> String {
      Markup.pair(
        disc.center.moved(base + height, at: Double(bin) / Double(bins) * 2 * .pi))
    }
    var d = ""
    var bin = 0
    while bin < bins {
      guard counts[bin] > 0 else {
        bin += 1
        continue
      }
      let start = bin
      var top = ""
      while bin < bins, counts[bin] > 0 {
        // The root keeps thin tails visible beside the peak.
        let height = ridgeHeight * sqrt(min(counts[bin] / total / fullShare, 1))
        top += "L\(point(bin, height))L\(point(bin + 1, height))"
        bin += 1
      }
      d += "M\(point(start, 0))\(top)L\(point(bin, 0))"
      // Back along the base, or a wide ridge would be closed by a chord through the disc.
      for back in stride(from: bin - 4, to: start, by: -4) { d += "L\(point(back, 0))" }
      d += "Z"
    }
    return Drawing.path(
      d, style: "ridge \(Palette.style(item.label))", attributes: tag(item.label))
  }

  private static func names(
    _ classes: [ClassDirections], _ disc: Disc, _ names: ClassNames
  ) -> String {
    let radius = disc.radius + Disc.band
    let sorted = classes.sorted { $0.center < $1.center }
    let widths = sorted.map { Double(names.short($0.label).count) * FigureStyle.characterWidth }
    let places = spread(sorted.map(\.center), widths: widths, radius: radius)
    var result = ""
    for (index, item) in sorted.enumerated() {
      let angle = places[index]
      let spot = disc.center.moved(radius, at: angle)
      let side = cos(angle)
      let anchor = side > 0.3 ? "start" : side < -0.3 ? "end" : "middle"
      var x = spot.x
      switch anchor {
      case "start": x = min(x, disc.width - 3 - widths[index])
      case "end": x = max(x, 3 + widths[index])
      default: break
      }
      if abs(remainder(angle - item.center, 2 * .pi)) > 0.06 {
        let from = disc.center.moved(disc.radius + 11, at: item.center)
        let to = disc.center.moved(radius - 3, at: angle)
        result += Drawing.path(
          "M\(Markup.pair(from))L\(Markup.pair(to))",
          style: "leader \(Palette.style(item.label))", attributes: tag(item.label))
      }
      result += Drawing.text(
        names.short(item.label), x: x, y: spot.y + 4.5 - 3 * sin(angle), style: "class-name halo",
        anchor: anchor, attributes: tag(item.label))
    }
    return result
  }

  /// Sorted angles, pushed apart until the names at them no longer touch.
  private static func spread(_ angles: [Double], widths: [Double], radius: Double) -> [Double] {
    guard angles.count > 1 else { return angles }
    var places = angles
    for _ in 0..<120 {
      for index in places.indices {
        let next = (index + 1) % places.count
        let gap = places[next] - places[index] + (next == 0 ? 2 * .pi : 0)
        let middle = places[index] + gap / 2
        let width = (widths[index] + widths[next]) / 2 + 4
        let needed =
          min(
            14 / max(abs(cos(middle)), 0.05), width / max(abs(sin(middle)), 0.05)) / radius
        guard gap < needed else { continue }
        places[index] -= (needed - gap) / 2
        places[next] += (needed - gap) / 2
      }
    }
    return places
  }
}

/// The directions of one class's points, in radians.
private struct ClassDirections {
  let label: Int
  let angles: [Double]
  let center: Double
  /// The middle 90 % of the points lie between `lower` and `upper`, which enclose `center`'s side.
  let lower: Double
  let upper: Double

  init(label: Int, angles: [Double], center: Double) {
    self.label = label
    self.angles = angles
    self.center = center
    let offsets = angles.map { remainder($0 - center, 2 * .pi) }.sorted()
    let last = Double(offsets.count - 1)
    lower = center + offsets[Int((0.05 * last).rounded())]
    upper = center + offsets[Int((0.95 * last).rounded())]
  }
}
