/// A finished figure, before it is decided where it stands.
///
/// In a page the heading and the notes are text around it; a file of its own carries them inside.
struct Drawing {
  var width: Double
  var height: Double
  /// Accessible name, and the heading of a standalone file.
  var title: String
  /// What the figure shows, for those who cannot see it.
  var summary: String
  /// Second line of the heading.
  var subtitle = ""
  /// What the reader must know to trust the figure.
  var notes: [String] = []
  /// Further attributes of the root element.
  var attributes = ""
  /// The points for the page's script, which draws them anew; a file of its own has none.
  var cloud: PointCloud?
  var body: String

  /// The figure inside a page that carries ``FigureStyle/css``.
  var inline: String {
    svg(top: 0, bottom: height, attributes: cloud?.attributes ?? "") + body + "</svg>"
  }

  /// The figure as a file that needs nothing else.
  var standalone: String {
    let heading = subtitle.isEmpty ? 34.0 : 52.0
    let lines = notes.flatMap { Self.wrap($0, columns: Int(width / 6.6)) }
    let bottom = height + (lines.isEmpty ? 8 : Double(lines.count) * 16 + 16)
    var result = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    result += svg(
      top: -heading, bottom: bottom, attributes: " xmlns=\"http://www.w3.org/2000/svg\"")
    result += "<style>\(FigureStyle.css)</style>"
    result += "<rect class=\"paper\" x=\"0\" y=\"\(Markup.coordinate(-heading))\""
    result += " width=\"100%\" height=\"100%\"/>"
    result += Self.text(title, x: 16, y: 26 - heading, style: "heading")
    if !subtitle.isEmpty {
      result += Self.text(subtitle, x: 16, y: 44 - heading, style: "muted")
    }
    result += body
    for (index, line) in lines.enumerated() {
      result += Self.text(line, x: 16, y: height + 16 + Double(index) * 16, style: "muted")
    }
    return result + "</svg>\n"
  }

  private func svg(top: Double, bottom: Double, attributes extra: String) -> String {
    let size = "\(Markup.coordinate(width)) \(Markup.coordinate(bottom - top))"
    let pixels = size.split(separator: " ")
    var result = "<svg\(extra) class=\"margin-figure\" role=\"img\""
    result += " viewBox=\"0 \(Markup.coordinate(top)) \(size)\""
    result += " width=\"\(pixels[0])\" height=\"\(pixels[1])\""
    result += " aria-label=\"\(Markup.escape(title + ". " + summary))\"\(attributes)>"
    return result + "<title>\(Markup.escape(title))</title><desc>\(Markup.escape(summary))</desc>"
  }

  /// A text element; `style` is a list of style classes.
  static func text(
    _ content: String, x: Double, y: Double, style: String = "", anchor: String = "start",
    attributes: String = ""
  ) -> String {
    var result = "<text x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y))\""
    if !style.isEmpty { result += " class=\"\(style)\"" }
    if anchor != "start" { result += " text-anchor=\"\(anchor)\"" }
    return result + "\(attributes)>\(Markup.escape(content))</text>"
  }

  static func path(_ d: String, style: String, attributes: String = "") -> String {
    d.isEmpty ? "" : "<path class=\"\(style)\"\(attributes) d=\"\(d)\"/>"
  }

  static func circle(
    _ center: Planar, _ radius: Double, style: String, attributes: String = ""
  ) -> String {
    "<circle class=\"\(style)\"\(attributes) cx=\"\(Markup.coordinate(center.x))\""
      + " cy=\"\(Markup.coordinate(center.y))\" r=\"\(Markup.coordinate(radius))\"/>"
  }

  /// The figure that says why there is none.
  static func message(_ text: String, run: RunSummary, height: Double = 200) -> Drawing {
    message(text, title: run.title, subtitle: run.settingsLine, height: height)
  }

  static func message(
    _ text: String, title: String, subtitle: String, height: Double = 200
  ) -> Drawing {
    let lines = wrap(text, columns: 56)
    let first = height / 2 - Double(lines.count - 1) * 9
    return Drawing(
      width: FigureStyle.width, height: height, title: title, summary: text, subtitle: subtitle,
      body: lines.enumerated().map {
        Self.text(
          $0.element, x: FigureStyle.width / 2, y: first + Double($0.offset) * 18, style: "muted",
          anchor: "middle")
      }.joined())
  }

  private static func wrap(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > columns {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension RunSummary {
  /// `margin 0.3 · scale 16`
  var settingsLine: String {
    settings.map { "\($0.name) \($0.value)" }.joined(separator: " · ")
  }
}
