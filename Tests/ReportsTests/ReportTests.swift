import Foundation
import Reports
import Testing

@Suite struct ReportTests {
  /// The drawings inside a page.
  private func drawings(_ page: String) -> [ParsedMarkup] {
    page.matches(of: /<svg[\s\S]*?<\/svg>/).map { ParsedMarkup(String($0.output)) }
  }

  @Test func `The page needs nothing from outside`() {
    let page = SampleRuns.fiveLosses.html()
    for reference in ["http://", "https://", "src=", "<link", "@import", "url("] {
      #expect(!page.contains(reference), "\(reference)")
    }
    #expect(page.contains("<html lang=\"en\">"))
    #expect(page.contains("name=\"viewport\""))
  }

  @Test func `Every drawing in the page is well-formed`() {
    let drawings = drawings(SampleRuns.fiveLosses.html())
    #expect(drawings.count == 7)
    #expect(drawings.allSatisfy { $0.problem == nil })
  }

  @Test func `Five runs of 2,000 drawn points stay under 2 MB`() {
    #expect(SampleRuns.fiveLosses.html().utf8.count < 2_000_000)
    let spheres = (0..<5).map {
      SampleRuns.spatial("ArcFace \($0)", dimension: 3, noise: 0.3, count: 10_000)
    }
    let page = Report(title: "Spheres", runs: spheres, classNames: [], facts: []).html()
    #expect(page.utf8.count < 2_000_000)
  }

  @Test func `A page of 10,000 points with pictures in three runs stays under 5 MB`() {
    #expect(SampleRuns.everything.html().utf8.count < 5_000_000)
  }

  @Test func `A page has the sections that there is something for`() {
    func headings(_ page: String) -> [String] {
      page.matches(of: /<h2>([^<]*)<\/h2>/).map { String($0.1) }
    }
    #expect(
      headings(SampleRuns.everything.html()) == [
        "Features", "Separation", "Scores", "Numbers", "Training", "How this was made",
      ])
    #expect(
      headings(SampleRuns.fiveLosses.html()) == [
        "Features", "Numbers", "Training", "How this was made",
      ])
  }

  @Test func `Runs of one loss are told apart by what differs in them`() {
    var (first, second) = (SampleRuns.run("ArcFace"), SampleRuns.run("ArcFace"))
    first.settings = [.init(name: "margin", value: "0.1"), .init(name: "scale", value: "16")]
    second.settings = [.init(name: "margin", value: "0.3"), .init(name: "scale", value: "16")]
    let page = Report(title: "t", runs: [first, second], classNames: [], facts: []).html()
    #expect(page.contains("<h3>ArcFace margin 0.1</h3>"))
    #expect(page.contains("ArcFace margin 0.3, side by side"))
  }

  @Test func `The same runs give the same page`() {
    #expect(SampleRuns.fiveLosses.html() == SampleRuns.fiveLosses.html())
  }

  @Test func `Text of any kind stays text`() {
    let evil = "<script>alert(\"1\")</script>&'"
    var run = SampleRuns.planar(evil, width: 0.1, norm: 1, count: 30, classes: 3)
    run.settings = [.init(name: evil, value: evil)]
    run.metrics = [.init(key: "k", title: evil, value: 1, unit: evil, explanation: evil)]
    run.separation = SampleRuns.separation(distance: 0.5)
    run.separation?.score = evil
    run.separation?.thresholdNote = evil
    run.scores = .init(
      reliability: SampleRuns.reliability(evil, excess: 0.1),
      confusion: SampleRuns.confusion([evil, evil, evil]))
    run.angles = SampleRuns.angles(within: 20, between: 80)
    let page = Report(
      title: evil, runs: [run, run], classNames: [evil, evil, evil],
      comparisons: [
        Comparison(
          metric: evil, runA: evil, runB: evil, difference: 1, isCertain: true, unit: evil)
      ],
      facts: [.init(name: evil, value: evil)]
    ).html()
    #expect(!page.contains("<script>alert"))
    #expect(page.components(separatedBy: "<script>").count == 2)
    #expect(drawings(page).allSatisfy { $0.problem == nil })
  }

  @Test func `A page without runs, features, metrics or facts is still a page`() {
    let empty = Report(title: "Nothing", runs: [], classNames: [], facts: []).html()
    #expect(empty.contains("There are no runs to show."))
    let bare = RunSummary(
      name: "softmax", title: "Softmax", trainingLoss: .init(name: "", points: []),
      testAccuracy: .init(name: "", points: []))
    let page = Report(title: "Bare", runs: [bare], classNames: [], facts: []).html()
    #expect(page.contains("No features were kept for this run."))
    #expect(page.contains("These runs carry no metrics."))
  }

  @Test func `The page warns that losses of different heads are not comparable`() {
    #expect(SampleRuns.fiveLosses.html().contains("Losses of different heads are not comparable"))
  }

  @Test func `The command line is shown as it was typed`() {
    #expect(SampleRuns.fiveLosses.html().contains("<code>margin compare --dataset mnist"))
  }

  @Test func `A summary from before there were judgements is still read`() throws {
    let old = """
      {"name":"arcface","title":"ArcFace","settings":[{"name":"margin","value":"0.3"}],
       "trainingLoss":{"name":"Training loss","points":[{"x":0.5,"y":2.25}]},
       "testAccuracy":{"name":"Test accuracy","points":[]},
       "metrics":[{"key":"accuracy","title":"Test accuracy","value":98.5,"spread":0.2,"unit":"%",
                   "digits":2,"better":"higher","explanation":""}],
       "features":{"dimension":2,"values":[1,0],"labels":[3],"proxiesAreNormalized":true}}
      """
    let run = try JSONDecoder().decode(RunSummary.self, from: Data(old.utf8))
    #expect(run.metrics.first?.spread == 0.2 && run.features?.labels == [3])
    #expect(run.separation == nil && run.scores == nil && run.angles == nil)
    #expect(run.features?.pictures == nil)
  }

  @Test func `A summary survives being written and read`() throws {
    var run = SampleRuns.judged(
      SampleRuns.planar("ArcFace", width: 0.03, norm: 38, count: 50), distance: 0.6, excess: 0.1)
    run.features?.pictures = SamplePictures.sprite(count: 50, side: 8, columns: 10)
    let data = try JSONEncoder().encode(run)
    let copy = try JSONDecoder().decode(RunSummary.self, from: data)
    let names = SampleRuns.digits
    #expect(
      Report(title: "t", runs: [copy], classNames: names, facts: []).html()
        == Report(title: "t", runs: [run], classNames: names, facts: []).html())
  }
}

