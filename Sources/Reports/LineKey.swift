/// The lines of several runs: their look, and the key that says which is which.
enum LineKey {
  private static let dashes = ["", "7 4", "2 4", "9 3 2 3"]

  static func style(_ index: Int) -> String { "curve \(Palette.style(index))" }

  /// Every second colour has its own dashes: lines that cross are told apart without colour too.
  static func dash(_ index: Int) -> String {
    let pattern = dashes[(index / 2) % dashes.count]
    return pattern.isEmpty ? "" : " stroke-dasharray=\"\(pattern)\""
  }

  /// The key above a plot, in as many rows as it takes, and the height of its last row.
  static func drawing(
    _ entries: [(index: Int, title: String)], width: Double
  ) -> (body: String, height: Double) {
    var body = ""
    var x = 16.0
    var y = 20.0
    for (index, title) in entries {
      let entry = Double(title.count) * FigureStyle.characterWidth + 40
      if x > 16, x + entry > width {
        x = 16
        y += 18
      }
      body += Drawing.path(
        "M\(Markup.pair(Planar(x: x, y: y - 4)))h22", style: style(index), attributes: dash(index))
      body += Drawing.text(title, x: x + 28, y: y)
      x += entry
    }
    return (body, y)
  }
}
