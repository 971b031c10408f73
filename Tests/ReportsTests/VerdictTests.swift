import Foundation
import Reports
import Testing

/// The answer at the top of the page: it ranks what comparisons separate, and nothing else.
@Suite struct VerdictTests {
  /// The verdict of a page, as text, over runs called A, B, C and so on.
  private func verdict(_ comparisons: [Comparison], runs names: String = "ABC") -> String {
    let runs = names.map { SampleRuns.run(String($0)) }
    let page = Report(
      title: "t", runs: runs, classNames: [], comparisons: comparisons, facts: []
    ).html()
    let match = page.firstMatch(of: /<div class="verdict">([\s\S]*?)<\/div>/)
    return String(match?.1 ?? "").replacing(/<[^>]*>/, with: " ")
      .replacing("\u{A0}", with: " ").replacing("&lt;", with: "<")
  }

  private func comparison(
    _ a: String, _ b: String, _ difference: Double, _ half: Double = 0.1, certain: Bool = true,
    metric: String = "Test accuracy", better: RunSummary.Metric.Better = .higher
  ) -> Comparison {
    Comparison(
      metric: metric, runA: a, runB: b, difference: difference, lower: difference - half,
      upper: difference + half, pValue: certain ? 0.0001 : 0.4, isCertain: certain, unit: "%",
      better: better)
  }

  @Test func `A run that beats every other is the best, by the distance to the next`() {
    let text = verdict([
      comparison("A", "B", 0.5), comparison("A", "C", 2), comparison("B", "C", 1.5),
    ])
    #expect(text.contains("A separates best, and that is certain."))
    #expect(
      text.contains(
        "In test accuracy it is 0.50 percentage points above B, which comes closest "
          + "(95 % interval of the difference 0.40 to 0.60, p < 0.001)."))
  }

  @Test func `The order of a pair does not matter, nor does the side of the better`() {
    let text = verdict([comparison("B", "A", -0.5), comparison("C", "A", -2)])
    #expect(text.contains("A separates best"))
    #expect(text.contains("above B"))
    #expect(text.contains("0.40 to 0.60"))
    let angle = verdict(
      [comparison("A", "B", -3, metric: "Angle within classes", better: .lower)], runs: "AB")
    #expect(angle.contains("A separates best"))
    #expect(
      angle.contains("In angle within classes it is 3.00 percentage points below B"))
  }

  @Test func `What the intervals do not separate is not ranked`() {
    let text = verdict([comparison("A", "B", 0.05, certain: false)], runs: "AB")
    #expect(text.contains("These losses cannot be told apart on this data."))
    #expect(text.contains("A has 0.05 percentage points more than B"))
    #expect(text.contains("that may be chance"))
    #expect(!text.contains("best"))
  }

  @Test func `A claim of certainty is not believed against its own interval`() {
    let text = verdict([comparison("A", "B", 0.05, 0.1, certain: true)], runs: "AB")
    #expect(text.contains("cannot be told apart"))
    let wrong = Comparison(
      metric: "Test accuracy", runA: "A", runB: "B", difference: .nan, isCertain: true)
    #expect(verdict([wrong], runs: "AB").contains("cannot be told apart"))
  }

  @Test func `Two that lead are named together, and who is behind`() {
    let text = verdict([
      comparison("A", "B", 0.05, certain: false), comparison("A", "C", 2), comparison("B", "C", 2),
    ])
    #expect(
      text.contains("Which loss separates best cannot be said: A and B cannot be told apart."))
    #expect(text.contains("Both are certainly better than C."))
  }

  @Test func `A run that beats some is not the best while another was not compared with it`() {
    let text = verdict([comparison("A", "B", 1), comparison("B", "C", 1)])
    #expect(text.contains("A and C cannot be told apart"))
    #expect(text.contains("Not compared: 1 pair."))
  }

  @Test func `Comparisons that go round in a circle are no answer`() {
    let text = verdict([
      comparison("A", "B", 1), comparison("B", "C", 1), comparison("C", "A", 1),
    ])
    #expect(text.contains("Which loss separates best cannot be said."))
    #expect(text.contains("contradict each other"))
  }

  @Test func `The first metric decides; others get a line each`() {
    let text = verdict(
      [
        comparison("A", "B", 1), comparison("A", "B", -1, metric: "AUC"),
        comparison("A", "B", 0.01, certain: false, metric: "Pairs by cosine"),
      ], runs: "AB")
    #expect(text.contains("A separates best"))
    #expect(text.contains("AUC: B is best, by 1.00 percentage points"))
    #expect(text.contains("Pairs by cosine: A and B cannot be told apart."))
  }

  @Test func `Without comparisons nothing is claimed, and a single run is told by its own number`()
  {
    #expect(verdict([]).contains("Which loss separates best was not tested."))
    #expect(verdict([comparison("A", "unknown", 1)]).contains("was not tested"))
    #expect(verdict([comparison("A", "A", 1)]).contains("was not tested"))
    let single = verdict([], runs: "A")
    #expect(single.contains("Test accuracy: ") || single.contains("test accuracy: "), "\(single)")
    #expect(single.contains("Share of test examples that get their own class."))
    #expect(single.contains("Whether another loss does better cannot be said of one alone."))
    #expect(!single.contains("best"))
  }

  @Test func `A metric without a better side ranks nothing`() {
    let text = verdict([comparison("A", "B", 5, better: .neither)], runs: "AB")
    #expect(text.contains("cannot be told apart"))
  }
}