/// Which value of a column is marked as the best.
@Suite struct BestValueTests {
  /// The titles of the runs that are marked in a column of these values and spreads.
  private func marked(
    _ cells: [(Double, Double?)?], better: RunSummary.Metric.Better = .higher
  ) -> [String] {
    let runs = cells.enumerated().map { index, cell in
      var run = SampleRuns.run("run \(index)")
      run.settings = []
      run.metrics =
        cell.map {
          [
            .init(
              key: "k", title: "metric", value: $0.0, spread: $0.1, digits: 2, better: better,
              explanation: "What it is.")
          ]
        } ?? []
      return run
    }
    let page = Report(title: "t", runs: runs, classNames: [], facts: []).html()
    return page.matches(of: /<tr>(?:(?!<\/tr>)[\s\S])*<\/tr>/).map { String($0.output) }
      .filter { $0.contains("class=\"best\"") }
      .compactMap { $0.firstMatch(of: /run \d/).map { String($0.output) } }
  }

  @Test func `The highest is marked when its interval overlaps no other`() {
    #expect(marked([(98, 0.2), (99, 0.2), (97, 0.2)]) == ["run 1"])
  }

  @Test func `The lowest is marked where lower is better`() {
    #expect(marked([(9, 0.5), (3, 0.5), (5, 0.5)], better: .lower) == ["run 1"])
  }

  @Test func `Runs that cannot be told apart from the best are marked with it`() {
    #expect(marked([(98.9, 0.2), (99, 0.2), (97, 0.2)]) == ["run 0", "run 1"])
    #expect(marked([(3, 0.5), (3.5, 0.5), (9, 0.5)], better: .lower) == ["run 0", "run 1"])
  }

