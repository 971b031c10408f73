import Foundation
import Reports
import Testing

/// The operating curves: where they stand, and what is said to be chance.
@Suite struct RateCurvesTests {
  private typealias Separation = RunSummary.Separation

  private func parsed(_ separation: Separation, _ kind: RateCurves = .roc) -> ParsedMarkup {
    ParsedMarkup(Figures.rateCurves([("ArcFace", separation)], kind: kind))
  }

  /// The numbers of a path.
  private func numbers(_ d: String?) -> [Double] {
    (d ?? "").matches(of: /-?\d+(\.\d+)?/).compactMap { Double($0.output.0) }
  }

  @Test func `What rests on fewer than ten pairs is shaded`() throws {
    let veil = try #require(parsed(SampleRuns.separation(distance: 0.6)).elements("veil").first)
    // The axis runs from 10⁻⁵ at 54 to 1 at 456; 10 of 54,000 stand between.
    let expected = 54 + (log10(10 / 54_000.0) + 5) / 5 * 402
    #expect(abs(numbers(veil.attributes["d"])[2] - expected) < 0.1)
  }

  @Test func `Rejects are shaded by the pairs of the same class`() throws {
    let figure = parsed(SampleRuns.separation(distance: 0.6, positives: 1_000), .det)
    let veil = numbers(try #require(figure.elements("veil").first).attributes["d"])
    // The second box: 10 of 1,000 is two thirds of the way down from 1 to 10⁻³.
    let heights = numbers(figure.elements("axis").first?.attributes["d"])
    #expect(abs(heights[1] - veil[6] - 250.0 / 3) < 0.2)
  }

  @Test(arguments: [
    (1, "10⁻¹"), (9, "10⁻¹"), (1_000, "10⁻³"), (3_000_000, "10⁻⁷"), (Int.max, "10⁻⁹"),
    (0, "10⁻¹"), (-5, "10⁻¹"),
  ])
  func `The axis begins at one pair's worth`(_ negatives: Int, _ first: String) {
    var separation = SampleRuns.separation(distance: 0.6)
    separation.negatives = negatives
    let figure = parsed(separation)
    #expect(figure.problem == nil)
    let powers = figure.text.matches(of: /10⁻([¹²³⁴⁵⁶⁷⁸⁹])/).map { String($0.output.0) }
    #expect(powers.first == first)
  }

  @Test func `The point of equal error is marked, and said`() throws {
    var separation = SampleRuns.separation(distance: 0.6)
    separation.equalErrorRate = 0.01
    for kind in [RateCurves.roc, .det] {
      let figure = parsed(separation, kind)
      let mark = try #require(figure.elements("marked").first)
      // 10⁻² of an axis from 10⁻⁵ to 1.
      let x = try #require(Double(mark.attributes["cx"] ?? ""))
      #expect(abs(x - (54 + 402 * 0.6)) < 0.1)
      #expect(figure.text.contains("EER 1.00\u{202F}%"))
    }
  }

  @Test func `Several runs share one figure, each with a line of its own`() {
    let runs = ["Softmax", "CosFace", "ArcFace"].enumerated().map {
      (title: $1, separation: SampleRuns.separation(distance: 0.5 + 0.1 * Double($0)))
    }
    let figure = ParsedMarkup(Figures.rateCurves(runs))
    // A line in the key and one in the plot.
    #expect(figure.elements("curve").count == 6)
    let looks = figure.elements("curve").map {
      ($0.attributes["class"] ?? "") + ($0.attributes["stroke-dasharray"] ?? "")
    }
    #expect(Set(looks).count == 3)
    #expect(figure.text.contains("6,000 pairs of the same class and 54,000 of different ones."))
  }

  @Test func `A curve never leaves its frame`() {
    for distance in [0.05, 0.3, 0.6, 1] {
      for kind in [RateCurves.roc, .det] {
        let figure = parsed(SampleRuns.separation(distance: distance), kind)
        let points = numbers(figure.elements("curve").last?.attributes["d"])
        let bottom = numbers(figure.elements("axis").first?.attributes["d"])[1]
        #expect(points.count > 20)
        for (place, value) in points.enumerated() {
          let range = place.isMultiple(of: 2) ? 53.9...456.1 : bottom - 250.1...bottom + 0.1
          #expect(range.contains(value), "\(distance) \(kind) \(place)")
        }
      }
    }
  }

  @Test func `Many points become a short path`() {
    let points = (0...200_000).map { index -> RunSummary.Point in
      let x = Double(index) / 200_000
      return .init(x: x, y: x.squareRoot())
    }
    let separation = Separation(positives: 100_000, negatives: 100_000, rates: points)
    #expect(Figures.rateCurves([("a", separation)]).utf8.count < 20_000)
  }

  @Test(
    arguments: [
      [], [(0, 0)], [(0, 1)], [(1, 1)], [(.nan, 0.5)], [(0.5, .infinity), (-1, 2)],
      [(0, 0), (1, 1)], [(0, 1), (0, 0), (0.5, 0.2), (0.1, 0.9)], [(1e-300, 0.1), (1e-3, 1e-300)],
    ] as [[(Double, Double)]])
  func `Any rates give a well-formed figure`(_ rates: [(Double, Double)]) {
    for (negatives, error) in [(1, 0.0), (0, -1), (1_000, Double.nan), (-3, 1), (.max, 2)] {
      let separation = Separation(
        positives: negatives, negatives: negatives,
        rates: rates.map { .init(x: $0.0, y: $0.1) }, equalErrorRate: error)
      for kind in [RateCurves.roc, .det] {
        let figure = parsed(separation, kind)
        #expect(figure.problem == nil)
        #expect(figure.brokenNumbers == [])
      }
    }
  }

  @Test func `Rates that are none are counted`() {
    let separation = Separation(
      positives: 10, negatives: 10,
      rates: [.init(x: 0.1, y: 0.5), .init(x: .nan, y: 0.5), .init(x: 0.2, y: 1.5)])
    #expect(parsed(separation).text.contains("ArcFace: 2 points left out, not within 0 to 1."))
    let none = Separation(positives: 0, negatives: 0, rates: [])
    #expect(parsed(none).text.contains("ArcFace: no rates."))
    #expect(parsed(none).text.contains("There are no rates to draw."))
  }
}
