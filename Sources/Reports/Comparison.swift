/// The difference of two runs in one metric, found on the same examples or pairs.
public struct Comparison: Codable, Sendable {
  /// The title of the metric, as in ``RunSummary/Metric/title``.
  public var metric: String
  /// The name (``RunSummary/name``) or the title of the run that is compared.
  public var runA: String
  /// The name or the title of the run that it is compared with.
  public var runB: String
  /// The value of A minus the value of B.
  public var difference: Double
  /// Lower bound of the 95 % interval of `difference`.
  public var lower: Double?
  /// Upper bound of the 95 % interval of `difference`.
  public var upper: Double?
  public var pValue: Double?
  /// Whether the test tells the runs apart. A page believes it only where the interval, if there
  /// is one, excludes 0 as well.
  public var isCertain: Bool
  /// As in ``RunSummary/Metric/unit``.
  public var unit: String
  /// Digits after the decimal point.
  public var digits: Int
  public var better: RunSummary.Metric.Better

  public init(
    metric: String, runA: String, runB: String, difference: Double, lower: Double? = nil,
    upper: Double? = nil, pValue: Double? = nil, isCertain: Bool, unit: String = "",
    digits: Int = 2, better: RunSummary.Metric.Better = .higher
  ) {
    self.metric = metric
    self.runA = runA
    self.runB = runB
    self.difference = difference
    self.lower = lower
    self.upper = upper
    self.pValue = pValue
    self.isCertain = isCertain
    self.unit = unit
    self.digits = digits
    self.better = better
  }

  /// The same difference seen from the other run.
  var reversed: Comparison {
    Comparison(
      metric: metric, runA: runB, runB: runA, difference: -difference, lower: upper.map { -$0 },
      upper: lower.map { -$0 }, pValue: pValue, isCertain: isCertain, unit: unit, digits: digits,
      better: better)
  }

  /// Whether A is better beyond doubt.
  var isWonByA: Bool {
    let sign = better == .lower ? -1.0 : 1.0
    let bounds = [lower, upper].compactMap(\.self).map { $0 * sign }
    return isCertain && better != .neither && difference.isFinite && difference * sign > 0
      && bounds.allSatisfy { $0 > 0 }
  }

  /// `0.42 percentage points`
  var amount: String {
    let number = Markup.decimal(abs(difference), digits: digits)
    switch unit {
    case "": return number
    case "%": return "\(number) percentage points"
    case "°": return "\(number)°"
    default: return "\(number)\u{202F}\(unit)"
    }
  }

  /// `95 % interval of the difference 0.20 to 0.64, p = 0.004`
  var evidence: String {
    var parts: [String] = []
    if let lower, let upper {
      // From the side of the better run, whichever it is: 0 and the sign are what is read.
      let bounds = difference < 0 ? (-upper, -lower) : (lower, upper)
      parts.append(
        "95\u{A0}% interval of the difference "
          + "\(Markup.decimal(bounds.0, digits: digits)) to "
          + "\(Markup.decimal(bounds.1, digits: digits))")
    }
    if let pValue, pValue.isFinite {
      parts.append(
        pValue < 0.001
          ? "p\u{A0}<\u{A0}0.001" : "p\u{A0}=\u{A0}\(Markup.decimal(pValue, digits: 3))"
      )
    }
    return parts.joined(separator: ", ")
  }
}

/// What is known of the pairs of runs in one metric.
struct PairedResults {
  let titles: [String]
  private let known: [[Comparison?]]

  /// - Parameter titles: What the runs are called, by index.
  init(_ comparisons: [Comparison], runs: [RunSummary], titles: [String]) {
    self.titles = titles
    func index(_ name: String) -> Int? {
      runs.firstIndex { $0.name == name } ?? titles.firstIndex(of: name)
        ?? runs.firstIndex { $0.title == name }
    }
    var known = runs.map { _ in [Comparison?](repeating: nil, count: runs.count) }
    for comparison in comparisons {
      guard let a = index(comparison.runA), let b = index(comparison.runB), a != b else { continue }
      known[a][b] = comparison
      known[b][a] = comparison.reversed
    }
    self.known = known
  }

  /// A minus B, or nil where the two were not compared.
  subscript(a: Int, b: Int) -> Comparison? { known[a][b] }

  /// Whether A is better than B beyond doubt.
  func isWon(_ a: Int, over b: Int) -> Bool { known[a][b]?.isWonByA ?? false }

  /// The runs that were compared with any other.
  var members: [Int] { known.indices.filter { known[$0].contains { $0 != nil } } }
}

extension [RunSummary] {
  /// Titles that differ: by settings, else by name, where runs share one.
  var displayTitles: [String] {
    map { run in
      let twins = filter { $0.title == run.title }
      guard twins.count > 1 else { return run.title }
      let special = run.settings.filter { setting in
        twins.contains { twin in
          !twin.settings.contains { $0.name == setting.name && $0.value == setting.value }
        }
      }
      let text = special.map { "\($0.name) \($0.value)" }.joined(separator: " ")
      let others = twins.filter { $0.name != run.name }
      return text.isEmpty ? (others.isEmpty ? run.title : run.name) : "\(run.title) \(text)"
    }
  }
}
