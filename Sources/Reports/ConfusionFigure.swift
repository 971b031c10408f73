import Foundation

/// Which classes were taken for which: numbers for few classes, a map for many, and in either case
/// the largest confusions in words.
struct ConfusionFigure {
  private static let width = 480.0
  /// So many classes have room for numbers.
  private static let numberedClasses = 14
  private static let mapCells = 100
  private static let listed = 8

  let run: RunSummary

  var drawing: Drawing {
    guard let confusion = run.scores?.confusion else {
      return .message("No decisions were kept for this run.", run: run)
    }
    let classes = confusion.classNames.count
    let (cells, overflows) = classes.multipliedReportingOverflow(by: classes)
    guard !overflows, classes > 0, cells == confusion.counts.count,
      confusion.counts.allSatisfy({ $0 >= 0 })
    else {
      return .message(
        "The confusion matrix is left out: \(Markup.count(confusion.counts.count, "count")) for "
          + "\(Markup.count(classes, "class name")), or a negative one.", run: run)
    }
    let table = ConfusionTable(confusion)
    guard table.total > 0 else { return .message("There are no decisions to draw.", run: run) }
    let map =
      classes <= Self.numberedClasses
      ? ConfusionMatrix(table: table, width: Self.width).drawing
      : ConfusionMap(table: table, width: Self.width, cells: Self.mapCells).drawing
    let list = Self.list(table.largest(Self.listed), table, top: map.height + 8)
    let right = table.right / table.total * 100
    return Drawing(
      width: Self.width, height: map.height + list.height, title: run.title,
      summary: "\(Markup.count(classes)) true classes by predicted class; "
        + "\(Markup.decimal(right, digits: 2)) % on the diagonal.",
      subtitle: run.settingsLine,
      notes: ["\(Markup.decimal(right, digits: 2)) % right."] + map.notes,
      body: map.body + list.body)
  }

  private static func list(
    _ confusions: [ConfusionTable.Entry], _ table: ConfusionTable, top: Double
  ) -> (body: String, height: Double) {
    guard !confusions.isEmpty else {
      return (Drawing.text("No class was taken for another.", x: 16, y: top + 14), 30)
    }
    var body = Drawing.text("Largest confusions", x: 16, y: top + 14, style: "class-name")
    for (index, entry) in confusions.enumerated() {
      let y = top + 34 + Double(index) * 18
      let share = Markup.decimal(entry.share * 100, digits: 1)
      body += Drawing.text(
        "\(Markup.shorten(table.name(entry.row), to: 16)) taken for "
          + Markup.shorten(table.name(entry.column), to: 16), x: 16, y: y)
      body += Drawing.text(
        "\(Markup.count(entry.count)) of \(Markup.count(Int(min(table.rowTotals[entry.row], 1e18))))"
          + " (\(share)\u{202F}%)",
        x: width - 16, y: y, style: "muted", anchor: "end")
    }
    return (body, 34 + Double(confusions.count) * 18)
  }
}

/// A confusion matrix with what is read off it.
struct ConfusionTable {
  struct Entry {
    let row: Int
    let column: Int
    let count: Int
    /// Of the examples of the true class.
    let share: Double
  }

  let classes: Int
  let counts: [Int]
  let rowTotals: [Double]
  private let names: [String]

  init(_ confusion: RunSummary.Confusion) {
    let classes = confusion.classNames.count
    let counts = confusion.counts
    self.classes = classes
    self.counts = counts
    names = confusion.classNames
    rowTotals = (0..<classes).map { row in
      counts[row * classes..<(row + 1) * classes].reduce(0.0) { $0 + Double($1) }
    }
  }

  var total: Double { rowTotals.reduce(0, +) }

  var right: Double { (0..<classes).reduce(0) { $0 + Double(counts[$1 * classes + $1]) } }

  func name(_ label: Int) -> String { ClassNames(names: names)[label] }

