import Foundation
import Reports
import Testing

/// Figures are well-formed, say what they leave out, and survive any input.
@Suite struct FiguresTests {
  /// Inputs that training can hand over on a bad day, with two, three and five features.
  static let degenerate: [(String, RunSummary.Features)] = [2, 3, 5, 0, -1, 1].flatMap {
    dimension -> [(String, RunSummary.Features)] in
    let width = max(dimension, 1)
    func features(_ values: [Float], _ labels: [Int32], _ proxies: [Float]? = nil)
      -> RunSummary.Features
    {
      .init(dimension: dimension, values: values, labels: labels, proxies: proxies)
    }
    let ones = [Float](repeating: 1, count: width)
    return [
      ("no points", features([], [])),
      ("one point", features(ones, [0])),
      ("all zero", features([Float](repeating: 0, count: 3 * width), [0, 1, 1])),
      ("all not finite", features([Float](repeating: .nan, count: 2 * width), [0, 1])),
      ("some not finite", features(ones + ones.map { $0 * .infinity }, [0, 1])),
      ("opposite points", features(ones + ones.map { -$0 }, [4, 4])),
      ("largest numbers", features(ones.map { $0 * .greatestFiniteMagnitude } + ones, [0, 1])),
      ("smallest numbers", features(ones.map { $0 * .leastNonzeroMagnitude }, [0])),
      ("negative labels", features(ones + ones, [-1, 0])),
      ("largest label", features(ones, [.max])),
      ("labels without features", features(ones, [0, 1, 2])),
      ("features without labels", features(ones + ones + [1], [0])),
      ("proxies of no use", features(ones + ones, [0, 1], [.nan])),
      (
        "zero and broken proxies", features(ones, [0], ones.map { $0 * 0 } + ones.map { $0 * .nan })
      ),
    ]
  }.map { ("\($0.0), \($0.1.dimension) features", $0.1) }

  @Test(arguments: degenerate.indices)
  func `Every figure of a degenerate input is well-formed and names no number that is none`(
    _ index: Int
  ) throws {
    let (name, features) = Self.degenerate[index]
    let run = SampleRuns.run(name, features: features)
    for figure in [
      Figures.scatter(run, classNames: []), Figures.sphere(run, classNames: ["a", ""]),
      Figures.angles(run), try #require(Figures.figure(for: run, classNames: [])),
      Figures.projection(
        features, title: name, subtitle: "", notes: [], classNames: ["a"]),
    ] {
      let parsed = ParsedMarkup(figure)
      #expect(parsed.problem == nil, "\(name)")
      #expect(parsed.brokenNumbers == [], "\(name)")
    }
  }

