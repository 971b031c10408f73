/// The sections of the page, each empty where there is nothing to show.
extension Report {
  /// So many classes have a button.
  private static let legendClasses = 1_000
  /// From so many on they can be searched.
  private static let searchedClasses = 20

  func featureSection(_ sprites: inout SpriteStore) -> String {
    // A run that should have features says that it has none.
    let shown = zip(runs, titles).filter { subject == .losses || $0.0.features != nil }
    guard !shown.isEmpty else { return "" }
    var cards = ""
    for (run, title) in shown { cards += card(run, title, &sprites) }
    return "<section class=\"features\" id=\"features\"><h2>Features</h2>\(reading)\(legend)"
      + Self.grid(cards, count: shown.count) + "</section>"
  }

  /// One card per run, as many beside each other as there is room for.
  private static func grid(_ cards: String, count: Int) -> String {
    let columns = count == 4 ? 2 : min(count, 3)
    return "<div class=\"figures\" style=\"--columns:\(columns)\">\(cards)</div>"
  }

  private func card(
    _ run: RunSummary, _ title: String, _ sprites: inout SpriteStore
  ) -> String {
    var result = "<article><h3>\(Markup.escape(title))</h3>"
    result += "<p class=\"settings\">\(Markup.escape(run.settingsLine))</p>"
    let numbers = run.metrics.prefix(3).map {
      "<div><dt>\(Markup.escape($0.title))</dt>"
        + "<dd>\(Markup.escape(MetricTable.value($0)))</dd></div>"
    }
    if !numbers.isEmpty { result += "<dl class=\"headline\">\(numbers.joined())</dl>" }
    if var drawing = Figures.drawing(for: run, names: names) {
      if let cloud = drawing.cloud { drawing.notes[0] = cloud.note }
      if drawing.cloud != nil, let pictures = run.features?.pictures {
        let (attributes, note) = sprites.add(pictures)
        drawing.cloud?.pictures = attributes
        if let note { drawing.notes.append(note) }
      }
      result += Self.figure(drawing)
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
    if dimensions.contains(2) || dimensions.contains(3) {
      sentences.append(
        "<span class=\"scripted\">Point at a dot, or tap it, to see what it is. Pinch, or click a "
          + "figure and turn the wheel, to look closer. Click classes to bring them out.</span>")
    }
    if dimensions.contains(where: { $0 != 2 && $0 != 3 }) {
      sentences.append(
        "The humps show the angle of each test example to the centre of its own class, and to "
          + "the nearest centre of another. The farther apart they stand, the better the classes "
          + "separate.")
    }
    return sentences.map { "<p class=\"reading\">\($0)</p>" }.joined()
  }

  /// Buttons that bring out classes; only the figures of 2 and 3 features colour them.
  private var legend: String {
    let colored = runs.compactMap(\.features).filter { [2, 3].contains($0.dimension) }
    let labels = Set(colored.flatMap(\.labels).filter { $0 >= 0 }).sorted()
    guard labels.count > 1 else { return "" }
    let shown = labels.prefix(Self.legendClasses).map(Int.init)
    let buttons = shown.map {
      "<button type=\"button\" data-class=\"\($0)\" aria-pressed=\"false\">"
        + "<i class=\"\(Palette.style($0)) p\(Palette.shape($0))\"></i>"
        + "\(Markup.escape(names[$0]))</button>"
    }
    let search =
      shown.count > Self.searchedClasses
      ? "<input type=\"search\" class=\"legend-search scripted\" aria-label=\"Find a class\" "
        + "placeholder=\"Find among \(Markup.count(shown.count)) classes\">" : ""
    let rest =
      labels.count > shown.count
      ? "<p class=\"note\">Listed: the first \(Markup.count(shown.count)) of "
        + "\(Markup.count(labels.count)) classes.</p>" : ""
    return search + "<div class=\"legend\" role=\"group\" aria-label=\"Bring out classes\">"
      + buttons.joined() + "</div>" + rest
  }

  // MARK: Separation and scores

  var separationSection: String {
    let rated = zip(titles, runs).compactMap { title, run in
      run.separation.map { (title: title, separation: $0) }
    }
    let curved = rated.filter { !$0.separation.rates.isEmpty }
    var body = ""
    if !curved.isEmpty {
      let roc = RateCurvesFigure(runs: curved, kind: .roc).drawing
      let det = RateCurvesFigure(runs: curved, kind: .det).drawing
      body +=
        "<p class=\"reading\">Two \(subject == .losses ? "pictures" : "samples") make a pair. A pair is <b>accepted</b> as the same "
        + "class if its score reaches a threshold. A lower threshold accepts more of the pairs that "
        + "belong together, and more that do not: each curve shows that exchange. 10⁻³ means that "
        + "one in 1,000 pairs of different classes is accepted. The dot marks where both errors "
        + "are equally frequent (EER).</p><div class=\"curves\">"
        + Self.figure(roc, saying: "The higher, the better. The grey part rests on too few pairs.")
        + Self.figure(det, saying: "The lower, the better: the same curves, errors on both axes.")
        + "</div>"
    }
    body += cards("How far apart the pairs' scores lie") { run in
      let isKept = run.separation?.positiveScores != nil || run.separation?.negativeScores != nil
      return isKept ? ScoreHistogramFigure(run: run).drawing : nil
    }
    body += cards("Angles between features") { run in
      run.angles == nil ? nil : AngleDistributionFigure(run: run).drawing
    }
    body += cards("Which pictures are in the wrong order?") { run in
      run.failingTriples == nil ? nil : TriplesFigure(run: run).drawing
    }
    return body.isEmpty ? "" : "<section id=\"separation\"><h2>Separation</h2>\(body)</section>"
  }

  var scoreSection: String {
    let reliability = cards(
      "Can the probabilities be believed?",
      saying: "A dot on the dashed line means: of answers given with 80\u{A0}% confidence, "
        + "80\u{A0}% are right. Below the line \(subject == .losses ? "a run" : "it") is surer than it should be."
    ) { run in
      let isKept = run.scores?.reliability != nil || run.scores?.calibrated != nil
      return isKept ? ReliabilityFigure(run: run).drawing : nil
    }
    let confusion = cards("Which classes are taken for which?") { run in
      run.scores?.confusion == nil ? nil : ConfusionFigure(run: run).drawing
    }
    let body = reliability + confusion
    return body.isEmpty ? "" : "<section id=\"scores\"><h2>Scores</h2>\(body)</section>"
  }

  /// A heading and a card for each run that there is a drawing of, or nothing.
  private func cards(
    _ heading: String, saying text: String = "", drawing: (RunSummary) -> Drawing?
  ) -> String {
    let cards = zip(titles, runs).compactMap { title, run in
      drawing(run).map {
        "<article><h4>\(Markup.escape(title))</h4>\(Self.figure($0))</article>"
      }
    }
    guard !cards.isEmpty else { return "" }
    let reading = text.isEmpty ? "" : "<p class=\"reading\">\(Markup.escape(text))</p>"
    return "<h3 class=\"part\">\(Markup.escape(heading))</h3>\(reading)"
      + Self.grid(cards.joined(), count: cards.count)
  }

  // MARK: Training

  var trainingSection: String {
    let trained = zip(titles, runs).filter {
      !$0.1.testAccuracy.points.isEmpty || !$0.1.trainingLoss.points.isEmpty
    }
    guard !trained.isEmpty else { return "" }
    let accuracy = CurvesFigure(
      curves: trained.map { ($0.0, $0.1.testAccuracy) }, yTitle: "Test accuracy, %")
    let loss = CurvesFigure(
      curves: trained.map { ($0.0, $0.1.trainingLoss) }, yTitle: "Training loss")
    let figures =
      Self.figure(
        accuracy.drawing, saying: "Share of test examples that get their own class.")
      + Self.figure(
        loss.drawing,
        saying: "Losses of different heads are not comparable: read each curve by itself.")
    return "<section id=\"training\"><h2>Training</h2>"
      + "<div class=\"curves\">\(figures)</div></section>"
  }

  private static func figure(_ drawing: Drawing, saying text: String = "") -> String {
    let notes = ((text.isEmpty ? [] : [text]) + drawing.notes).map(Markup.escape)
    let stage =
      drawing.cloud == nil ? drawing.inline : "<div class=\"stage\">\(drawing.inline)</div>"
    return "<figure>\(stage)<figcaption>\(notes.joined(separator: " "))</figcaption></figure>"
  }
}
