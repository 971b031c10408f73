import Foundation

/// Histograms of several quantities over one axis, with a key of their medians.
struct DistributionPlot {
  enum Height {
    /// Each hump reaches the top: the question is where they stand and whether they overlap.
    case each
    /// Areas are equal: the question is also how much there is at a place.
    case density
  }

  static let height = 286.0
  private let frame: PlotFrame
  private let ticks: [(value: Double, label: String)]
  private let axisTitle: String
  private let heights: Height
  private let range: ClosedRange<Double>
  private var humps: [Hump] = []
  private var marks = ""

  private struct Hump {
    let histogram: RunSummary.Histogram
    let densities: [Double]
    let color: Int
    let title: String
    let middle: Double
  }

  init(
    _ range: ClosedRange<Double>, ticks: [(value: Double, label: String)], title: String,
    heights: Height
  ) {
    frame = PlotFrame(
      left: 20, right: FigureStyle.width - 20, top: 62, bottom: Self.height - 46,
      horizontal: AxisScale(linear: range), vertical: AxisScale(linear: 0...1))
    self.ticks = ticks
    self.range = range
    axisTitle = title
    self.heights = heights
  }

  /// Adds a hump whose histogram has no ``RunSummary/Histogram/problem``.
  mutating func add(
    _ histogram: RunSummary.Histogram, color: Int, title: String, median: Double? = nil
  ) {
    let total = histogram.total
    let edges = histogram.edges
    let densities = histogram.counts.enumerated().map { bin, count in
      Double(count) / total / (edges[bin + 1] - edges[bin])
    }
    humps.append(
      Hump(
        histogram: histogram, densities: densities, color: color, title: title,
        middle: median ?? histogram.median))
  }

  /// A line across the plot, named at its top.
  mutating func mark(_ value: Double, title: String) {
    guard value.isFinite, range.contains(value) else { return }
    let x = frame.x(value)
    marks += Drawing.path(
      "M\(Markup.pair(Planar(x: x, y: frame.top - 4)))V\(Markup.coordinate(frame.bottom))",
      style: "mark")
    let half = Double(title.count) * FigureStyle.characterWidth / 2
    marks += Drawing.text(
      title, x: min(max(x, frame.left + half), frame.right - half), y: frame.top - 9,
      style: "small", anchor: "middle")
  }

  var body: String {
    let common = humps.flatMap(\.densities).filter(\.isFinite).max() ?? 1
    var areas = ""
    var keys = ""
    for (place, hump) in humps.enumerated() {
      let own = hump.densities.filter(\.isFinite).max() ?? 1
      areas += area(hump, peak: heights == .each ? own : common)
      let y = 16 + Double(place) * 18
      keys +=
        "<rect class=\"end \(Palette.style(hump.color))\" x=\"\(Markup.coordinate(frame.left))\""
      keys += " y=\"\(Markup.coordinate(y - 9))\" width=\"12\" height=\"10\" rx=\"2\"/>"
      keys += Drawing.text(hump.title, x: frame.left + 20, y: y, style: "class-name")
    }
    return areas + frame.axes(ticks, [], title: axisTitle, style: "muted") + marks + keys
  }

  private func area(_ hump: Hump, peak: Double) -> String {
    let edges = hump.histogram.edges
    var d = "M\(Markup.pair(Planar(x: x(edges[0]), y: frame.bottom)))"
    for (bin, density) in hump.densities.enumerated() {
      let share = peak > 0 && density.isFinite ? min(density / peak, 1) : 1
      let y = frame.bottom - share * (frame.bottom - frame.top)
      d += "L\(Markup.pair(Planar(x: x(edges[bin]), y: y)))"
      d += "H\(Markup.coordinate(x(edges[bin + 1])))"
    }
    d += "V\(Markup.coordinate(frame.bottom))Z"
    let line = Markup.pair(Planar(x: x(hump.middle), y: frame.top))
    return Drawing.path(d, style: "area \(Palette.style(hump.color))")
      + Drawing.path(
        "M\(line)V\(Markup.coordinate(frame.bottom))",
        style: "curve \(Palette.style(hump.color))", attributes: " stroke-dasharray=\"1 5\"")
  }

  private func x(_ value: Double) -> Double {
    frame.x(min(max(value, range.lowerBound), range.upperBound))
  }
}
