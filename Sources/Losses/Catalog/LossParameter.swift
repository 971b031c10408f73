/// A parameter of a loss, as users set it by name: what it means, its default, and what it may be.
public struct LossParameter: Sendable {
  /// The values a parameter may have.
  public enum Range: Sendable, Equatable {
    /// From the lower bound up to the upper, both included.
    case closed(Double, Double)
    /// From the lower bound, included, up to the upper, excluded.
    case halfOpen(Double, Double)
    /// Above the bound.
    case above(Double)
    /// Above the first bound, up to the second, included.
    case aboveUpTo(Double, Double)
    /// A whole number between the bounds, both included.
    case whole(ClosedRange<Int>)
    /// A class, or "none".
    case labelOrNone
    /// Numbers of at least 0, joined by "/".
    case factors
    /// Whole numbers of at least 1, joined by "/", or "all".
    case placesOrAll
    /// Names of a model's parameters: see `ParameterSelection`.
    case parameterNames
    /// "name=value", joined by "/", for another loss; or "none".
    case settings
    /// One of these words.
    case words([String])
  }

  public let name: String
  public let defaultValue: Value
  public let range: Range
  public let meaning: String
  /// Whether it is one of the options that every loss of a family has: worth a word only where it is
  /// set.
  public let isOption: Bool

  public enum Value: Sendable, Equatable, CustomStringConvertible {
    case number(Double)
    case factors([Double])
    case word(String)

    public var description: String {
      switch self {
      case .number(let number): number.shortDescription
      case .factors(let factors): factors.map(\.shortDescription).joined(separator: "/")
      case .word(let word): word
      }
    }
  }

  public init(_ name: String, default value: Double, range: Range, _ meaning: String) {
    self.name = name
    self.defaultValue = .number(value)
    self.range = range
    self.meaning = meaning
    self.isOption = false
  }

  init(
    _ name: String, default value: Value, range: Range, _ meaning: String, isOption: Bool = false
  ) {
    self.name = name
    self.defaultValue = value
    self.range = range
    self.meaning = meaning
    self.isOption = isOption
  }

  // MARK: Those that several losses share

  static let labelSmoothing = LossParameter(
    "label-smoothing", default: .number(0), range: .closed(0, 1), "ε in q' = (1−ε)·q + ε/C",
    isOption: true)
  static let temperature = LossParameter(
    "temperature", default: .number(1), range: .above(0), "T in softmax(z/T)", isOption: true)
  static let focalGamma = LossParameter(
    "focal-gamma", default: .number(0), range: .closed(0, .infinity),
    "γ in −(1−p)^γ·log p, which makes light of what is already right", isOption: true)
  static let ignoreLabel = LossParameter(
    "ignore-label", default: .word("none"), range: .labelOrNone,
    "samples with this label do not count", isOption: true)
  /// For losses whose samples have no weights.
  static let reduction = reduction(.mean, .sum, .none)
  /// For losses with class weights.
  static let weightedReduction = reduction(.mean, .sum, .none, .weightedMean)

  static func reduction(_ choices: Reduction...) -> LossParameter {
    LossParameter(
      "reduction", default: .word(choices[0].rawValue), range: .words(choices.map(\.rawValue)),
      "how the samples' losses become one number", isOption: true)
  }
  static func scale(default value: Double) -> LossParameter {
    LossParameter("scale", default: value, range: .above(0), "s, the factor of the cosines")
  }
  static let scaleRule = choice(
    "scale-rule", ScaleRule.self, default: .fixed,
    "whether s stays, or is learned from there on: the input 'scale'", isOption: true)
  static let bias = choice(
    "bias", HeadBias.self, default: .perClass,
    "whether each class has an offset that is learned: the input 'bias'", isOption: true)
  static let beyondPi = choice(
    "beyond-pi", AdditiveAngle.BeyondPi.self, default: .continued,
    "what replaces cos(θ+m) where θ+m > π", isOption: true)
  static let gradient = choice(
    "gradient", MarginGradient.self, default: .exact,
    "through the margin: as it is, or as if its slope were 1", isOption: true)

