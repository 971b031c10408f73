import Foundation
import Reports
import Testing

@Suite("The figure of pictures")
struct PicturesFigureTests {
  @Test("shows each picture in its row and column, with their names")
  func grid() {
    let figure = Figures.pictures(
      [("seen", [Data([1]), Data([2])]), ("<made>", [nil, Data([3])])], columns: ["one", "two"],
      title: "Pictures", notes: ["All are small."], size: (40, 30))
    #expect(figure.split(separator: "<image").count == 4)
    for part in ["AQ==", "Ag==", "Aw==", ">seen<", "&lt;made&gt;", ">one<", "All are small."] {
      #expect(figure.contains(part), "the figure lacks '\(part)'")
    }
    // The second column stands right of the first, the second row below.
    func corner(_ bytes: String) -> (x: Double, y: Double)? {
      let images = figure.split(separator: "<image ")
      guard
        let image = images.first(where: { $0.contains("base64,\(bytes)") }),
        let numbers = image.firstMatch(of: /x="([0-9.]+)" y="([0-9.]+)"/)
      else { return nil }
      return (Double(numbers.1)!, Double(numbers.2)!)
    }
    let corners = ["AQ==", "Ag==", "Aw=="].compactMap(corner)
    #expect(corners.count == 3)
    #expect(corners[1].x >= corners[0].x + 40 && corners[1].y == corners[0].y)
    #expect(corners[2].x == corners[1].x && corners[2].y >= corners[1].y + 30)
  }
}
