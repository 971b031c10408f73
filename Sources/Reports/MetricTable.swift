import Foundation

/// The numbers of all runs: a row per run, a column per metric.
struct MetricTable {
  struct Column {
    let metric: RunSummary.Metric
    /// One cell per run; nil where the run lacks the metric.
    let cells: [RunSummary.Metric?]
    let results: PairedResults

    /// The runs that are not certainly worse than the one with the best value; none where that
    /// would be all of them.
    ///
    /// A comparison on the same examples decides where there is one. Otherwise a run is certainly
    /// worse where the 95 % intervals do not overlap; where an interval is missing for that,
    /// nothing is marked.
    var marked: Set<Int> {
      guard metric.better != .neither else { return [] }
      let sign = metric.better == .higher ? 1.0 : -1.0
      let runs = cells.indices.filter { cells[$0] != nil }
      let values = runs.map { (run: $0, value: sign * (cells[$0]?.value ?? .nan)) }
      guard values.count > 1, values.allSatisfy({ $0.value.isFinite }),
        let best = values.max(by: { $0.value < $1.value })?.run
      else { return [] }
      var result: Set = [best]
      for run in runs where run != best {
        guard let isWorse = isCertainlyWorse(run, than: best, sign: sign) else { return [] }
        if !isWorse { result.insert(run) }
      }
      return result.count < runs.count ? result : []
    }

    /// Nil where it cannot be known.
    private func isCertainlyWorse(_ run: Int, than best: Int, sign: Double) -> Bool? {
      if results[best, run] != nil { return results.isWon(best, over: run) }
      guard let high = bound(run, sign, 1), let low = bound(best, sign, -1) else { return nil }
      return high < low
    }

    private func bound(_ run: Int, _ sign: Double, _ side: Double) -> Double? {
      guard let cell = cells[run], let spread = cell.spread, spread.isFinite, spread >= 0 else {
        return nil
      }
      return sign * cell.value + side * spread
    }

    var lacksIntervals: Bool {
      metric.better != .neither && marked.isEmpty
        && cells.contains { $0 != nil && $0?.spread == nil }
    }
  }

  let runs: [RunSummary]
  let columns: [Column]
  private let titles: [String]
  private let subject: Report.Subject

  init(
    _ runs: [RunSummary], comparisons: [Comparison] = [], subject: Report.Subject = .losses
  ) {
    var seen: Set<String> = []
    let kinds = runs.flatMap(\.metrics).filter { seen.insert($0.key).inserted }
    let titles = runs.displayTitles
    self.runs = runs
    self.titles = titles
    self.subject = subject
    columns = kinds.map { kind in
      Column(
        metric: kind, cells: runs.map { $0.metrics.first { $0.key == kind.key } },
        results: PairedResults(
          comparisons.filter { $0.metric == kind.title }, runs: runs, titles: titles))
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
    var head = "<th scope=\"col\">\(subject.one.capitalized)</th>"
    for column in columns {
      head += "<th scope=\"col\" title=\"\(Markup.escape(column.metric.explanation))\">"
      head += "\(Markup.escape(column.metric.title))\(Self.direction(column.metric))</th>"
    }
    let marked = columns.map(\.marked)
    var rows = ""
    for (index, run) in runs.enumerated() {
      rows += "<tr><th scope=\"row\">\(Markup.escape(titles[index]))"
      rows += "<small>\(Markup.escape(run.settingsLine))</small></th>"
      for (column, marked) in zip(columns, marked) {
        rows += Self.cell(
          column.cells[index], isMarked: marked.contains(index), isAlone: marked.count == 1)
      }
      rows += "</tr>"
    }
    return
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Metrics by \(subject.one)\">"
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

  private static func cell(_ metric: RunSummary.Metric?, isMarked: Bool, isAlone: Bool)
    -> String
  {
    guard let metric else { return "<td class=\"dim\">–</td>" }
    var text = Markup.escape(value(metric))
    if let spread = metric.spread, spread.isFinite {
      text += "<small>± \(Markup.decimal(spread, digits: metric.digits))</small>"
    }
    guard isMarked else { return "<td>\(text)</td>" }
    let meaning = isAlone ? "best" : "not certainly worse than the best"
    return "<td class=\"best\" aria-label=\"\(Markup.escape(value(metric))), \(meaning)\">"
      + "\(text)</td>"
  }

  private var note: String {
    var text = "± is half the width of the 95\u{A0}% interval. "
    text += "Marked is every value that is not certainly worse than the best of its column; "
    text +=
      "several are marked where they cannot be told apart, and none where that is all of them."
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
