/// The comparison of several runs as one page that needs nothing else: no network, no other file.
///
/// The page answers which loss gives features that separate: figures first, then the table, the
/// curves, and how it was made. A page of five runs with 2,000 drawn points each is under 1 MB.
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

  private let title: String
  private let runs: [RunSummary]
  private let classNames: [String]
  private let facts: [Fact]

  /// - Parameters:
  ///   - title: Heading of the page, as plain text.
  ///   - runs: In the order in which they are shown.
  ///   - classNames: By label; labels beyond it are called by their number.
  ///   - facts: The first four short ones also stand under the heading.
  public init(title: String, runs: [RunSummary], classNames: [String], facts: [Fact]) {
    self.title = title
    self.runs = runs
    self.classNames = classNames
    self.facts = facts
  }

  /// The whole page.
  public func html() -> String {
    """
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
    \(featureSection)
    <section><h2>The numbers</h2>\(MetricTable(runs).html)</section>
    \(curveSection)
    \(makingSection)
    </main>
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
      + "</header>"
  }

  private var question: String {
    switch runs.count {
    case 0: return "There are no runs to show."
    case 1: return "How well does \(runs[0].title) separate the classes?"
    default:
      let first = runs.dropLast().map(\.title).joined(separator: ", ")
      return "Which loss gives features that separate? \(first) and "
        + "\(runs[runs.count - 1].title), side by side."
    }
  }

  private var featureSection: String {
    guard !runs.isEmpty else { return "" }
    let names = ClassNames(names: classNames)
    let columns = runs.count == 4 ? 2 : min(runs.count, 3)
    let cards = runs.map { card($0, names) }.joined()
    return "<section class=\"features\"><h2>The features</h2>\(reading)\(legend(names))"
      + "<div class=\"figures\" style=\"--columns:\(columns)\">\(cards)</div></section>"
  }

  private func card(_ run: RunSummary, _ names: ClassNames) -> String {
    var result = "<article><h3>\(Markup.escape(run.title))</h3>"
    result += "<p class=\"settings\">\(Markup.escape(run.settingsLine))</p>"
    let numbers = run.metrics.prefix(3).map {
      "<div><dt>\(Markup.escape($0.title))</dt>"
        + "<dd>\(Markup.escape(MetricTable.value($0)))</dd></div>"
    }
    if !numbers.isEmpty { result += "<dl class=\"headline\">\(numbers.joined())</dl>" }
    if let drawing = Figures.drawing(for: run, names: names) {
      let notes = drawing.notes.map(Markup.escape).joined(separator: " ")
      result += "<figure>\(drawing.inline)<figcaption>\(notes)</figcaption></figure>"
    } else {
      result += "<p class=\"none\">No features were kept for this run.</p>"
    }
    return result + "</article>"
  }

  /// How to read the kinds of figures that this page has.
  private var reading: String {
    let dimensions = Set(runs.compactMap { $0.features?.dimension })
    var sentences: [String] = []
    if dimensions.contains(2) {
      sentences.append(
        "Each dot is a test example, placed by its two features. The ring keeps only directions: "
          + "an arc spans the middle 90\u{A0}% of a class, the ridge shows where they gather. "
          + "<b>Wide arcs that touch are fans</b>: the classes run into each other. "
          + "<b>Narrow arcs with gaps are rays</b>: the classes separate.")
    }
    if dimensions.contains(3) {
      sentences.append(
        "Each dot is the direction of a test example's three features on a sphere. Tight spots "
          + "with room between them separate. <span class=\"scripted\">Drag a sphere, or use "
          + "the arrow keys, to turn it.</span>")
    }
    if dimensions.contains(where: { $0 != 2 && $0 != 3 }) {
      sentences.append(
        "The humps show the angle of each test example to the centre of its own class, and to "
          + "the nearest centre of another. The farther apart they stand, the better the classes "
          + "separate.")
    }
    return sentences.map { "<p class=\"reading\">\($0)</p>" }.joined()
  }

  /// Buttons that bring out one class; only the figures of 2 and 3 features colour classes.
  private func legend(_ names: ClassNames) -> String {
    let colored = runs.compactMap(\.features).filter { [2, 3].contains($0.dimension) }
    let labels = Set(colored.flatMap(\.labels).filter { $0 >= 0 }).sorted().prefix(200)
    guard labels.count > 1 else { return "" }
    let buttons = labels.map {
      "<button type=\"button\" data-class=\"\($0)\" aria-pressed=\"false\">"
        + "<i class=\"\(Palette.style(Int($0)))\"></i>\(Markup.escape(names[Int($0)]))</button>"
    }
    return "<div class=\"legend\" role=\"group\" aria-label=\"Bring out one class\">"
      + buttons.joined() + "</div>"
  }

  private var curveSection: String {
    guard !runs.isEmpty else { return "" }
    let accuracy = CurvesFigure(
      curves: runs.map { ($0.title, $0.testAccuracy) }, yTitle: "Test accuracy, %")
    let loss = CurvesFigure(
      curves: runs.map { ($0.title, $0.trainingLoss) }, yTitle: "Training loss")
    let figures = [
      (accuracy.drawing, "Share of test examples that get their own class."),
      (loss.drawing, "Losses of different heads are not comparable: read each curve by itself."),
    ].map { drawing, text in
      let notes = ([text] + drawing.notes).map(Markup.escape).joined(separator: " ")
      return "<figure>\(drawing.inline)<figcaption>\(notes)</figcaption></figure>"
    }
    return "<section><h2>The training</h2><div class=\"curves\">\(figures.joined())</div></section>"
  }

  private var makingSection: String {
    guard !facts.isEmpty else { return "" }
    let entries = facts.map { fact in
      let value = Markup.escape(fact.value)
      let isCommand = fact.name.lowercased().contains("command")
      return "<div><dt>\(Markup.escape(fact.name))</dt>"
        + "<dd>\(isCommand ? "<code>\(value)</code>" : value)</dd></div>"
    }
    return "<section><h2>How this was made</h2>"
      + "<dl class=\"making\">\(entries.joined())</dl></section>"
  }
}