  @Test func `Where no run is certainly worse than the best, nothing is marked`() {
    #expect(marked([(98.9, 0.2), (99, 0.2)]).isEmpty)
    #expect(marked([(98.75, 0.25), (99.25, 0.25)]).isEmpty)
  }

  @Test func `A poor run of which little is known is not certainly worse`() {
    #expect(marked([(99, 0.1), (98, 0.1), (95, 5)]) == ["run 0", "run 2"])
  }

  @Test func `A comparison on the same examples decides over the intervals`() {
    func page(isCertain: Bool, lower: Double) -> String {
      var (first, second) = (SampleRuns.run("CosFace"), SampleRuns.run("ArcFace"))
      for (index, value) in [98.9, 99.0].enumerated() {
        let metric = RunSummary.Metric(
          key: "k", title: "metric", value: value, spread: 0.2, better: .higher)
        if index == 0 { first.metrics = [metric] } else { second.metrics = [metric] }
      }
      return Report(
        title: "t", runs: [first, second], classNames: [],
        comparisons: [
          Comparison(
            metric: "metric", runA: "cosface", runB: "ArcFace", difference: -0.1, lower: -0.18,
            upper: -lower, isCertain: isCertain)
        ], facts: []
      ).html()
    }
    #expect(page(isCertain: true, lower: 0.02).components(separatedBy: "class=\"best\"").count == 2)
    #expect(!page(isCertain: false, lower: 0.02).contains("class=\"best\""))
    // Said to be certain, but the interval holds 0.
    #expect(!page(isCertain: true, lower: -0.02).contains("class=\"best\""))
  }

  @Test func `An unknown interval marks nothing, and the note says why`() {
    #expect(marked([(99, 0.1), (90, nil)]).isEmpty)
    let page = SampleRuns.fiveLosses.html()
    #expect(page.contains("Nothing is marked for want of intervals in: smallest angle between."))
  }

  @Test func `A metric without a better side, a single run or a broken value marks nothing`() {
    #expect(marked([(99, 0.1), (90, 0.1)], better: .neither).isEmpty)
    #expect(marked([(99, 0.1)]).isEmpty)
    #expect(marked([(99, 0.1), (.nan, 0.1)]).isEmpty)
    #expect(marked([(99, 0.1), (.infinity, 0.1)]).isEmpty)
    #expect(marked([(99, 0.1), (90, .infinity)]).isEmpty)
  }

  @Test func `A run that lacks the metric is no rival`() {
    #expect(marked([(99, 0.1), nil, (90, 0.1)]) == ["run 0"])
  }
}

/// The colours of classes, read from the page's rules.
@Suite struct PaletteTests {
  private func luminance(_ hex: Substring) -> Double {
    let channels = [1, 3, 5].map { offset -> Double in
      let start = hex.index(hex.startIndex, offsetBy: offset)
      let byte = Int(hex[start..<hex.index(start, offsetBy: 2)], radix: 16) ?? 0
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }

  private func contrast(_ a: Substring, _ b: Substring) -> Double {
    let (first, second) = (luminance(a) + 0.05, luminance(b) + 0.05)
    return max(first, second) / min(first, second)
  }

  @Test func `Ten distinct colours each keep 3 to 1 against their paper, and text 4.5 to 1`() throws
  {
    let figure = Figures.curves([], yTitle: "t")
    let papers = figure.matches(of: /\.paper\{fill:(#[0-9a-f]{6})\}/).map(\.1)
    let colors = figure.matches(of: /\.k\d\{color:(#[0-9a-f]{6})\}/).map(\.1)
    let inks = figure.matches(of: /text\{fill:(#[0-9a-f]{6})\}/).map(\.1)
    let muted = figure.matches(of: /text\.muted\{fill:(#[0-9a-f]{6})\}/).map(\.1)
    try #require(papers.count == 2 && colors.count == 20 && inks.count == 2 && muted.count == 2)
    for (mode, paper) in papers.enumerated() {
      let shown = colors[mode * 10..<mode * 10 + 10]
      #expect(Set(shown).count == 10)
      for color in shown { #expect(contrast(color, paper) >= 3, "\(color) on \(paper)") }
      #expect(contrast(inks[mode], paper) >= 4.5)
      #expect(contrast(muted[mode], paper) >= 4.5)
    }
  }
}
