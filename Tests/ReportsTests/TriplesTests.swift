import Foundation
import Reports
import Testing

@Suite("The figure of failing triples")
struct TriplesTests {
  private func run(_ groups: [RunSummary.FailingTriples]?) -> RunSummary {
    let none = RunSummary.Curve(name: "", points: [])
    var run = RunSummary(name: "a", title: "A", trainingLoss: none, testAccuracy: none)
    run.failingTriples = groups
    return run
  }

  @Test("shows three pictures a row, their classes and similarities, and the share that fails")
  func pictures() {
    let picture = Data([1, 2, 3])
    func sample(_ name: String) -> RunSummary.FailingTriples.Sample {
      .init(className: name, picture: picture)
    }
    let figure = Figures.failingTriples(
      run([
        .init(
          similarity: "cosine", share: 0.0123,
          triples: [
            .init(
              anchor: sample("five"), mate: sample("five"), other: sample("<one>"),
              mateSimilarity: -0.5, otherSimilarity: 1234.56)
          ])
      ]))
    #expect(figure.split(separator: "<image").count == 4)
    #expect(figure.contains("1.23 % of triples fail"))
    #expect(figure.contains("&lt;one") && !figure.contains("<one"))
    #expect(figure.contains("-0.500") && figure.contains("1235"))
  }

  @Test("says so where there are none, or no share")
  func none() {
    #expect(Figures.failingTriples(run(nil)).contains("No triples were kept"))
    let empty = Figures.failingTriples(
      run([.init(similarity: "cosine", share: .nan, triples: [])]))
    #expect(empty.contains("no triples"))
  }
}
