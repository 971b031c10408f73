import Foundation

/// Which errors a run makes at every threshold on the scores of pairs.
public enum RateCurves: String, Codable, Sendable {
  /// True accept rate over false accept rate.
  case roc
  /// False reject rate over false accept rate, both logarithmic.
  case det
}

/// The operating curves of several runs over a logarithmic false accept rate.
///
/// What rests on fewer than ten pairs is shaded: there a curve shows chance.
struct RateCurvesFigure {
  private static let width = 480.0
  private static let plotHeight = 250.0
  private static let left = 54.0
  /// A rate below `resolution / pairs` rests on fewer pairs than this.
  private static let resolution = 10.0

  private struct Line {
    let index: Int
    let title: String
    /// x ascending; y is the true accept rate.
    let points: [Planar]
    let separation: RunSummary.Separation
  }

  let runs: [(title: String, separation: RunSummary.Separation)]
  let kind: RateCurves

  var drawing: Drawing {
    var notes: [String] = []
    let lines = runs.enumerated().map { index, run in
      let usable = run.separation.rates.filter {
        (0...1).contains($0.x) && (0...1).contains($0.y)
      }
      let broken = run.separation.rates.count - usable.count
      if broken > 0 {
        notes.append("\(run.title): \(Markup.count(broken, "point")) left out, not within 0 to 1.")
      }
      return Line(
        index: index, title: run.title,
        points: usable.map { Planar(x: $0.x, y: $0.y) }.sorted { ($0.x, $0.y) < ($1.x, $1.y) },
        separation: run.separation)
    }
    let drawn = lines.filter { !$0.points.isEmpty }
    notes += lines.filter(\.points.isEmpty).map { "\($0.title): no rates." }
    let entries = drawn.map { line in
      let rate = Self.equalErrorRate(line).map {
        ", EER \(Markup.decimal($0 * 100, digits: 2))\u{202F}%"
      }
      return (index: line.index, title: Markup.shorten(line.title, to: 26) + (rate ?? ""))
    }
    let key = LineKey.drawing(entries, width: Self.width)
    let top = key.height + 36
    var body = key.body
    if drawn.isEmpty {
      body += Drawing.text(
        "There are no rates to draw.", x: Self.width / 2, y: Self.plotHeight / 2, style: "muted",
        anchor: "middle")
    } else {
      body += plot(drawn, top: top)
      notes = Self.sizes(drawn) + notes
    }
    return Drawing(
      width: Self.width, height: top + Self.plotHeight + 46, title: title,
      summary: "\(title) for " + entries.map(\.title).joined(separator: "; ") + ".", notes: notes,
      body: body)
  }

  private var title: String {
    kind == .roc ? "True accepts by false accepts (ROC)" : "False rejects by false accepts (DET)"
  }

  private static func equalErrorRate(_ line: Line) -> Double? {
    line.separation.equalErrorRate.flatMap { (0...1).contains($0) ? $0 : nil }
  }

  private static func sizes(_ lines: [Line]) -> [String] {
    let sizes = lines.map { line in
      "\(Markup.count(line.separation.positives)) pairs of the same class and "
        + "\(Markup.count(line.separation.negatives)) of different ones."
    }
    return Set(sizes).count == 1
      ? [sizes[0]] : zip(lines, sizes).map { "\($0.title): \($1)" }
  }

  /// The power of ten at which an axis over rates of so many pairs begins: a whole one, 10⁻¹ to
  /// 10⁻⁹.
  private static func firstPower(_ pairs: Int) -> Double {
    min(max(-log10(Double(max(pairs, 1))), -9), -1).rounded(.down)
  }

