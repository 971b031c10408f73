import Foundation

/// Features of any dimension by two angles: to the centre of the own class, and to the nearest
/// centre of another class.
///
/// A centre is the direction of the mean of the class's unit vectors. Where the two humps stand
/// apart, the classes separate.
struct AnglesFigure {
  private static let binWidth = 2.0
  /// Multiplications spent on the angles; beyond, fewer points stand for all.
  private static let budget = 400_000_000.0

  let run: RunSummary

  var drawing: Drawing {
    guard let features = run.features else {
      return .message("No features were kept for this run.", run: run)
    }
    guard features.dimension > 0 else {
      return .message(
        "An angle figure needs at least 1 feature; this run says \(features.dimension).", run: run)
    }
    let data = LabelledFeatures(features)
    let angles = CenterAngles(data, limit: Self.limit(data))
    guard !angles.own.isEmpty else {
      let reason =
        (["There are no points with a direction."] + data.notes).joined(separator: " ")
      return .message(reason, run: run)
    }
    return drawing(of: angles, data)
  }

  private static func limit(_ data: LabelledFeatures) -> Int {
    let perPoint = Double(data.dimension) * Double(max(data.labels.count, 1))
    return Int(min(max(budget / perPoint, 100), 5_000))
  }

  private func drawing(of angles: CenterAngles, _ data: LabelledFeatures) -> Drawing {
    var notes = [
      "\(Markup.count(angles.own.count)) of \(Markup.count(data.total, "point")), "
        + "in \(Markup.count(data.labels.count)) classes."
    ]
    if angles.other.isEmpty {
      notes.append("There is one class only: no other centre to compare with.")
    } else {
      let share = Double(angles.closerToAnother) / Double(angles.own.count) * 100
      notes.append("Closer to another centre: \(Markup.decimal(share, digits: 1)) % of the points.")
    }
    if angles.withoutDirection > 0 {
      notes.append(
        "\(Markup.count(angles.withoutDirection, "point")) at the origin without direction.")
    }
    notes += data.notes

    let widest = Double(angles.own.count { $0 > 120 } + angles.other.count { $0 > 120 })
    let limit = widest > 0.01 * Double(angles.own.count) ? 180.0 : 120.0
    var plot = AnglePlot(limit: limit, binWidth: Self.binWidth)
    let own = plot.add(angles.own, color: 0, title: "to its own class")
    let other = plot.add(angles.other, color: 1, title: "to the nearest other")
    return Drawing(
      width: FigureStyle.width, height: AnglePlot.height, title: run.title,
      summary: "Angle of each point to the centre of its own class"
        + (own.map { ", median \($0)" } ?? "") + ", and to the nearest centre of another class"
        + (other.map { ", median \($0)" } ?? "") + ".",
      subtitle: run.settingsLine, notes: notes, body: plot.body)
  }
}

/// Angles in degrees between points and class centres.
struct CenterAngles {
  private(set) var own: [Double] = []
  /// Empty where there is one class only.
  private(set) var other: [Double] = []
  private(set) var closerToAnother = 0
  private(set) var withoutDirection = 0

  init(_ data: LabelledFeatures, limit: Int) {
    let centers = data.rows.map { data.meanDirection($0)?.map { Float($0) } }
    let known = centers.indices.filter { centers[$0] != nil }
    let flat = known.flatMap { centers[$0] ?? [] }
    let dimension = data.dimension
    let chosen = data.sample(limit).enumerated().flatMap { index, rows in
      rows.map { (index: index, row: $0) }
    }
    // A sample keeps a point of every class; of very many classes only some are asked.
    let step = max(chosen.count / max(limit, 1), 1)
    for (index, row) in stride(from: 0, to: chosen.count, by: step).map({ chosen[$0] }) {
      guard let unit = data.direction(row)?.map({ Float($0) }) else {
        withoutDirection += 1
        continue
      }
      var mine: Float?
      var nearest: Float?
      for (slot, center) in known.enumerated() {
        var cosine: Float = 0
        for axis in 0..<dimension { cosine += unit[axis] * flat[slot * dimension + axis] }
        if center == index {
          mine = cosine
        } else if cosine > nearest ?? -2 {
          nearest = cosine
        }
      }
      guard let mine else { continue }
      own.append(Self.degrees(mine))
      if let nearest {
        other.append(Self.degrees(nearest))
        if nearest > mine { closerToAnother += 1 }
      }
    }
  }

  private static func degrees(_ cosine: Float) -> Double {
    acos(min(max(Double(cosine), -1), 1)) * 180 / .pi
  }
}

/// Histograms over an axis of degrees.
private struct AnglePlot {
  static let height = 286.0
  private let left = 20.0
  private let right = FigureStyle.width - 20
  private let top = 62.0
  private let bottom = height - 46
  private let limit: Double
  private let binWidth: Double
  private var areas = ""
  private var keys = ""
  private var keyCount = 0.0

  init(limit: Double, binWidth: Double) {
    self.limit = limit
    self.binWidth = binWidth
  }

  private func x(_ angle: Double) -> Double { left + angle / limit * (right - left) }

  /// Draws the histogram and returns its median as text, or nil without angles.
  mutating func add(_ angles: [Double], color: Int, title: String) -> String? {
    guard !angles.isEmpty else { return nil }
    let sorted = angles.sorted()
    let median = sorted[sorted.count / 2]
    var counts = [Double](repeating: 0, count: Int(limit / binWidth))
    for angle in angles { counts[min(Int(angle / binWidth), counts.count - 1)] += 1 }
    // Each hump on its own height: the question is where they stand and whether they overlap.
    let peak = counts.max() ?? 1
    var d = "M\(Markup.pair(Planar(x: left, y: bottom)))"
    for (bin, count) in counts.enumerated() {
      let y = bottom - count / peak * (bottom - top)
      d += "L\(Markup.pair(Planar(x: x(Double(bin) * binWidth), y: y)))"
      d += "H\(Markup.coordinate(x(Double(bin + 1) * binWidth)))"
    }
    d += "V\(Markup.coordinate(bottom))Z"
    areas += Drawing.path(d, style: "area \(Palette.style(color))")
    let line = Markup.pair(Planar(x: x(min(median, limit)), y: top - 6))
    areas += Drawing.path(
      "M\(line)V\(Markup.coordinate(bottom))", style: "curve \(Palette.style(color))",
      attributes: " stroke-dasharray=\"1 5\"")
    let text = "\(Markup.decimal(median, digits: 1))°"
    let y = 20 + keyCount * 18
    keys += "<rect class=\"end \(Palette.style(color))\" x=\"\(Markup.coordinate(left))\""
    keys += " y=\"\(Markup.coordinate(y - 9))\" width=\"12\" height=\"10\" rx=\"2\"/>"
    keys += Drawing.text("\(title), median \(text)", x: left + 20, y: y, style: "class-name")
    keyCount += 1
    return text
  }

  var body: String {
    var d = "M\(Markup.pair(Planar(x: left, y: bottom)))H\(Markup.coordinate(right))"
    var labels = ""
    for angle in stride(from: 0, through: limit, by: 30) {
      d += "M\(Markup.pair(Planar(x: x(angle), y: bottom)))v4"
      labels += Drawing.text(
        "\(Int(angle))°", x: x(angle), y: bottom + 18, style: "muted small",
        anchor: "middle")
    }
    labels += Drawing.text(
      "angle to a class centre", x: (left + right) / 2, y: bottom + 36, style: "muted",
      anchor: "middle")
    return areas + Drawing.path(d, style: "axis") + labels + keys
  }
}
