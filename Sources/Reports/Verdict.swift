/// Which run is best, by how much, and whether that is certain: in words.
///
/// It ranks only what comparisons separate; what they do not, it says cannot be told apart.
struct Verdict {
  /// One sentence that answers.
  let headline: String
  /// By how much, and on what the answer rests.
  let details: [String]
  /// One sentence for each further metric.
  let others: [String]

  /// nil where there is nothing to say: no run, or a single one without a number.
  init?(runs: [RunSummary], comparisons: [Comparison], subject: Report.Subject) {
    guard runs.count > 1 else {
      // What would decide between several.
      let metrics = runs.first?.metrics.filter { $0.better != .neither && $0.value.isFinite } ?? []
      guard
        let metric = metrics.first(where: { $0.key == RunSummary.Metric.decidingKey })
          ?? metrics.first
      else { return nil }
      let spread = metric.spread.map {
        " (95\u{A0}% interval: ±\u{A0}\(Markup.decimal($0, digits: metric.digits)))"
      }
      headline = "\(metric.title): \(MetricTable.value(metric))\(spread ?? "")."
      details = [
        metric.explanation,
        "Whether another \(subject.one) does better cannot be said of one alone.",
      ].filter { !$0.isEmpty }
      others = []
      return
    }
    let titles = runs.displayTitles
    var order: [String] = []
    for comparison in comparisons where !order.contains(comparison.metric) {
      order.append(comparison.metric)
    }
    let findings = order.compactMap { metric in
      Finding(
        metric: metric,
        results: PairedResults(
          comparisons.filter { $0.metric == metric }, runs: runs, titles: titles),
        explanation: runs.lazy.flatMap(\.metrics).first { $0.title == metric }?.explanation ?? "",
        subject: subject)
    }
    guard let first = findings.first else {
      headline = "Which \(subject.one) \(subject.verb) best was not tested."
      details = [
        "Differences between these \(subject == .losses ? "runs" : subject.several) were not tested on the same examples; the table marks what "
          + "the intervals of the values alone tell apart."
      ]
      others = []
      return
    }
    headline = first.headline
    details = first.details
    others = findings.dropFirst().map(\.line)
  }

  var html: String {
    var result = "<div class=\"verdict\"><p class=\"answer\">\(Markup.escape(headline))</p>"
    result += details.map { "<p>\(Markup.escape($0))</p>" }.joined()
    if !others.isEmpty {
      let items = others.map { "<li>\(Markup.escape($0))</li>" }.joined()
      result += "<p>By other measures:</p><ul>\(items)</ul>"
    }
    return result + "</div>"
  }
}

/// The verdict by one metric.
private struct Finding {
  private let metric: String
  private let results: PairedResults
  private let explanation: String
  private let subject: Report.Subject
  private let members: [Int]
  /// The run that beats every other beyond doubt.
  private let winner: Int?
  /// Without a winner: the runs of which any may be the best.
  private let group: [Int]

  init?(
    metric: String, results: PairedResults, explanation: String, subject: Report.Subject
  ) {
    let members = results.members
    guard members.count > 1 else { return nil }
    var group = members.filter { run in !members.contains { results.isWon($0, over: run) } }
    if let only = group.first, group.count == 1 {
      group += members.filter { $0 != only && !results.isWon(only, over: $0) }
      group.sort()
    }
    self.metric = metric
    self.results = results
    (self.explanation, self.subject) = (explanation, subject)
    self.members = members
    self.group = group
    winner = group.count == 1 ? group[0] : nil
  }

  /// The run that comes closest to the winner.
  private var rival: Comparison? {
    guard let winner else { return nil }
    return members.compactMap { results[winner, $0] }
      .min { abs($0.difference) < abs($1.difference) }
  }

  private func title(_ run: Int) -> String { results.titles[run] }

  private func list(_ runs: [Int]) -> String { Self.join(runs.map(title)) }

  static func join(_ names: [String]) -> String {
    guard names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }

  var headline: String {
    if let winner { return "\(title(winner)) \(subject.verb) best, and that is certain." }
    let question = "Which \(subject.one) \(subject.verb) best"
    if group.isEmpty { return "\(question) cannot be said." }
    return group.count == members.count
      ? "These \(subject.several) cannot be told apart on this data."
      : "\(question) cannot be said: \(list(group)) cannot be told apart."
  }

  var details: [String] {
    if let winner, let rival {
      let next = members.first { $0 != winner && results[winner, $0]?.runB == rival.runB }
      let side = rival.difference > 0 ? "above" : "below"
      let other = next.map(title) ?? rival.runB
      var text = "In \(lowercased(metric)) it is \(rival.amount) \(side) \(other)"
      text += members.count > 2 ? ", which comes closest" : ""
      text += rival.evidence.isEmpty ? "." : " (\(rival.evidence))."
      return [text] + meaning + [
        "Certain means that a difference like this is hardly ever chance"
          + (rival.lower == nil || rival.upper == nil
            ? ". " : ": its 95\u{A0}% interval excludes 0. ")
          + "Other data may still decide otherwise"
          + (subject == .losses
            ? ", and so may other seeds, unless the comparison is over seeds." : ".")
      ]
    }
    guard !group.isEmpty else {
      return ["By \(lowercased(metric)), the comparisons contradict each other."]
    }
    var result = ["Judged by \(lowercased(metric)). \(differences)"] + meaning
    let rest = members.filter { !group.contains($0) }
    if !rest.isEmpty {
      let isClear = rest.allSatisfy { run in group.allSatisfy { results.isWon($0, over: run) } }
      result.append(
        isClear
          ? "\(group.count == 2 ? "Both" : "All of them") are certainly better than \(list(rest))."
          : "Certainly worse than one of them: \(list(rest)).")
    }
    return result
  }

  /// What the metric is, for the reader who meets it for the first time.
  private var meaning: [String] {
    explanation.isEmpty ? [] : ["\(metric): \(lowercased(explanation))"]
  }

  /// The differences within the group: all, where they are few.
  private var differences: String {
    var pairs: [(Int, Int)] = []
    for (place, a) in group.enumerated() { for b in group[(place + 1)...] { pairs.append((a, b)) } }
    let missing = pairs.count { results[$0.0, $0.1] == nil }
    var sentences = pairs.compactMap { a, b -> String? in
      guard let result = results[a, b] else { return nil }
      let isReversed = result.difference < 0
      let (high, low) = isReversed ? (b, a) : (a, b)
      let evidence = result.evidence.isEmpty ? "" : " (\(result.evidence))"
      let doubt = result.isWonByA || result.reversed.isWonByA ? "" : " – that may be chance"
      return "\(title(high)) has \(result.amount) more than \(title(low))\(evidence)\(doubt)."
    }
    let shown = 3
    if sentences.count > shown {
      let more = sentences.count - shown
      sentences = sentences.prefix(shown) + ["So it is for \(Markup.count(more, "further pair"))."]
    }
    if missing > 0 { sentences.append("Not compared: \(Markup.count(missing, "pair")).") }
    return sentences.joined(separator: " ")
  }

  /// The finding in one sentence.
  var line: String {
    if let winner, let rival {
      let evidence = rival.evidence.isEmpty ? "" : " (\(rival.evidence))"
      return "\(metric): \(title(winner)) is best, by \(rival.amount)\(evidence)."
    }
    if group.isEmpty { return "\(metric): the comparisons contradict each other." }
    let rest = members.filter { !group.contains($0) }
    let tail = rest.isEmpty ? "" : "; behind: \(list(rest))"
    return "\(metric): \(list(group)) cannot be told apart\(tail)."
  }

  /// A title inside a sentence: `Test accuracy` becomes `test accuracy`, `EER` stays.
  private func lowercased(_ text: String) -> String {
    let second = text.dropFirst().first
    guard let first = text.first, second?.isLowercase == true else { return text }
    return first.lowercased() + text.dropFirst()
  }
}