/// The page of what was not trained here.
@Suite struct SubjectTests {
  private func page(_ subject: Report.Subject, features: Bool = true, count: Int = 2) -> String {
    let runs = (0..<count).map { index -> RunSummary in
      var run = SampleRuns.planar("e\(index).npz", width: 0.1, norm: 1, count: 60, classes: 3)
      (run.trainingLoss, run.testAccuracy) = (
        .init(name: "", points: []), .init(name: "", points: [])
      )
      if !features { run.features = nil }
      return run
    }
    let comparison = Comparison(
      metric: "test accuracy", runA: "e0.npz", runB: "e1.npz", difference: 1, lower: 0.5,
      upper: 1.5,
      pValue: 1e-5, isCertain: true, unit: "%")
    return Report(
      title: "t", runs: runs, classNames: [], comparisons: count > 1 ? [comparison] : [], facts: [],
      subject: subject
    ).html()
  }

  @Test func `An embedding is called one, and has no section of a training`() {
    let page = page(.embeddings)
    #expect(page.contains("e0.npz separates best, and that is certain."))
    #expect(page.contains("test accuracy: share of test examples that get their own class."))
    #expect(page.contains("Which embedding separates the classes best?"))
    #expect(page.contains("<th scope=\"col\">Embedding</th>"))
    #expect(page.contains("id=\"features\"") && !page.contains("id=\"training\""))
    #expect(!page.contains(" loss") && !page.contains("seeds"))
  }

  @Test func `Scores alone are a classifier's, without features`() {
    let page = page(.classifiers, features: false)
    #expect(page.contains("e0.npz predicts best, and that is certain."))
    #expect(!page.contains("id=\"features\"") && !page.contains("No features"))
    #expect(
      self.page(.classifiers, features: false, count: 1).contains(
        "Whether another classifier does better cannot be said of one alone."))
  }
}

/// The pictures behind the points.
@Suite struct PicturesTests {
  private func page(_ pictures: [RunSummary.Pictures]) -> String {
    let runs = pictures.enumerated().map { index, pictures -> RunSummary in
      var run = SampleRuns.spatial("Run \(index)", dimension: 3, noise: 0.2, count: 100)
      run.features?.pictures = pictures
      return run
    }
    return Report(title: "t", runs: runs, classNames: [], facts: []).html()
  }

  private func sprites(_ page: String) -> Int {
    page.components(separatedBy: "data-sprite>").count - 1
  }

  @Test func `Runs with the same pictures share them`() {
    let sprite = SamplePictures.sprite(count: 100, side: 8, columns: 10)
    let other = SamplePictures.sprite(count: 100, side: 6, columns: 10)
    let page = page([sprite, other, sprite])
    #expect(sprites(page) == 2)
    #expect(page.components(separatedBy: "data-tile=\"0 8 8 10\"").count == 3)
    #expect(page.components(separatedBy: "data-tile=\"1 6 6 10\"").count == 2)
  }

  @Test func `Pictures that would make the page too large are left out, and it says so`() {
    let large = SamplePictures.sprite(count: 10_000, side: 18, columns: 100)
    let page = page([large])
    #expect(sprites(page) == 0)
    #expect(page.contains("Pictures are left out: 3.2 MB would make the page too large."))
    #expect(page.utf8.count < 500_000)
  }

  @Test func `What is no sprite is left out, and the page says why`() {
    var sprite = SamplePictures.sprite(count: 100, side: 8, columns: 10)
    for (width, columns) in [(9, 10), (8, 11), (0, 10), (8, 0), (-8, -10), (Int.max, 10)] {
      var wrong = sprite
      wrong.tileWidth = width
      wrong.columns = columns
      let page = page([wrong])
      #expect(sprites(page) == 0)
      #expect(page.contains("do not fit into 80 × 80 pixels"))
    }
    sprite.sprite = Data("no picture at all, but long enough".utf8)
    #expect(page([sprite]).contains("Pictures are left out: the sprite is no PNG file."))
    sprite.sprite = Data()
    #expect(page([sprite]).contains("the sprite is no PNG file"))
  }
}
