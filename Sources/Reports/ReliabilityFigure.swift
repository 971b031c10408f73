import Foundation

/// How often a run is right when it is so sure: as trained and, beside it, calibrated.
struct ReliabilityFigure {
  private static let height = 330.0

  let run: RunSummary

  var drawing: Drawing {
    guard let scores = run.scores, scores.reliability != nil || scores.calibrated != nil else {
      return .message("No probabilities were kept for this run.", run: run)
    }
    let given = [scores.reliability, scores.calibrated].compactMap(\.self)
    let panels = given.map { ReliabilityPanel($0) }
    var notes = panels.compactMap(\.note)
    if panels.allSatisfy({ $0.bins.isEmpty }) {
      return .message(
        (["There are no probabilities to draw."] + notes).joined(separator: " "), run: run)
    }
    notes.insert(
      "Bars: 95 % intervals. Below: examples by confidence, on a logarithmic scale.", at: 0)
    let gap = 46.0
    let size = (FigureStyle.width - 36 - 12 - gap) / 2
    var body = ""
    for (index, panel) in panels.enumerated() {
      // A single diagram stands in the middle.
      let left =
        panels.count == 1 ? (FigureStyle.width - size) / 2 : 36 + Double(index) * (size + gap)
      body += panel.body(left: left, size: size)
    }
    return Drawing(
      width: FigureStyle.width, height: Self.height, title: run.title,
      summary: "Share of right answers by confidence: "
        + panels.map(\.summary).joined(separator: "; ") + ".",
      subtitle: run.settingsLine, notes: notes, body: body)
  }
}

/// One reliability diagram over its histogram of confidences.
private struct ReliabilityPanel {
  private static let histogramHeight = 56.0
  private let title: String
  let bins: [RunSummary.Reliability.Bin]
  let note: String?

  init(_ reliability: RunSummary.Reliability) {
    title = reliability.title
    let unit = 0.0...1.0
    let usable = reliability.bins.filter {
      unit.contains($0.lower) && unit.contains($0.upper) && $0.lower < $0.upper && $0.count >= 0
        && ($0.count == 0 || unit.contains($0.meanConfidence) && unit.contains($0.accuracy))
    }
    bins = usable.filter { $0.count > 0 }
    let broken = reliability.bins.count - usable.count
    note =
      broken > 0
      ? "\(reliability.title): \(Markup.count(broken, "bin")) left out, not within 0 to 1." : nil
  }

  private var total: Double { bins.reduce(0) { $0 + Double($1.count) } }

  /// Σ n/N · |accuracy − confidence|: the expected calibration error over these bins.
  private var error: Double {
    bins.reduce(0) { $0 + Double($1.count) / total * abs($1.accuracy - $1.meanConfidence) }
  }

  var summary: String {
    bins.isEmpty
      ? "\(title), no examples"
      : "\(title), expected calibration error \(Markup.decimal(error * 100, digits: 2)) %"
  }

  func body(left: Double, size: Double) -> String {
    let top = 46.0
    let scale = AxisScale(linear: 0...1)
    let frame = PlotFrame(
      left: left, right: left + size, top: top, bottom: top + size, horizontal: scale,
      vertical: scale)
    var body = Drawing.text(
      Markup.shorten(title, to: 24), x: left, y: 16, style: "class-name")
    body += Drawing.text(
      bins.isEmpty ? "no examples" : "ECE \(Markup.decimal(error * 100, digits: 2))\u{202F}%",
      x: left, y: 33, style: "muted")
    let shares = [0, 0.5, 1].map { (value: $0, label: Markup.decimal($0 * 100, digits: 0)) }
    body += frame.axes([], shares, title: "")
    body += Drawing.path(
      "M\(Markup.pair(frame.place(0, 0)))L\(Markup.pair(frame.place(1, 1)))", style: "guide")
    for bin in bins { body += drawing(of: bin, frame) }
    return body + histogram(frame)
  }

  private func drawing(of bin: RunSummary.Reliability.Bin, _ frame: PlotFrame) -> String {
    let spot = frame.place(bin.meanConfidence, bin.accuracy)
    let (low, high) = Self.interval(bin.accuracy, of: Double(bin.count))
    let color = Palette.style(bin.accuracy < bin.meanConfidence ? 1 : 0)
    let width = Markup.coordinate((bin.upper - bin.lower) * (frame.right - frame.left) - 1)
    let bounds = [bin.accuracy, bin.meanConfidence].map(frame.y)
    var result = "<rect class=\"gap \(color)\" x=\"\(Markup.coordinate(frame.x(bin.lower) + 0.5))\""
    result += " y=\"\(Markup.coordinate(bounds.min() ?? 0))\" width=\"\(width)\""
    result += " height=\"\(Markup.coordinate(abs(bounds[0] - bounds[1])))\"/>"
    result += Drawing.path(
      "M\(Markup.pair(Planar(x: spot.x, y: frame.y(low))))V\(Markup.coordinate(frame.y(high)))",
      style: "whisker \(color)")
    return result + Drawing.circle(spot, 2.8, style: "end \(color)")
  }

  /// Wilson's 95 % interval of a share.
  private static func interval(_ share: Double, of count: Double) -> (Double, Double) {
    let z = 1.959964
    let middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    let inner = share * (1 - share) / count + z * z / (4 * count * count)
    let half = z * inner.squareRoot() / (1 + z * z / count)
    return (max(middle - half, 0), min(middle + half, 1))
  }

  private func histogram(_ above: PlotFrame) -> String {
    let top = above.bottom + 12
    let largest = Double(bins.map(\.count).max() ?? 1)
    let frame = PlotFrame(
      left: above.left, right: above.right, top: top, bottom: top + Self.histogramHeight,
      horizontal: above.horizontal,
      vertical: AxisScale(powers: -0.15...max(log10(largest), 1)))
    var bars = ""
    for bin in bins {
      let left = frame.x(bin.lower) + 0.5
      bars += "M\(Markup.pair(Planar(x: left, y: frame.bottom)))"
      bars += "V\(Markup.coordinate(frame.y(Double(bin.count))))"
      bars += "H\(Markup.coordinate(frame.x(bin.upper) - 0.5))V\(Markup.coordinate(frame.bottom))Z"
    }
    let heights = frame.vertical.powers.map { value, label in
      (value: value, label: value >= 1e4 ? label : Markup.count(Int(value)))
    }
    let every = heights.count > 3 ? 2 : 1
    let shown = heights.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    let shares = [0, 0.5, 1].map { (value: $0, label: Markup.decimal($0 * 100, digits: 0)) }
    return frame.axes(shares, shown, title: "confidence, %")
      + Drawing.path(bars, style: "bars")
  }
}