  func share(_ row: Int, _ column: Int) -> Double {
    rowTotals[row] > 0 ? Double(counts[row * classes + column]) / rowTotals[row] : 0
  }

  /// The cells off the diagonal with the largest counts, largest first.
  func largest(_ limit: Int) -> [Entry] {
    var best: [Entry] = []
    for (index, count) in counts.enumerated() where count > 0 {
      let (row, column) = index.quotientAndRemainder(dividingBy: classes)
      guard row != column, best.count < limit || count > best[best.count - 1].count else {
        continue
      }
      let place = best.firstIndex { $0.count < count } ?? best.count
      best.insert(
        Entry(row: row, column: column, count: count, share: share(row, column)), at: place)
      if best.count > limit { best.removeLast() }
    }
    return best
  }
}

/// Few classes: each cell has its number.
private struct ConfusionMatrix {
  let table: ConfusionTable
  let width: Double

  var drawing: (body: String, height: Double, notes: [String]) {
    let names = (0..<table.classes).map { Markup.shorten(table.name($0), to: 12) }
    let longest = Double(names.map(\.count).max() ?? 1)
    let left = longest * FigureStyle.characterWidth + 30
    let isSlanted = longest > 4
    let top = isSlanted ? longest * FigureStyle.characterWidth * 0.72 + 34 : 44
    let room = isSlanted ? 40.0 : 12
    let size = min((width - left - room) / Double(table.classes), 40)
    var cells = ""
    var texts = Drawing.text("predicted", x: left, y: 14, style: "muted small")
    texts += Drawing.text(
      "true", x: left - 8, y: top - 6, style: "muted small", anchor: "end")
    for row in 0..<table.classes {
      let y = top + Double(row) * size
      texts += Drawing.text(names[row], x: left - 8, y: y + size / 2 + 4, anchor: "end")
      let x = left + (Double(row) + 0.5) * size
      let (tx, ty) = (Markup.coordinate(x), Markup.coordinate(top - 6))
      texts += Drawing.text(
        names[row], x: x, y: top - 6, anchor: isSlanted ? "start" : "middle",
        attributes: isSlanted ? " transform=\"rotate(-45 \(tx) \(ty))\"" : "")
      for column in 0..<table.classes {
        let place = Planar(x: left + Double(column) * size, y: y)
        cells += cell(row, column, at: place, size)
      }
    }
    return (
      cells + texts, top + Double(table.classes) * size + 12,
      ["Rows are the true classes; a cell is darker the larger its share of its row."]
    )
  }

  private func cell(_ row: Int, _ column: Int, at place: Planar, _ size: Double) -> String {
    let count = table.counts[row * table.classes + column]
    let share = table.share(row, column)
    // The root tells small shares from none.
    let opacity = count == 0 ? 0 : 0.08 + 0.5 * share.squareRoot()
    let side = Markup.coordinate(size - 1.5)
    var result = "<rect class=\"cell\" x=\"\(Markup.coordinate(place.x))\""
    result += " y=\"\(Markup.coordinate(place.y))\" width=\"\(side)\" height=\"\(side)\"/>"
    guard count > 0 else { return result }
    result += "<rect class=\"end \(Palette.style(row == column ? 0 : 1))\""
    result += " x=\"\(Markup.coordinate(place.x))\" y=\"\(Markup.coordinate(place.y))\""
    result += " width=\"\(side)\" height=\"\(side)\""
    result += " fill-opacity=\"\(Markup.decimal(opacity, digits: 2))\"/>"
    let text = count < 100_000 ? String(count) : "\(count / 1_000)k"
    let style = Double(text.count) * FigureStyle.characterWidth > size ? "small tight" : "small"
    return result
      + Drawing.text(
        text, x: place.x + size / 2, y: place.y + size / 2 + 4, style: style, anchor: "middle")
  }
}

/// Many classes: a map of shares, blocks of neighbouring classes in one cell where there are more
/// classes than cells.
private struct ConfusionMap {
  private static let bounds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
  let table: ConfusionTable
  let width: Double
  let cells: Int

