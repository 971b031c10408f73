/// Points of a projection, with what stands around them: the same in a plane and in space.
struct ProjectedPoints {
  let features: RunSummary.Features
  let title, subtitle: String
  let notes: [String]
  let names: ClassNames

  /// The usable points of a figure.
  struct Shown {
    let data: LabelledFeatures
    /// The rows that are drawn, for each class of the data.
    let rows: [[Int]]
    let namesAreDrawn: Bool
  }

  /// The figure, or why there is none.
  ///
  /// - Parameters:
  ///   - target: Where the points are, in a sentence: `a plane`.
  ///   - remark: What the first note adds to the number of points.
  ///   - body: The drawing of the points.
  func drawing(
    of target: String, remark: String = "", height: Double, body: (Shown) -> String
  ) -> Drawing {
    let data = LabelledFeatures(features)
    guard data.total > 0 else {
      return .message(
        (["There are no points to draw."] + data.notes).joined(separator: " "), title: title,
        subtitle: subtitle)
    }
    let drawn = data.sample(ScatterFigure.drawnPoints)
    let count = drawn.reduce(0) { $0 + $1.count }
    let namesAreDrawn = data.labels.count <= DirectionRing.namedClasses
    return Drawing(
      width: FigureStyle.width, height: height, title: title,
      summary: "A projection of \(Markup.count(data.total, "point")) in "
        + "\(Markup.count(data.labels.count)) classes to \(target).",
      subtitle: subtitle,
      notes: [
        "\(Markup.count(count)) of \(Markup.count(data.total, "point")) drawn\(remark)."
      ] + notes + data.notes
        + (namesAreDrawn
          ? [] : ["Names are left out: more than \(DirectionRing.namedClasses) classes."]),
      body: body(Shown(data: data, rows: drawn, namesAreDrawn: namesAreDrawn)))
  }
}
