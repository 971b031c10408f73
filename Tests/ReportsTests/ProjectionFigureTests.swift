import Foundation
import Reports
import Testing

/// Projections are drawn whole, fitted to their points, and with their classes' names.
@Suite struct ProjectionFigureTests {
  /// Groups of ten points around the corners of a triangle that is far from the origin.
  func points(_ dimension: Int, classes: Int = 3) -> RunSummary.Features {
    let rows = (0..<classes * 10).map { i in
      (0..<dimension).map { axis -> Float in
        1000 + (i % classes == axis ? 5 : 0) + Float((i * 7 + axis * 3) % 10) / 10
      }
    }
    return RunSummary.Features(
      dimension: dimension, values: rows.flatMap { $0 },
      labels: rows.indices.map { Int32($0 % classes) })
  }

  func figure(_ points: RunSummary.Features) -> ParsedMarkup {
    ParsedMarkup(
      Figures.projection(
        points, title: "Title", subtitle: "second line", notes: ["A note."],
        classNames: ["one", "two", "three"]))
  }

  @Test(arguments: [2, 3])
  func `Every point is drawn inside the frame, with names, title and notes`(
    _ dimension: Int
  ) throws {
    let parsed = figure(points(dimension))
    #expect(parsed.problem == nil)
    #expect(parsed.dotCount == 30)
    for word in [
      "one", "two", "three", "Title", "second line", "A note.", "30 of 30 points drawn",
    ] {
      #expect(parsed.text.contains(word), "\(word)")
    }
    var (least, largest) = (Double.infinity, -Double.infinity)
    for path in parsed.elements("dots") {
      for place in try #require(path.attributes["d"]).split(separator: "M") {
        let numbers = place.replacing("h0", with: "").split(separator: " ").compactMap {
          Double($0)
        }
        #expect(numbers.count == 2 && numbers.allSatisfy { (0...420).contains($0) })
        least = min(least, numbers[0])
        largest = max(largest, numbers[0])
      }
    }
    // The origin is far away, and the points fill the frame all the same.
    #expect(largest - least > 150)
  }

  @Test func `Names of many classes are left out, and that is said`() {
    for dimension in [2, 3] {
      let parsed = figure(points(dimension, classes: 21))
      #expect(parsed.elements("class-name").isEmpty)
      #expect(parsed.text.contains("Names are left out: more than 20 classes."))
    }
  }

  @Test func `Other dimensions than two and three get a message`() {
    #expect(figure(points(4)).text.contains("this one has 4."))
  }
}