  private func level(_ share: Double) -> Int { Self.bounds.count { share > $0 } }

  var drawing: (body: String, height: Double, notes: [String]) {
    let block = (table.classes + cells - 1) / cells
    let side = (table.classes + block - 1) / block
    let (left, top, extent) = (86.0, 26.0, width - 106)
    let size = extent / Double(side)
    var paths: [String: String] = [:]
    for row in 0..<side {
      var column = 0
      while column < side {
        guard let style = style(row, column, block) else {
          column += 1
          continue
        }
        let start = column
        repeat { column += 1 } while column < side && self.style(row, column, block) == style
        let corner = Planar(x: left + Double(start) * size, y: top + Double(row) * size)
        paths[style, default: ""] +=
          "M\(Markup.pair(corner))h\(Markup.coordinate(Double(column - start) * size))"
          + "v\(Markup.coordinate(size))h\(Markup.coordinate(-Double(column - start) * size))z"
      }
    }
    let corner = "x=\"\(Markup.coordinate(left))\" y=\"\(Markup.coordinate(top))\""
    let edge = Markup.coordinate(extent)
    var body = "<rect class=\"cell\" \(corner) width=\"\(edge)\" height=\"\(edge)\"/>"
    for (style, d) in paths.sorted(by: { $0.key < $1.key }) {
      body += Drawing.path(d, style: style)
    }
    body += labels(left, top, extent)
    var notes: [String] = []
    if block > 1 {
      notes.append(
        "A cell of the map holds \(Markup.count(block)) × \(Markup.count(block)) classes.")
    }
    return (body, top + extent + 60, notes)
  }

  /// The look of a cell, or nil where nothing fell into it.
  private func style(_ row: Int, _ column: Int, _ block: Int) -> String? {
    var (inside, off, all) = (0.0, 0.0, 0.0)
    for label in row * block..<min((row + 1) * block, table.classes) {
      all += table.rowTotals[label]
      for other in column * block..<min((column + 1) * block, table.classes) {
        let count = Double(table.counts[label * table.classes + other])
        if label == other { inside += count } else { off += count }
      }
    }
    guard inside + off > 0 else { return nil }
    // On the diagonal what is wrong stands out from what is right.
    let isRight = row == column && off <= inside
    let share = (isRight ? inside : off) / all
    return "end \(Palette.style(isRight ? 0 : 1)) level\(level(share))"
  }

  private func labels(_ left: Double, _ top: Double, _ extent: Double) -> String {
    var body = Drawing.text("predicted class", x: left, y: top - 8, style: "muted small")
    body += Drawing.text("true", x: left - 8, y: top + 10, style: "muted small", anchor: "end")
    let last = table.classes - 1
    for (label, share) in [(0, 0.0), (last / 2, 0.5), (last, 1.0)] {
      let y = top + extent * share + (share == 0 ? 26 : share == 1 ? -2 : 4)
      body += Drawing.text(
        Markup.shorten(table.name(label), to: 10), x: left - 8, y: y, style: "muted small",
        anchor: "end")
    }
    // The scale of the colours.
    let y = top + extent + 22
    body += Drawing.text("share of the true class", x: 16, y: y + 10, style: "muted small")
    let texts = ["≤ 0.1", "0.3", "1", "3", "10", "30", "100 %"]
    let step = (width - 190) / Double(texts.count)
    for (level, text) in texts.enumerated() {
      let x = 174 + Double(level) * step
      for (part, color) in [1, 0].enumerated() {
        body += "<rect class=\"end \(Palette.style(color)) level\(level)\""
        body +=
          " x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y + Double(part) * 9 - 4))\""
        body += " width=\"\(Markup.coordinate(step - 2))\" height=\"8\"/>"
      }
      body += Drawing.text(
        text, x: x + (step - 2) / 2, y: y + 28, style: "muted small", anchor: "middle")
    }
    return body
  }
}
