import Foundation

/// Pictures in rows and columns with their names, such as originals beside what networks made of them.
struct PicturesFigure {
  private static let gap = 6.0
  private static let top = 22.0

  /// The names of the rows, each with a PNG file for each column; nil leaves a place empty.
  let rows: [(name: String, pictures: [Data?])]
  let columns: [String]
  let title: String
  let notes: [String]
  /// Of every picture, in the figure's units.
  let size: (width: Double, height: Double)

  var drawing: Drawing {
    let named = rows.contains { !$0.name.isEmpty }
    let names = rows.map { Markup.shorten($0.name, to: 30) }
    let left =
      named
      ? Double(names.map(\.count).max() ?? 0) * FigureStyle.characterWidth + 26 : 16
    func x(_ column: Int) -> Double { left + Double(column) * (size.width + Self.gap) }
    func y(_ row: Int) -> Double { Self.top + Double(row) * (size.height + Self.gap) }
    let room = Int(size.width / FigureStyle.characterWidth)
    var body = ""
    for (column, name) in columns.enumerated() {
      body += Drawing.text(
        Markup.shorten(name, to: max(room, 4)), x: x(column) + size.width / 2, y: 14,
        style: "small class-name", anchor: "middle")
    }
    for (row, item) in rows.enumerated() {
      body += Drawing.text(
        names[row], x: left - 10, y: y(row) + size.height / 2 + 4, anchor: "end")
      for (column, picture) in item.pictures.enumerated() {
        guard let picture else { continue }
        body +=
          "<image x=\"\(Markup.coordinate(x(column)))\" y=\"\(Markup.coordinate(y(row)))\" "
          + "width=\"\(Markup.coordinate(size.width))\" "
          + "height=\"\(Markup.coordinate(size.height))\" preserveAspectRatio=\"xMidYMid\" "
          + "style=\"image-rendering:pixelated\" "
          + "href=\"data:image/png;base64,\(picture.base64EncodedString())\"/>"
      }
    }
    let count = max(columns.count, rows.map(\.pictures.count).max() ?? 0)
    return Drawing(
      width: max(x(count) - Self.gap + 16, 240), height: y(rows.count) + 2, title: title,
      summary: "Rows: \(names.joined(separator: ", ")). Columns: "
        + "\(columns.joined(separator: ", ")).",
      notes: notes, body: body)
  }
}
