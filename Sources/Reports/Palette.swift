/// The colours of classes and runs.
///
/// Ten hues that stay apart for readers with protanopia, deuteranopia and tritanopia (smallest
/// distance in OKLab over all pairs and all four kinds of sight: 0.076 light, 0.090 dark), each at
/// least 3:1 against its paper, as WCAG 1.4.11 asks of graphics. They repeat after ten.
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
