import Foundation

/// The comparison of several runs, or of features and scores of any program, as one page that needs nothing
/// else: no network, no other file.
///
/// The page answers which loss gives features that separate, in words first; then come the features,
/// what the scores of pairs and classes are worth, the table, the training, and how it was made.
/// Sections without anything to show are left out. A page of a run of 10,000 points with pictures is
/// under 5 MB.
public struct Report: Sendable {
  /// Something to know about how the results came about: data, network, command, seed, machine.
  public struct Fact: Codable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  let title: String
  let runs: [RunSummary]
  let names: ClassNames
  let comparisons: [Comparison]
  let facts: [Fact]
  let subject: Subject
  /// What the runs are called; no two are the same.
  let titles: [String]

  /// - Parameters:
  ///   - title: Heading of the page, as plain text.
  ///   - runs: In the order in which they are shown.
  ///   - classNames: By label; labels beyond it are called by their number.
  ///   - comparisons: Differences between runs, tested on the same examples; the first metric among
  ///     them decides the verdict. Runs are ranked only where these are certain.
  ///   - facts: The first four short ones also stand under the heading.
  ///   - subject: What the runs are.
  public init(
    title: String, runs: [RunSummary], classNames: [String], comparisons: [Comparison] = [],
    facts: [Fact], subject: Subject = .losses
  ) {
    self.title = title
    self.runs = runs
    names = ClassNames(names: classNames)
    self.comparisons = comparisons
    self.facts = facts
    self.subject = subject
    titles = runs.displayTitles
  }

  /// The whole page.
  public func html() -> String {
    var sprites = SpriteStore()
    let features = featureSection(&sprites)
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(Markup.escape(title))</title>
      <style>\(PageStyle.css)\(FigureStyle.css)</style>
      </head>
      <body>
      <main>
      \(header)
      \(features)
      \(separationSection)
      \(scoreSection)
      <section id="numbers"><h2>Numbers</h2>\(MetricTable(runs, comparisons: comparisons, subject: subject).html)</section>
      \(trainingSection)
      \(makingSection)
      </main>
      <script type="application/json" id="class-names">\(classNameList)</script>
      \(sprites.html)
      <script>\(PageScript.source)</script>
      </body>
      </html>

      """
  }

  private var header: String {
    let short = facts.filter { $0.value.count <= 40 }.prefix(4)
    let items = short.map {
      "<span>\(Markup.escape($0.name)) <b>\(Markup.escape($0.value))</b></span>"
    }
    return "<header><h1>\(Markup.escape(title))</h1>"
      + "<p class=\"lede\">\(Markup.escape(question))</p>"
      + (items.isEmpty ? "" : "<p class=\"facts\">\(items.joined(separator: " "))</p>")
      + (Verdict(runs: runs, comparisons: comparisons, subject: subject)?.html ?? "") + "</header>"
  }

  /// The names of the classes that are drawn, as JSON that no markup can end early.
  private var classNameList: String {
    let data = (try? JSONEncoder().encode(Array(names.names.prefix(10_000)))) ?? Data("[]".utf8)
    return String(decoding: data, as: UTF8.self).replacing("<", with: "\\u003c")
  }

  private var question: String {
    switch runs.count {
    case 0: return "There are no runs to show."
    case 1:
      return
        "How well does \(titles[0]) \(subject == .classifiers ? "predict" : "separate") the classes?"
    default:
      let first = titles.dropLast().joined(separator: ", ")
      let asked =
        subject == .losses
        ? "Which loss gives features that separate?"
        : "Which \(subject.one) \(subject.verb) the classes best?"
      return "\(asked) \(first) and "
        + "\(titles[runs.count - 1]), side by side."
    }
  }

  private var makingSection: String {
    guard !facts.isEmpty else { return "" }
    let entries = facts.map { fact in
      let value = Markup.escape(fact.value)
      let isCommand = fact.name.lowercased().contains("command")
      return "<div><dt>\(Markup.escape(fact.name))</dt>"
        + "<dd>\(isCommand ? "<code>\(value)</code>" : value)</dd></div>"
    }
    return "<section id=\"making\"><h2>How this was made</h2>"
      + "<dl class=\"making\">\(entries.joined())</dl></section>"
  }
}