  private func plot(_ lines: [Line], top: Double) -> String {
    let negatives = lines.map(\.separation.negatives)
    let positives = lines.map(\.separation.positives)
    let horizontal = AxisScale(powers: Self.firstPower(negatives.max() ?? 1)...0)
    let unresolved = min(Self.resolution / Double(max(negatives.min() ?? 1, 1)), 1)
    let vertical: AxisScale
    switch kind {
    case .roc:
      let resolved = lines.compactMap { line in
        line.points.last { $0.x <= unresolved }?.y ?? line.points.first?.y
      }
      vertical = AxisScale(linear: Self.floor(resolved.min() ?? 0)...100)
    case .det: vertical = AxisScale(powers: Self.firstPower(positives.max() ?? 1)...0)
    }
    let frame = PlotFrame(
      left: Self.left, right: Self.width - 24, top: top, bottom: top + Self.plotHeight,
      horizontal: horizontal, vertical: vertical)
    let heights =
      kind == .roc
      ? vertical.ticks(5).map { (value: $0.value, label: "\($0.label)\u{202F}%") } : vertical.powers
    var body = Drawing.text(
      kind == .roc ? "true accept rate" : "false reject rate", x: 16, y: top - 14, style: "muted")
    body += frame.axes(horizontal.powers, heights, title: "false accept rate (logarithmic)")
    if kind == .det {
      let start = max(Self.firstPower(negatives.max() ?? 1), Self.firstPower(positives.max() ?? 1))
      let corner = Markup.pair(frame.place(pow(10, start), pow(10, start)))
      body += Drawing.path("M\(corner)L\(Markup.pair(frame.place(1, 1)))", style: "guide")
    }
    for line in lines {
      body += Drawing.path(
        path(line, frame), style: LineKey.style(line.index), attributes: LineKey.dash(line.index))
    }
    let floor = min(Self.resolution / Double(max(positives.min() ?? 1, 1)), 1)
    body += Self.shade(frame, until: unresolved, below: kind == .det ? floor : nil)
    for line in lines {
      guard let rate = Self.equalErrorRate(line) else { continue }
      let spot = kind == .roc ? frame.place(rate, (1 - rate) * 100) : frame.place(rate, rate)
      guard spot.y <= frame.bottom + 0.1 else { continue }
      body += Drawing.circle(spot, 4.5, style: "end marked \(Palette.style(line.index))")
    }
    return body
  }

  /// The percentage at which the axis of true accepts begins: a round one below the least that is
  /// resolved, 0 where that is low.
  private static func floor(_ least: Double) -> Double {
    guard least >= 0.5 else { return 0 }
    let missing = (1 - least) * 100 * 1.15
    let room = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].first { $0 >= missing } ?? 100
    return 100 - room
  }

  /// The curve within the frame; points that would lie on one another are drawn once.
  private func path(_ line: Line, _ frame: PlotFrame) -> String {
    var places = line.points.map { point in
      frame.place(point.x, kind == .roc ? point.y * 100 : 1 - point.y)
    }
    // Where the curve enters from below the frame it is cut off at the edge.
    if let entry = places.firstIndex(where: { $0.y <= frame.bottom }), entry > 0 {
      let (outside, inside) = (places[entry - 1], places[entry])
      let share = (frame.bottom - inside.y) / max(outside.y - inside.y, 1e-9)
      let x = inside.x + (outside.x - inside.x) * min(share, 1)
      places.replaceSubrange(..<entry, with: [Planar(x: x, y: frame.bottom)])
    }
    places = places.filter { $0.y <= frame.bottom + 0.1 }
    // Of all points at the left edge, the last one is what the least rate there is reaches; where
    // nothing is rejected any more, a curve of rejects ends.
    if let last = places.lastIndex(where: { $0.x <= frame.left }) { places.removeFirst(last) }
    if kind == .det, let first = places.firstIndex(where: { $0.y >= frame.bottom }) {
      places.removeSubrange((first + 1)...)
    }
    guard var drawn = places.first else { return "" }
    var d = "M\(Markup.pair(drawn))"
    for (index, place) in places.enumerated().dropFirst() {
      let isLast = index == places.count - 1
      guard isLast || hypot(place.x - drawn.x, place.y - drawn.y) > 0.7 else { continue }
      d += "L\(Markup.pair(place))"
      drawn = place
    }
    return d
  }

  /// Covers what rests on fewer than ten pairs.
  private static func shade(
    _ frame: PlotFrame, until rate: Double, below floor: Double?
  ) -> String {
    func box(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> String {
      "M\(Markup.pair(Planar(x: left, y: top)))H\(Markup.coordinate(right))"
        + "V\(Markup.coordinate(bottom))H\(Markup.coordinate(left))Z"
    }
    let edge = frame.x(rate)
    var d = ""
    var result = ""
    // A line at the edge has half its width beyond it.
    if edge > frame.left + 1 { d += box(frame.left - 1.5, frame.top - 1.5, edge, frame.bottom + 1) }
    if let floor, frame.y(floor) < frame.bottom - 1 {
      d += box(max(edge, frame.left), frame.y(floor), frame.right + 1.5, frame.bottom + 1)
    }
    if edge > frame.left + 24 {
      let spot = Planar(x: frame.left + 16, y: frame.bottom - 8)
      let turn = "rotate(-90 \(Markup.pair(spot)))"
      result = Drawing.text(
        "not resolvable: under 10 pairs", x: spot.x, y: spot.y, style: "muted small halo",
        attributes: " transform=\"\(turn)\"")
    }
    return Drawing.path(d, style: "veil") + Drawing.path(d, style: "tint") + result
  }
}
