import Foundation
import Reports
import Testing

/// Reliability, confusion, scores and angles: what they say, and that nothing breaks them.
@Suite struct JudgementFiguresTests {
  private func run(
    _ scores: RunSummary.Scores? = nil, separation: RunSummary.Separation? = nil,
    angles: RunSummary.Angles? = nil
  ) -> RunSummary {
    var run = SampleRuns.run("ArcFace")
    run.scores = scores
    run.separation = separation
    run.angles = angles
    return run
  }

  private func bin(_ lower: Double, _ upper: Double, _ count: Int, _ mean: Double, _ right: Double)
    -> RunSummary.Reliability.Bin
  {
    .init(lower: lower, upper: upper, count: count, meanConfidence: mean, accuracy: right)
  }

  // MARK: Reliability

  @Test func `The calibration error is the mean gap, by examples`() {
    let bins = [
      bin(0, 0.5, 0, .nan, .nan), bin(0.5, 0.75, 10, 0.6, 0.8), bin(0.75, 1, 30, 0.9, 0.8),
    ]
    let figure = ParsedMarkup(
      Figures.reliability(run(.init(reliability: .init(title: "as trained", bins: bins)))))
    // (10 · 0.2 + 30 · 0.1) / 40
    #expect(figure.text.contains("ECE 12.50\u{202F}%"))
    #expect(figure.elements("whisker").count == 2)
    #expect(figure.text.contains("as trained"))
  }

  @Test func `A bar is Wilson's interval`() throws {
    let reliability = RunSummary.Reliability(title: "", bins: [bin(0.5, 1, 10, 0.8, 0.8)])
    let figure = ParsedMarkup(Figures.reliability(run(.init(reliability: reliability))))
    let d = try #require(figure.elements("whisker").first?.attributes["d"])
    let numbers = d.matches(of: /\d+(\.\d+)?/).compactMap { Double($0.output.0) }
    // 8 of 10: 0.4902 to 0.9433 (Wilson, z = 1.96), in a diagram of 163 from 46 on.
    #expect(abs(numbers[1] - (46 + 163 * (1 - 0.4902))) < 0.1)
    #expect(abs(numbers[2] - (46 + 163 * (1 - 0.9433))) < 0.1)
  }

  @Test func `Before and after stand side by side, with their counts`() {
    let scores = RunSummary.Scores(
      reliability: SampleRuns.reliability("as trained", excess: 0.2),
      calibrated: SampleRuns.reliability("temperature 1.62", excess: 0))
    let figure = ParsedMarkup(Figures.reliability(run(scores)))
    #expect(figure.elements("bars").count == 2)
    #expect(figure.elements("guide").count == 2)
    #expect(figure.text.contains("as trained") && figure.text.contains("temperature 1.62"))
  }

  @Test(
    arguments: [
      [], [(0.0, 1.0, 0, 0.0, 0.0)], [(0, 1, 1, 1, 0)], [(0, 1, 5, .nan, 0.5)],
      [(0.5, 0.5, 3, 0.5, 0.5)], [(1, 0, 3, 0.5, 0.5)], [(-1, 2, 3, 0.5, 0.5)],
      [(0, 1, -4, 0.5, 0.5)], [(0, 1, .max, 0.5, 0.5), (0, 1, .max, 0.5, 0.5)],
    ] as [[(Double, Double, Int, Double, Double)]])
  func `Any bins give a well-formed diagram`(_ bins: [(Double, Double, Int, Double, Double)]) {
    let reliability = RunSummary.Reliability(
      title: "as trained", bins: bins.map { bin($0.0, $0.1, $0.2, $0.3, $0.4) })
    for scores in [
      RunSummary.Scores(reliability: reliability), .init(calibrated: reliability),
      .init(
        reliability: reliability, calibrated: SampleRuns.reliability("temperature 2", excess: 0)),
    ] {
      let figure = ParsedMarkup(Figures.reliability(run(scores)))
      #expect(figure.problem == nil)
      #expect(figure.brokenNumbers == [])
    }
  }

  // MARK: Confusion

  @Test func `Few classes show each number, rows being the true ones`() throws {
    let confusion = RunSummary.Confusion(
      classNames: ["cat", "dog", "bird"], counts: [8, 2, 0, 1, 9, 0, 0, 3, 17])
    let figure = ParsedMarkup(Figures.confusion(run(.init(confusion: confusion))))
    #expect(figure.text.contains("Largest confusions"))
    #expect(figure.text.contains("bird taken for dog3 of 20 (15.0\u{202F}%)"))
    #expect(figure.text.contains("cat taken for dog2 of 10 (20.0\u{202F}%)"))
    #expect(figure.text.contains("85.00 % right"))
    // A number in each of the six cells that are not empty.
    #expect(figure.elements.count { $0.attributes["fill-opacity"] != nil } == 6)
  }

  @Test func `A hundred classes are a map without numbers, and its largest confusions in words`() {
    var confusion = SampleRuns.confusion((0..<100).map { "c\($0)" }, errors: 0.2)
    confusion.counts[3 * 100 + 70] = 900
    let source = Figures.confusion(run(.init(confusion: confusion)))
    let figure = ParsedMarkup(source)
    #expect(figure.problem == nil)
    #expect(!figure.elements.contains { $0.attributes["fill-opacity"] != nil })
    #expect(figure.text.contains("Largest confusionsc3 taken for c70900 of"))
    #expect(source.utf8.count < 60_000)
  }

  @Test func `A thousand classes are a map of blocks, small and quick`() {
    let confusion = SampleRuns.confusion((0..<1_000).map { "c\($0)" }, each: 50, errors: 0.4)
    let source = Figures.confusion(run(.init(confusion: confusion)))
    #expect(ParsedMarkup(source).text.contains("A cell of the map holds 10 × 10 classes."))
    #expect(source.utf8.count < 120_000)
  }

