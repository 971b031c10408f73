/// The colours of classes and runs.
///
/// Ten hues that stay apart for readers with protanopia, deuteranopia and tritanopia (smallest
/// distance in OKLab over all pairs and all four kinds of sight: 0.076 light, 0.090 dark), each at
/// least 3:1 against its paper, as WCAG 1.4.11 asks of graphics. They repeat after ten, with another
/// shape of the points each time, up to forty; of more classes the page brings out those asked for.
enum Palette {
  static let count = 10
  static let light = [
    "#1d5dbb", "#fc4507", "#328b79", "#5e208e", "#888a43",
    "#e55ea2", "#3a9ac3", "#8b76f7", "#5f5e10", "#6a2b29",
  ]
  static let dark = [
    "#5a87f5", "#f15708", "#42c081", "#a175b5", "#c7bc2a",
    "#fb97c2", "#6bf4f0", "#a7bdff", "#d4e443", "#c3697a",
  ]

  /// The style class that gives an element the colour of `index` as its `currentColor`.
  static func style(_ index: Int) -> String {
    "k\(((index % count) + count) % count)"
  }

  /// The shape of the points of a class: 0 is a dot, 1 a cross, 2 an upright and 3 a level bar.
  static func shape(_ label: Int) -> Int { max(label, 0) / count % 4 }

  /// A point of a class, from its place on, as part of a path with round ends.
  static func point(_ label: Int) -> String {
    switch shape(label) {
    case 0: "h0"
    case 1: "m-1.6-1.6l3.2 3.2m0-3.2l-3.2 3.2"
    case 2: "m0-2.2v4.4"
    default: "m-2.2 0h4.4"
    }
  }

  /// The style classes of the points of a class.
  static func pointStyle(_ label: Int) -> String {
    shape(label) == 0 ? "dots \(style(label))" : "dots thin \(style(label))"
  }

  /// The rules behind ``style(_:)``.
  static func rules(_ colors: [String]) -> String {
    colors.enumerated().map { ".k\($0.offset){color:\($0.element)}" }.joined()
  }
}

/// Names of classes, with a fallback for those that have none.
struct ClassNames {
  let names: [String]

  subscript(label: Int) -> String {
    names.indices.contains(label) && !names[label].isEmpty ? names[label] : "class \(label)"
  }

  /// The name as it fits beside a drawing.
  func short(_ label: Int) -> String { Markup.shorten(self[label], to: 12) }
}
