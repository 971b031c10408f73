import Foundation

/// Features of any dimension by two angles: to the centre of the own class, and to the nearest
/// centre of another class.
///
/// A centre is the direction of the mean of the class's unit vectors. Where the two humps stand
/// apart, the classes separate.
struct AnglesFigure {
  private static let binWidth = 2.0
  /// Multiplications spent on the angles; beyond, fewer points stand for all.
  private static let budget = 400_000_000.0

  let run: RunSummary

  var drawing: Drawing {
    guard let features = run.features else {
      return .message("No features were kept for this run.", run: run)
    }
    guard features.dimension > 0 else {
      return .message(
        "An angle figure needs at least 1 feature; this run says \(features.dimension).", run: run)
    }
    let data = LabelledFeatures(features)
    let angles = CenterAngles(data, limit: Self.limit(data))
    guard !angles.own.isEmpty else {
      let reason =
        (["There are no points with a direction."] + data.notes).joined(separator: " ")
      return .message(reason, run: run)
    }
    return drawing(of: angles, data)
  }

  private static func limit(_ data: LabelledFeatures) -> Int {
    let perPoint = Double(data.dimension) * Double(max(data.labels.count, 1))
    return Int(min(max(budget / perPoint, 100), 5_000))
  }

  private func drawing(of angles: CenterAngles, _ data: LabelledFeatures) -> Drawing {
    var notes = [
      "\(Markup.count(angles.own.count)) of \(Markup.count(data.total, "point")), "
        + "in \(Markup.count(data.labels.count)) classes."
    ]
    if angles.other.isEmpty {
      notes.append("There is one class only: no other centre to compare with.")
    } else {
      let share = Double(angles.closerToAnother) / Double(angles.own.count) * 100
      notes.append("Closer to another centre: \(Markup.decimal(share, digits: 1)) % of the points.")
    }
    if angles.withoutDirection > 0 {
      notes.append(
        "\(Markup.count(angles.withoutDirection, "point")) at the origin without direction.")
    }
    notes += data.notes

    let widest = Double(angles.own.count { $0 > 120 } + angles.other.count { $0 > 120 })
    let limit = widest > 0.01 * Double(angles.own.count) ? 180.0 : 120.0
    var plot = DistributionPlot.angles(upTo: limit, title: "angle to a class centre")
    func add(_ angles: [Double], color: Int, title: String) -> String? {
      guard !angles.isEmpty else { return nil }
      let median = angles.sorted()[angles.count / 2]
      let text = "\(Markup.decimal(median, digits: 1))°"
      plot.add(
        Self.histogram(angles, limit: limit), color: color, title: "\(title), median \(text)",
        median: median)
      return text
    }
    let own = add(angles.own, color: 0, title: "to its own class")
    let other = add(angles.other, color: 1, title: "to the nearest other")
    return Drawing(
      width: FigureStyle.width, height: DistributionPlot.height, title: run.title,
      summary: "Angle of each point to the centre of its own class"
        + (own.map { ", median \($0)" } ?? "") + ", and to the nearest centre of another class"
        + (other.map { ", median \($0)" } ?? "") + ".",
      subtitle: run.settingsLine, notes: notes, body: plot.body)
  }

  private static func histogram(_ angles: [Double], limit: Double) -> RunSummary.Histogram {
    var counts = [Int](repeating: 0, count: Int(limit / binWidth))
    for angle in angles { counts[min(Int(angle / binWidth), counts.count - 1)] += 1 }
    return .init(edges: (0...counts.count).map { Double($0) * binWidth }, counts: counts)
  }
}

/// Angles in degrees between points and class centres.
struct CenterAngles {
  private(set) var own: [Double] = []
  /// Empty where there is one class only.
  private(set) var other: [Double] = []
  private(set) var closerToAnother = 0
  private(set) var withoutDirection = 0

  init(_ data: LabelledFeatures, limit: Int) {
    let centers = data.rows.map { data.meanDirection($0)?.map { Float($0) } }
    let known = centers.indices.filter { centers[$0] != nil }
    let flat = known.flatMap { centers[$0] ?? [] }
    let dimension = data.dimension
    let chosen = data.sample(limit).enumerated().flatMap { index, rows in
      rows.map { (index: index, row: $0) }
    }
    // A sample keeps a point of every class; of very many classes only some are asked.
    let step = max(chosen.count / max(limit, 1), 1)
    for (index, row) in stride(from: 0, to: chosen.count, by: step).map({ chosen[$0] }) {
      guard let unit = data.direction(row)?.map({ Float($0) }) else {
        withoutDirection += 1
        continue
      }
      var mine: Float?
      var nearest: Float?
      for (slot, center) in known.enumerated() {
        var cosine: Float = 0
        for axis in 0..<dimension { cosine += unit[axis] * flat[slot * dimension + axis] }
        if center == index {
          mine = cosine
        } else if cosine > nearest ?? -2 {
          nearest = cosine
        }
      }
      guard let mine else { continue }
      own.append(Self.degrees(mine))
      if let nearest {
        other.append(Self.degrees(nearest))
        if nearest > mine { closerToAnother += 1 }
      }
    }
  }

  private static func degrees(_ cosine: Float) -> Double {
    acos(min(max(Double(cosine), -1), 1)) * 180 / .pi
  }
}

/// Angles within and between classes, as they were counted by whoever made the summary.
struct AngleDistributionFigure {
  let run: RunSummary

  var drawing: Drawing {
    guard let angles = run.angles else {
      return .message("No angles were counted for this run.", run: run)
    }
    var notes: [String] = []
    let parts = [("within classes", 0, angles.within), ("between classes", 1, angles.between)]
      .filter { title, _, histogram in
        let outside = histogram.edges.contains { !(-1e-6...180.000_1).contains($0) }
        guard let problem = histogram.problem ?? (outside ? "not within 0° to 180°" : nil) else {
          return true
        }
        notes.append("Angles \(title) are left out: \(problem).")
        return false
      }
    guard !parts.isEmpty else {
      return .message((["There are no angles to draw."] + notes).joined(separator: " "), run: run)
    }
    let last = parts.flatMap { part in
      part.2.counts.indices.filter { part.2.counts[$0] > 0 }.map { part.2.edges[$0 + 1] }
    }
    var plot = DistributionPlot.angles(
      upTo: (last.max() ?? 180) > 120 ? 180 : 120, title: "angle")
    var medians: [String] = []
    for (title, color, histogram) in parts {
      let text = "\(title), median \(Markup.decimal(histogram.median, digits: 1))°"
      medians.append(text)
      plot.add(histogram, color: color, title: text)
    }
    return Drawing(
      width: FigureStyle.width, height: DistributionPlot.height, title: run.title,
      summary: "Angles " + medians.joined(separator: "; ") + ".", subtitle: run.settingsLine,
      notes: notes, body: plot.body)
  }
}

extension DistributionPlot {
  /// A plot over degrees, each hump on its own height.
  static func angles(upTo limit: Double, title: String) -> DistributionPlot {
    let ticks = stride(from: 0, through: limit, by: 30).map {
      (value: $0, label: "\(Int($0))°")
    }
    return DistributionPlot(0...limit, ticks: ticks, title: title, heights: .each)
  }
}
