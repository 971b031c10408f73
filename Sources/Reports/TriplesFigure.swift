import Foundation

/// Failing triples with their pictures, a column for each similarity: on the left the anchor, then its
/// farthest mate, then the sample of another class that is nearer.
struct TriplesFigure {
  private static let rows = 4
  private static let side = 40.0
  private static let step = 46.0

  let run: RunSummary
  var note =
    "Each row: a sample, the farthest of its own class, and one of another class that is nearer; below "
    + "them their classes, and the similarities to the first."

  var drawing: Drawing {
    let groups = (run.failingTriples ?? []).prefix(3)
    guard !groups.isEmpty else {
      return .message("No triples were kept for this run.", run: run)
    }
    let column = FigureStyle.width / Double(groups.count)
    var body = ""
    for (index, group) in groups.enumerated() {
      let left = column * Double(index) + 8
      body += Drawing.text(group.similarity, x: left, y: 16, style: "class-name")
      body += Drawing.text(Self.share(group.share), x: left, y: 32, style: "small muted")
      for (row, triple) in group.triples.prefix(Self.rows).enumerated() {
        body += Self.triple(triple, left: left, top: 42 + Double(row) * (Self.side + 34))
      }
    }
    let height = 42 + Double(Self.rows) * (Self.side + 34)
    return Drawing(
      width: FigureStyle.width, height: height, title: "\(run.title): triples in the wrong order",
      summary: groups.map { "\($0.similarity): \(Self.share($0.share))" }.joined(separator: "; "),
      notes: [note], body: body)
  }

  private static func share(_ share: Double) -> String {
    share.isFinite ? "\(number(share * 100, 2)) % of triples fail" : "no triples"
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value) : "–"
  }

  private static func triple(
    _ triple: RunSummary.FailingTriples.Triple, left: Double, top: Double
  ) -> String {
    let samples = [triple.anchor, triple.mate, triple.other]
    func short(_ value: Double) -> String { number(value, abs(value) < 100 ? 3 : 0) }
    let numbers = ["", short(triple.mateSimilarity), short(triple.otherSimilarity)]
    var result = ""
    for (place, sample) in samples.enumerated() {
      let x = left + Double(place) * step
      let corner = "x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(top))\""
      let size = "width=\"\(Markup.coordinate(side))\" height=\"\(Markup.coordinate(side))\""
      if let picture = sample.picture {
        result +=
          "<image \(corner) \(size) style=\"image-rendering:pixelated\" "
          + "href=\"data:image/png;base64,\(picture.base64EncodedString())\"/>"
      }
      result += "<rect class=\"axis\" \(corner) \(size)/>"
      result += Drawing.text(
        Markup.shorten(sample.className, to: 6), x: x + side / 2, y: top + side + 12,
        style: "small", anchor: "middle")
      result += Drawing.text(
        numbers[place], x: x + side / 2, y: top + side + 24, style: "tight muted",
        anchor: "middle")
    }
    return result
  }
}
