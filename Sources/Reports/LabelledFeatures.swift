import Foundation

/// The usable rows of a run's features by class, and the number of those left out with the reason.
struct LabelledFeatures {
  let dimension: Int
  /// The classes that have usable rows, ascending.
  let labels: [Int]
  /// Row indices for each of `labels`.
  let rows: [[Int]]
  let total: Int
  private(set) var notes: [String] = []
  private let values: [Float]
  private let proxies: [Float]

  init(_ features: RunSummary.Features) {
    let width = max(features.dimension, 1)
    let available = features.values.count / width
    let count = min(available, features.labels.count)
    var byClass: [Int: [Int]] = [:]
    var broken = 0
    var unlabelled = 0
    for row in 0..<count {
      let label = Int(features.labels[row])
      if label < 0 {
        unlabelled += 1
      } else if !features.values[row * width..<(row + 1) * width].allSatisfy(\.isFinite) {
        broken += 1
      } else {
        byClass[label, default: []].append(row)
      }
    }
    let sorted = byClass.keys.sorted()
    dimension = width
    labels = sorted
    rows = sorted.map { byClass[$0] ?? [] }
    total = rows.reduce(0) { $0 + $1.count }
    values = features.values
    proxies = features.proxies ?? []
    if broken > 0 {
      notes.append("\(Markup.count(broken, "point")) left out: not finite.")
    }
    if unlabelled > 0 {
      notes.append("\(Markup.count(unlabelled, "point")) left out: negative label.")
    }
    let unpaired = max(available, features.labels.count) - count
    if unpaired > 0 {
      let what = available > count ? "features without a label" : "labels without features"
      notes.append("\(Markup.count(unpaired)) \(what) left out.")
    }
  }

  subscript(row: Int) -> ArraySlice<Float> {
    values[row * dimension..<(row + 1) * dimension]
  }

  /// The plane's or space's coordinate of a row.
  func value(_ row: Int, _ axis: Int) -> Double { Double(values[row * dimension + axis]) }

  /// The direction of a row as a unit vector, or nil at the origin.
  func direction(_ row: Int) -> [Double]? { Self.unit(self[row]) }

  /// The direction of the class's proxy, or nil where there is none.
  func proxyDirection(_ label: Int) -> [Double]? {
    guard label < proxies.count / dimension else { return nil }
    let proxy = proxies[label * dimension..<(label + 1) * dimension]
    return proxy.allSatisfy(\.isFinite) ? Self.unit(proxy) : nil
  }

  var hasProxies: Bool { !proxies.isEmpty }

  /// The direction of the mean of the unit vectors of `rows`, or nil where they cancel out.
  func meanDirection(_ rows: [Int]) -> [Double]? {
    var sum = [Double](repeating: 0, count: dimension)
    var count = 0
    for row in rows {
      guard let unit = direction(row) else { continue }
      for axis in sum.indices { sum[axis] += unit[axis] }
      count += 1
    }
    let length = sqrt(sum.reduce(0) { $0 + $1 * $1 })
    guard length > 1e-9 * Double(count), count > 0 else { return nil }
    return sum.map { $0 / length }
  }

  /// At most about `limit` rows, spread evenly over each class; the same for the same input.
  ///
  /// Every class keeps its share, and at least one row.
  func sample(_ limit: Int) -> [[Int]] {
    guard total > limit else { return rows }
    return rows.map { all in
      let share = Double(all.count) * Double(limit) / Double(total)
      let quota = max(Int(share), 1)
      return (0..<quota).map { all[$0 * all.count / quota] }
    }
  }

  private static func unit(_ vector: ArraySlice<Float>) -> [Double]? {
    let length = sqrt(vector.reduce(0.0) { $0 + Double($1) * Double($1) })
    return length > 0 ? vector.map { Double($0) / length } : nil
  }
}

extension RunSummary {
  /// The figure of features that have so many numbers and of which some can be drawn; else the reason why
  /// there is none.
  func drawing(
    of figure: String, dimension: Int, _ draw: (LabelledFeatures) -> Drawing
  ) -> Drawing {
    guard let features else {
      return .message("No features were kept for this run.", run: self)
    }
    guard features.dimension == dimension else {
      return .message(
        "A \(figure) figure needs \(dimension) features; this run has \(features.dimension).",
        run: self)
    }
    let data = LabelledFeatures(features)
    guard data.total > 0 else {
      let reason = (["There are no points to draw."] + data.notes).joined(separator: " ")
      return .message(reason, run: self)
    }
    return draw(data)
  }
}