  @Test func `A run without a mistake says so`() {
    let confusion = RunSummary.Confusion(classNames: ["a", "b"], counts: [5, 0, 0, 5])
    let text = ParsedMarkup(Figures.confusion(run(.init(confusion: confusion)))).text
    #expect(text.contains("No class was taken for another."))
  }

  @Test(
    arguments: [
      (0, []), (1, [7]), (1, [0]), (2, [1, 2, 3]), (2, [1, -2, 3, 4]), (2, [0, 0, 0, 0]),
      (2, [.max, .max, .max, .max]), (15, Array(repeating: 1, count: 225)),
      (101, Array(repeating: 0, count: 101 * 101 - 1) + [1]),
    ] as [(Int, [Int])])
  func `Any matrix gives a well-formed figure`(_ classes: Int, _ counts: [Int]) {
    let names = (0..<classes).map { $0 == 0 ? "" : String(repeating: "&<", count: $0 % 9) }
    let figure = ParsedMarkup(
      Figures.confusion(run(.init(confusion: .init(classNames: names, counts: counts)))))
    #expect(figure.problem == nil)
    #expect(figure.brokenNumbers == [])
  }

  // MARK: Scores of pairs and angles

  @Test func `Scores of both kinds of pairs share one axis and scale of density`() throws {
    let separation = RunSummary.Separation(
      score: "cosine", positives: 30, negatives: 1_000, rates: [],
      positiveScores: .init(edges: [0.4, 0.6, 0.8], counts: [10, 20]),
      negativeScores: .init(edges: [0, 0.2, 0.4, 0.6], counts: [500, 400, 100]), threshold: 0.5,
      thresholdNote: "at a false accept rate of 1 %")
    let figure = ParsedMarkup(Figures.scoreHistogram(run(separation: separation)))
    #expect(figure.text.contains("same class, 30 pairs, median 0.65"))
    #expect(figure.text.contains("different classes, 1,000 pairs, median 0.20"))
    #expect(figure.text.contains("threshold 0.500"))
    #expect(figure.text.contains("The threshold stands at a false accept rate of 1 %."))
    // The positives' larger bin holds two thirds of them, the negatives' largest half: 4 to 3.
    let tops = figure.elements("area").map { area in
      (area.attributes["d"] ?? "").matches(of: /L-?[\d.]+ ([\d.]+)/).compactMap { Double($0.1) }
        .min() ?? 0
    }
    let bottom = 240.0
    #expect(tops.count == 2)
    #expect(abs((bottom - tops[0]) / (bottom - tops[1]) - 4.0 / 3) < 0.01)
    let mark = try #require(figure.elements("mark").first?.attributes["d"])
    #expect(mark.hasPrefix("M257.5 "))  // 0.5 of 0 to 0.8, between 20 and 400
  }

  @Test func `A histogram that is none is left out, and the figure says why`() {
    let good = RunSummary.Histogram(edges: [0, 1], counts: [3])
    let bad: [(RunSummary.Histogram, String)] = [
      (.init(edges: [], counts: []), "0 counts for 0 edges"),
      (.init(edges: [0, 1], counts: [1, 2]), "2 counts for 2 edges"),
      (.init(edges: [0, 0], counts: [1]), "the edges do not ascend"),
      (.init(edges: [0, .nan], counts: [1]), "the edges do not ascend"),
      (.init(edges: [-1e308, 1e308], counts: [1]), "the edges do not ascend"),
      (.init(edges: [0, 1], counts: [-1]), "a count is negative"),
      (.init(edges: [0, 1], counts: [0]), "all counts are 0"),
    ]
    for (histogram, reason) in bad {
      for negatives in [good, nil] {
        let separation = RunSummary.Separation(
          positives: 1, negatives: 1, rates: [], positiveScores: histogram,
          negativeScores: negatives, threshold: .nan)
        let figure = ParsedMarkup(Figures.scoreHistogram(run(separation: separation)))
        #expect(figure.problem == nil)
        #expect(figure.brokenNumbers == [])
        #expect(figure.words.contains(reason.replacing(" ", with: "")), "\(reason)")
      }
      let angles = RunSummary.Angles(within: histogram, between: good)
      let figure = ParsedMarkup(Figures.angleDistribution(run(angles: angles)))
      #expect(figure.problem == nil)
      #expect(figure.text.contains("Angles within classes are left out: \(reason)."))
    }
  }

  @Test func `Angles within and between classes stand over degrees`() {
    let angles = RunSummary.Angles(
      within: .init(edges: [0, 10, 20], counts: [1, 3]),
      between: .init(edges: [80, 90, 100], counts: [2, 2]))
    let figure = ParsedMarkup(Figures.angleDistribution(run(angles: angles)))
    #expect(figure.text.contains("within classes, median 13.3°"))
    #expect(figure.text.contains("between classes, median 90.0°"))
    #expect(figure.text.contains("120°") && !figure.text.contains("180°"))
    let beyond = RunSummary.Angles(
      within: .init(edges: [0, 200], counts: [1]), between: angles.between)
    #expect(
      ParsedMarkup(Figures.angleDistribution(run(angles: beyond))).text
        .contains("not within 0° to 180°"))
  }

  @Test func `A figure that nothing was kept for says so`() {
    let bare = run()
    for (source, text) in [
      (Figures.reliability(bare), "No probabilities were kept"),
      (Figures.confusion(bare), "No decisions were kept"),
      (Figures.scoreHistogram(bare), "No pairs were scored"),
      (Figures.angleDistribution(bare), "No angles were counted"),
    ] {
      #expect(ParsedMarkup(source).text.contains(text))
    }
  }
}
