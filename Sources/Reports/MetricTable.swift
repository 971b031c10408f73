/// The numbers of all runs: a row per run, a column per metric.
struct MetricTable {
  struct Column {
    let metric: RunSummary.Metric
    /// One cell per run; nil where the run lacks the metric.
    let cells: [RunSummary.Metric?]

    /// The run that is better than every other beyond doubt, if there is one.
    ///
    /// Its 95 % interval overlaps no other run's; so a column in which any interval is unknown
    /// marks nothing.
    var best: Int? {
      guard metric.better != .neither else { return nil }
      let sign = metric.better == .higher ? 1.0 : -1.0
      var bounds: [(run: Int, low: Double, high: Double)] = []
      for (run, cell) in cells.enumerated() {
        guard let cell else { continue }
        guard let spread = cell.spread, spread.isFinite, spread >= 0, cell.value.isFinite else {
          return nil
        }
        bounds.append((run, sign * cell.value - spread, sign * cell.value + spread))
      }
      guard bounds.count > 1, let leader = bounds.max(by: { $0.low < $1.low }) else { return nil }
      let isClear = bounds.allSatisfy { $0.run == leader.run || $0.high < leader.low }
      return isClear ? leader.run : nil
    }

    var lacksIntervals: Bool {
      metric.better != .neither && cells.contains { $0 != nil && $0?.spread == nil }
    }
  }

  let runs: [RunSummary]
  let columns: [Column]

  init(_ runs: [RunSummary]) {
    var seen: Set<String> = []
    let kinds = runs.flatMap(\.metrics).filter { seen.insert($0.key).inserted }
    self.runs = runs
    columns = kinds.map { kind in
      Column(metric: kind, cells: runs.map { $0.metrics.first { $0.key == kind.key } })
    }
  }

  static func value(_ metric: RunSummary.Metric) -> String {
    let number = Markup.decimal(metric.value, digits: metric.digits)
    return metric.value.isFinite ? number + unit(metric) : number
  }

  private static func unit(_ metric: RunSummary.Metric) -> String {
    // A degree sign stands at its number, any other unit apart from it.
    metric.unit.isEmpty || metric.unit == "°" ? metric.unit : "\u{202F}\(metric.unit)"
  }

  var html: String {
    guard !columns.isEmpty else { return "<p>These runs carry no metrics.</p>" }
    var head = "<th scope=\"col\">Loss</th>"
    for column in columns {
      head += "<th scope=\"col\" title=\"\(Markup.escape(column.metric.explanation))\">"
      head += "\(Markup.escape(column.metric.title))\(Self.direction(column.metric))</th>"
    }
    let best = columns.map(\.best)
    var rows = ""
    for (index, run) in runs.enumerated() {
      rows += "<tr><th scope=\"row\">\(Markup.escape(run.title))"
      rows += "<small>\(Markup.escape(run.settingsLine))</small></th>"
      for (column, best) in zip(columns, best) {
        rows += Self.cell(column.cells[index], isBest: best == index)
      }
      rows += "</tr>"
    }
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Metrics by loss\">"
      + "<table><thead><tr>\(head)</tr></thead><tbody>\(rows)</tbody></table></div>"
      + "<p class=\"note\">\(Markup.escape(note))</p>" + glossary
  }

  private static func direction(_ metric: RunSummary.Metric) -> String {
    switch metric.better {
    case .higher: "\u{A0}<span class=\"dim\" aria-label=\"higher is better\">↑</span>"
    case .lower: "\u{A0}<span class=\"dim\" aria-label=\"lower is better\">↓</span>"
    case .neither: ""
    }
  }

  private static func cell(_ metric: RunSummary.Metric?, isBest: Bool) -> String {
    guard let metric else { return "<td class=\"dim\">–</td>" }
    var text = Markup.escape(value(metric))
    if let spread = metric.spread, spread.isFinite {
      text += "<small>± \(Markup.decimal(spread, digits: metric.digits))</small>"
    }
    return isBest
      ? "<td class=\"best\" aria-label=\"best: \(Markup.escape(value(metric)))\">\(text)</td>"
      : "<td>\(text)</td>"
  }

  private var note: String {
    var text = "± is half the width of the 95\u{A0}% interval. "
    text += "A value is marked as best only where its interval overlaps no other run's."
    let unknown = columns.filter(\.lacksIntervals).map(\.metric.title)
    if !unknown.isEmpty {
      text += " Nothing is marked for want of intervals in: "
      text += unknown.joined(separator: ", ") + "."
    }
    return text
  }

  private var glossary: String {
    let entries = columns.filter { !$0.metric.explanation.isEmpty }.map {
      "<div><dt>\(Markup.escape($0.metric.title))</dt>"
        + "<dd>\(Markup.escape($0.metric.explanation))</dd></div>"
    }
    return entries.isEmpty ? "" : "<dl class=\"glossary\">\(entries.joined())</dl>"
  }
}
