import Foundation

/// The scores of pairs of the same class and of different ones, over one axis.
struct ScoreHistogramFigure {
  let run: RunSummary

  var drawing: Drawing {
    guard let separation = run.separation else {
      return .message("No pairs were scored for this run.", run: run)
    }
    var notes: [String] = []
    let parts = [
      ("same class", 0, separation.positiveScores, separation.positives),
      ("different classes", 1, separation.negativeScores, separation.negatives),
    ].compactMap { title, color, histogram, pairs -> Part? in
      guard let histogram else {
        notes.append("No scores were kept of pairs of the \(title).")
        return nil
      }
      if let problem = histogram.problem {
        notes.append("Scores of pairs of the \(title) are left out: \(problem).")
        return nil
      }
      return Part(title: title, color: color, histogram: histogram, pairs: pairs)
    }
    let edges = parts.flatMap(\.histogram.edges)
    guard let low = edges.min(), let high = edges.max(), (high - low).isFinite else {
      return .message((["There are no scores to draw."] + notes).joined(separator: " "), run: run)
    }
    let range = Self.occupied(parts) ?? low...high
    let ticks = AxisScale(linear: range).ticks(6)
    var plot = DistributionPlot(
      range, ticks: ticks, title: "\(Markup.shorten(separation.score, to: 40)) of a pair",
      heights: .density)
    var medians: [String] = []
    for part in parts {
      let median = Markup.decimal(part.histogram.median, digits: 2)
      medians.append("\(part.title), median \(median)")
      plot.add(
        part.histogram, color: part.color,
        title: "\(part.title), \(Markup.count(part.pairs, "pair")), median \(median)")
    }
    if let threshold = separation.threshold, threshold.isFinite {
      let text = "threshold \(Markup.decimal(threshold, digits: 3))"
      plot.mark(threshold, title: text)
      if !range.contains(threshold) { notes.append("Outside of the axis: \(text).") }
      if let note = separation.thresholdNote, !note.isEmpty {
        notes.append("The threshold stands \(note).")
      }
    }
    return Drawing(
      width: FigureStyle.width, height: DistributionPlot.height, title: run.title,
      summary: "Scores of pairs: " + medians.joined(separator: "; ") + ".",
      subtitle: run.settingsLine, notes: notes, body: plot.body)
  }

  private struct Part {
    let title: String
    let color: Int
    let histogram: RunSummary.Histogram
    let pairs: Int
  }

  /// The bins in which there is anything.
  private static func occupied(_ parts: [Part]) -> ClosedRange<Double>? {
    let bounds = parts.flatMap { part in
      part.histogram.counts.indices.filter { part.histogram.counts[$0] > 0 }
        .flatMap { [part.histogram.edges[$0], part.histogram.edges[$0 + 1]] }
    }
    guard let low = bounds.min(), let high = bounds.max(), low < high else { return nil }
    return low...high
  }
}