  static func margin(
    default value: Double, _ range: Swift.Range<Double>, _ meaning: String
  ) -> LossParameter {
    LossParameter(
      "margin", default: value, range: .halfOpen(range.lowerBound, range.upperBound), meaning)
  }
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Choice.Type, default choice: Choice, _ meaning: String,
    isOption: Bool = false
  ) -> LossParameter {
    LossParameter(
      name, default: .word(choice.rawValue), range: .words(Choice.allCases.map(\.rawValue)),
      meaning, isOption: isOption)
  }
}

extension LossParameter.Range {
  /// Whether a number is one of the values; false where the values are no numbers.
  func contains(_ number: Double) -> Bool {
    switch self {
    case .closed(let lower, let upper): (lower...upper).contains(number)
    case .halfOpen(let lower, let upper): (lower..<upper).contains(number)
    case .above(let bound): number > bound
    case .aboveUpTo(let lower, let upper): number > lower && number <= upper
    case .whole(let range): Int(exactly: number).map(range.contains) ?? false
    case .words, .labelOrNone, .factors, .placesOrAll, .parameterNames, .settings: false
    }
  }

  /// Holds a number that a program gives against the range that a command would.
  ///
  /// - Throws: `LossError` that says what `name` may be.
  func check(_ name: String, _ number: Double) throws {
    guard number.isFinite, contains(number) else {
      throw LossError(.usage, "the \(name) is \(number.shortDescription); it may be \(self)")
    }
  }
}

extension LossParameter.Range: CustomStringConvertible {
  public var description: String {
    switch self {
    case .closed(let lower, .infinity): "at least \(lower.shortDescription)"
    case .closed(let lower, let upper):
      "\(lower.shortDescription) to \(upper.shortDescription)"
    case .halfOpen(let lower, let upper):
      "from \(lower.shortDescription) to below \(upper.shortDescription)"
    case .above(let bound): "above \(bound.shortDescription)"
    case .aboveUpTo(let lower, let upper):
      "above \(lower.shortDescription), up to \(upper.shortDescription)"
    case .whole(let range):
      range.upperBound == .max
        ? "a whole number, at least \(range.lowerBound)"
        : "a whole number, \(range.lowerBound) to \(range.upperBound)"
    case .labelOrNone: "a label, or none"
    case .factors: "numbers of at least 0, joined by /"
    case .placesOrAll: "whole numbers of at least 1, joined by /, or all"
    case .parameterNames: ParameterSelection.grammar
    case .settings: "name=value joined by /, or none"
    case .words(let words): words.joined(separator: " | ")
    }
  }
}

extension Double {
  /// Without the ".0" of a whole number.
  var shortDescription: String {
    self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self)
  }
}

extension LossParameter {
  /// "margin=0.5/power=1" by name, nil for what is no such list.
  fileprivate static func settings(_ text: String) -> [String: String]? {
    guard text != "none" else { return [:] }
    var settings: [String: String] = [:]
    for part in text.split(separator: "/", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty else { return nil }
      settings[String(sides[0])] = String(sides[1])
    }
    return settings
  }

  /// The value that a user's text means.
  ///
  /// - Throws: `LossError` that says what the parameter may be.
  func parse(_ text: String, of loss: String) throws -> Value {
    func refusal(_ problem: String) -> LossError {
      LossError(.usage, "\(loss): \(name) is '\(text)', \(problem); it may be \(range)")
    }
    switch range {
    case .words(let words):
      guard words.contains(text) else { throw refusal("which is not one of its values") }
      return .word(text)
    case .labelOrNone:
      if text == "none" { return .word(text) }
      guard let label = Int(text), label.magnitude <= 1 << 31 else {
        throw refusal("which is not a label")
      }
      return .number(Double(label))
    case .factors:
      let factors = text.split(separator: "/", omittingEmptySubsequences: false).map {
        Double($0) ?? .nan
      }
      guard factors.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
        throw refusal("which is not a list of them")
      }
      return .factors(factors)
    case .placesOrAll:
      if text == "all" { return .word(text) }
      let places = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      guard places.allSatisfy({ (1...1_000_000).contains($0) }) else {
        throw refusal("which is not a list of them")
      }
      return .factors(places.map(Double.init))
    case .parameterNames:
      guard (try? ParameterSelection(parsing: text)) != nil else {
        throw refusal("which is not a choice of names")
      }
      return .word(text)
    case .settings:
      guard Self.settings(text) != nil else { throw refusal("which is not a list of settings") }
      return .word(text)
    case .closed, .halfOpen, .above, .aboveUpTo, .whole: break
    }
    guard let number = Double(text), number.isFinite else { throw refusal("which is not a number") }
    guard range.contains(number) else { throw refusal("which is out of range") }
    return .number(number)
  }
}