  @Test func `The kind of figure follows the number of features`() throws {
    func figure(_ dimension: Int) throws -> ParsedMarkup {
      let run = SampleRuns.spatial("ArcFace", dimension: dimension, noise: 0.2, count: 200)
      return ParsedMarkup(try #require(Figures.figure(for: run, classNames: [])))
    }
    #expect(try !figure(2).elements("ridge").isEmpty)
    #expect(try figure(3).elements("tiny").count > 0)
    #expect(try figure(128).elements("area").count == 2)
    #expect(Figures.figure(for: SampleRuns.run("Softmax"), classNames: []) == nil)
  }

  @Test func `A figure asked for the wrong number of features says so`() {
    let run = SampleRuns.spatial("ArcFace", dimension: 5, noise: 0.2, count: 50)
    #expect(ParsedMarkup(Figures.scatter(run, classNames: [])).text.contains("needs 2 features"))
    #expect(ParsedMarkup(Figures.sphere(run, classNames: [])).text.contains("needs 3 features"))
  }

  @Test func `Figures carry an accessible name and their own colours for light and dark`() throws {
    for dimension in [2, 3, 4] {
      let run = SampleRuns.spatial("ArcFace", dimension: dimension, noise: 0.2, count: 100)
      let source = try #require(Figures.figure(for: run, classNames: []))
      let parsed = ParsedMarkup(source)
      let root = try #require(parsed.elements.first)
      #expect(root.attributes["role"] == "img")
      #expect(root.attributes["aria-label"]?.contains("ArcFace") == true)
      #expect(parsed.elements.contains { $0.name == "title" })
      #expect(parsed.elements.contains { $0.name == "desc" })
      #expect(source.contains("prefers-color-scheme:dark"))
      #expect(!parsed.elements("paper").isEmpty)
    }
  }

  @Test func `A large set is thinned evenly over the classes, the same way every time`() {
    let run = SampleRuns.planar("Softmax", width: 0.1, norm: 50, count: 12_345)
    let source = Figures.scatter(run, classNames: SampleRuns.digits)
    #expect(source == Figures.scatter(run, classNames: SampleRuns.digits))
    let parsed = ParsedMarkup(source)
    #expect((1_980...2_000).contains(parsed.dotCount))
    #expect(parsed.text.contains("of 12,345 points drawn"))
    var perClass: [String: Int] = [:]
    for element in parsed.elements("dots") {
      let count = (element.attributes["d"] ?? "").count { $0 == "M" }
      perClass[element.attributes["data-class"] ?? "", default: 0] += count
    }
    #expect(perClass.count == 10)
    #expect(perClass.values.allSatisfy { (195...205).contains($0) })
  }

  @Test func `A rare class keeps a point in a large set`() {
    var run = SampleRuns.planar("Softmax", width: 0.1, norm: 50, count: 9_999, classes: 2)
    run.features?.values += [1, 1]
    run.features?.labels.append(7)
    let parsed = ParsedMarkup(Figures.scatter(run, classNames: []))
    #expect(parsed.elements("dots").contains { $0.attributes["data-class"] == "7" })
    #expect(parsed.text.contains("class 7"))
  }

  @Test func `An outlier moves to the rim instead of shrinking all others`() {
    var run = SampleRuns.planar("Softmax", width: 0.1, norm: 1, count: 1_000)
    run.features?.values += [1e6, 0]
    run.features?.labels.append(0)
    let parsed = ParsedMarkup(Figures.scatter(run, classNames: []))
    #expect(parsed.text.contains("Beyond the frame, moved to its rim:"))
    // The ruler still has the scale of the many.
    #expect(parsed.text.contains("0.5") || parsed.text.contains("1.0"))
  }

  @Test func `Points that cannot be drawn are counted`() {
    let features = RunSummary.Features(
      dimension: 2, values: [1, 0, .nan, 0, 0, .infinity, 0, 0, 1, 1, 2, 2],
      labels: [0, 0, 1, 1, -5, 1])
    let text = ParsedMarkup(
      Figures.scatter(SampleRuns.run("Softmax", features: features), classNames: [])
    ).text
    #expect(text.contains("3 of 3 points drawn"))
    #expect(text.contains("2 points left out: not finite"))
    #expect(text.contains("1 point left out: negative label"))
    #expect(text.contains("1 point at the origin without direction"))
  }

  @Test func `The ring tells fans from rays`() throws {
    /// Degrees that the middle 90 % of a class spans, as the figure says it.
    func width(_ spread: Double) throws -> Int {
      let run = SampleRuns.planar("Softmax", width: spread, norm: 10)
      let root = try #require(ParsedMarkup(Figures.scatter(run, classNames: [])).elements.first)
      let name = try #require(root.attributes["aria-label"])
      let match = try #require(name.firstMatch(of: /class spans (\d+)°/))
      return try #require(Int(match.1))
    }
    // 90 % of a normal distribution lie within ±1.645 σ: 0.15 rad are 28°, 0.03 rad are 6°.
    #expect((27...31).contains(try width(0.15)))
    #expect((5...7).contains(try width(0.03)))
  }

  @Test func `Angles are measured to the centres of the classes`() {
    // Two classes on the axes, and one point of the first that lies at 60° towards the second.
    let sixty = Float.pi / 3
    var values: [Float] = []
    for _ in 0..<200 { values += [1, 0, 0, 0, 0, 1, 0, 0] }
    values += [cos(sixty), sin(sixty), 0, 0]
    let labels = (0..<400).map { Int32($0 % 2) } + [0]
    let run = SampleRuns.run(
      "ArcFace", features: .init(dimension: 4, values: values, labels: labels))
    let text = ParsedMarkup(Figures.angles(run)).text
    #expect(text.contains("to its own class, median 0.2°") || text.contains("median 0.0°"))
    #expect(text.contains("401 of 401 points, in 2 classes"))
    #expect(text.contains("Closer to another centre: 0.2 % of the points"))
  }

  @Test func `Very many classes are judged by fewer points`() throws {
    let run = SampleRuns.spatial(
      "ArcFace", dimension: 64, noise: 0.2, classes: 12_000, count: 12_000)
    let text = ParsedMarkup(Figures.angles(run)).text
    let match = try #require(text.firstMatch(of: /([\d,]+) of 12,000 points/))
    let count = try #require(Int(match.1.replacing(",", with: "")))
    // 400 million multiplications, over 64 numbers of 12,000 centres, are 520 points.
    #expect((500...600).contains(count))
  }

  @Test func `One class has no other centre to compare with`() {
    let run = SampleRuns.spatial("ArcFace", dimension: 6, noise: 0.2, classes: 1, count: 20)
    #expect(ParsedMarkup(Figures.angles(run)).text.contains("one class only"))
  }

  @Test func `Names with markup stay text`() throws {
    let name = "<b>&\"'"
    let run = SampleRuns.planar("A<script>\u{1}&", width: 0.1, norm: 1, count: 40, classes: 2)
    let parsed = ParsedMarkup(Figures.scatter(run, classNames: [name, name]))
    #expect(parsed.problem == nil)
    #expect(parsed.text.contains(name))
    #expect(parsed.text.contains("A<script>&"))
    #expect(!parsed.elements.contains { ["b", "script"].contains($0.name) })
  }

  @Test func `A hundred classes are drawn without names`() {
    let run = SampleRuns.planar("Softmax", width: 0.01, norm: 1, count: 1_000, classes: 100)
    let parsed = ParsedMarkup(Figures.scatter(run, classNames: []))
    #expect(parsed.problem == nil)
    #expect(parsed.elements("class-name").isEmpty)
    #expect(parsed.text.contains("Names are left out"))
  }
}
