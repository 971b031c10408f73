import Foundation
import Reports
import Testing

@Suite struct CurvesTests {
  /// Where every curve is named: in the figure's description and in its legend.
  private static let places = 2

  private func curve(_ values: [Double]) -> RunSummary.Curve {
    .init(
      name: "loss", points: values.enumerated().map { .init(x: Double($0.offset), y: $0.element) })
  }

  @Test func `Each curve is named in the legend and at its end`() {
    let parsed = ParsedMarkup(
      Figures.curves(
        [("Softmax", curve([3, 2, 1])), ("ArcFace", curve([4, 3, 2]))], yTitle: "Training loss"))
    #expect(parsed.problem == nil)
    #expect(parsed.text.components(separatedBy: "ArcFace").count - 1 == Self.places + 1)
    #expect(parsed.elements("end").count == 2)
  }

  @Test func `Names too long for the ends of the curves are in the legend only, whole`() {
    let names = ["softmax", "softmax, class weights"]
    let parsed = ParsedMarkup(
      Figures.curves(names.map { ($0, curve([3, 2, 1])) }, xTitle: "λ", yTitle: "Accuracy"))
    #expect(parsed.text.components(separatedBy: names[1]).count - 1 == Self.places)
    #expect(!parsed.text.contains("…"))
  }

  @Test func `Intervals of several curves stand side by side, those of one where they belong`() {
    func bars(_ count: Int) -> Set<String> {
      let curve = RunSummary.Curve(
        name: "", points: [0.0, 1, 2].map { .init(x: $0, y: 2, lower: 1, upper: 3) })
      let figure = ParsedMarkup(
        Figures.curves(
          (0..<count).map { ("curve \($0)", curve) }, xTitle: "λ", yTitle: "Accuracy"))
      // A bar is a path straight up, its ends at one x.
      return Set(
        figure.elements.compactMap { $0.attributes["d"] }.compactMap { path in
          let ends = path.dropFirst().split(separator: "L").map { $0.split(separator: " ")[0] }
          return ends.count == 2 && ends[0] == ends[1] ? String(ends[0]) : nil
        })
    }
    #expect(bars(1).count == 3)
    #expect(bars(2).count == 6)
    #expect(bars(1).isDisjoint(with: bars(2)))
  }

  @Test func `Over a parameter every point is marked`() {
    let parsed = ParsedMarkup(
      Figures.curves([("Softmax", curve([3, 2, 1]))], xTitle: "λ", yTitle: "Training loss"))
    #expect(parsed.elements("end").count == 3)
  }

  @Test func `Values over decades take a logarithmic axis, others do not`() {
    let wide = Figures.curves([("a", curve([20, 1, 0.01]))], yTitle: "Loss")
    let narrow = Figures.curves([("a", curve([3, 2, 1]))], yTitle: "Loss")
    let negative = Figures.curves([("a", curve([20, 1, -0.01]))], yTitle: "Loss")
    #expect(wide.contains("logarithmic"))
    #expect(!narrow.contains("logarithmic"))
    #expect(!negative.contains("logarithmic"))
  }

  @Test func `The vertical axis is as it is asked for, where the values allow it`() {
    func isLogarithmic(_ values: [Double], _ asked: Bool) -> Bool {
      Figures.curves([("a", curve(values))], yTitle: "Density", yIsLogarithmic: asked)
        .contains("logarithmic")
    }
    #expect(!isLogarithmic([20, 1, 1e-9], false))
    #expect(isLogarithmic([3, 2, 1], true))
    #expect(!isLogarithmic([3, 2, 0], true))
  }

  @Test(arguments: [
    [], [1], [.nan], [.infinity, 1, 2], [5, 5, 5], [1e308, -1e308], [0, 0], [1e-300, 1e300],
    [-.greatestFiniteMagnitude, 0], [.leastNonzeroMagnitude, 1],
  ])
  func `Any values give a well-formed figure`(_ values: [Double]) {
    let source = Figures.curves([("a", curve(values)), ("b", curve([]))], yTitle: "Loss")
    let parsed = ParsedMarkup(source)
    #expect(parsed.problem == nil)
    for element in parsed.elements {
      #expect(element.attributes["d"]?.lowercased().contains("nan") != true)
    }
    #expect(parsed.text.contains("b: no values."))
  }

  @Test func `Curves without runs say that there is nothing`() {
    #expect(
      ParsedMarkup(Figures.curves([], yTitle: "Loss")).text.contains("no values to draw"))
  }

  @Test func `Values left out are counted`() {
    let text = ParsedMarkup(Figures.curves([("a", curve([1, .nan, 2]))], yTitle: "Loss")).text
    #expect(text.contains("Left out, not finite: 1 value."))
  }
}