extension LossParameter {
  /// Values besides the default, to try: every other word, or a number on the lower side of the
  /// default, or above it where it is as low as can be.
  var otherValues: [String] {
    guard case .number(let number) = defaultValue else {
      switch range {
      case .words(let words): return words.filter { $0 != defaultValue.description }
      case .labelOrNone: return ["0"]
      case .placesOrAll: return ["2", "2/1"]
      case .parameterNames: return ["all", "a*=0.5/all"]
      default: return []
      }
    }
    func between(_ lower: Double, _ upper: Double) -> [String] {
      number > lower ? ["\((lower + number) / 2)"] : ["\(min(lower + 0.3, (lower + upper) / 2))"]
    }
    return switch range {
    case .closed(let lower, let upper), .halfOpen(let lower, let upper),
      .aboveUpTo(let lower, let upper):
      between(lower, upper)
    case .above(let lower): between(lower, .infinity)
    case .whole(let range):
      range.upperBound - range.lowerBound < 10 ? range.map(String.init) : ["\(range.lowerBound)"]
    case .labelOrNone, .factors, .placesOrAll, .parameterNames, .words, .settings: []
    }
  }
}

/// The values of all parameters of one loss: what was set, and the defaults of the rest.
public struct ParameterValues: Sendable {
  private let values: [String: LossParameter.Value]

  init(_ values: [String: LossParameter.Value]) { self.values = values }

  // A loss asks only for parameters that its own row of the catalogue declares with that type, so
  // a miss is a mistake in that row, which the test over all rows finds.

  func number(_ name: String) -> Double {
    guard case .number(let number) = values[name] else {
      preconditionFailure("no number '\(name)' is declared")
    }
    return number
  }

  func choice<Choice: RawRepresentable<String>>(_ name: String, _: Choice.Type) -> Choice {
    guard case .word(let word) = values[name], let choice = Choice(rawValue: word) else {
      preconditionFailure("no choice '\(name)' is declared")
    }
    return choice
  }

  /// A number that the parameter's range keeps whole.
  func whole(_ name: String) -> Int { Int(number(name)) }

  func factors(_ name: String) -> [Double] {
    guard case .factors(let factors) = values[name] else {
      preconditionFailure("no factors '\(name)' are declared")
    }
    return factors
  }

  /// The places of a list, nil for all.
  func places(_ name: String) -> [Int]? {
    switch values[name] {
    case .factors(let places): places.map { Int($0) }
    case .word: nil
    default: preconditionFailure("no places '\(name)' are declared")
    }
  }

  func parameterNames(_ name: String) throws -> ParameterSelection {
    guard case .word(let text) = values[name] else {
      preconditionFailure("no names '\(name)' are declared")
    }
    return try ParameterSelection(parsing: text)
  }

  /// The settings of another loss, by name.
  func settings(_ name: String) -> [String: String] {
    guard case .word(let text) = values[name], let settings = LossParameter.settings(text) else {
      preconditionFailure("no settings '\(name)' are declared")
    }
    return settings
  }

  /// A choice among names that are not those of an enumeration.
  func word(_ name: String) -> String {
    guard case .word(let word) = values[name] else {
      preconditionFailure("no word '\(name)' is declared")
    }
    return word
  }

  /// The label to be ignored, if there is one.
  func ignoreLabel() -> Int? {
    switch values["ignore-label"] {
    case .number(let label): Int(label)
    case .word: nil
    default: preconditionFailure("no 'ignore-label' is declared")
    }
  }

  func learnsScale() -> Bool { choice("scale-rule", ScaleRule.self) == .learned }

  /// The margin of the parameters 'margin', 'beyond-pi' and 'gradient'.
  func additiveAngle() throws -> AdditiveAngle {
    try AdditiveAngle(
      number("margin"), beyondPi: choice("beyond-pi", AdditiveAngle.BeyondPi.self),
      gradient: choice("gradient", MarginGradient.self))
  }

  func reduction() -> Reduction { choice("reduction", Reduction.self) }
}

/// Whether the scale of a head stays as set.
enum ScaleRule: String, CaseIterable { case fixed, learned }
