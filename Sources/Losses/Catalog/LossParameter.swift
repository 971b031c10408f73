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
    /// One of these words.
    case words([String])
  }

  public let name: String
  public let defaultValue: Value
  public let range: Range
  public let meaning: String

  public enum Value: Sendable, Equatable, CustomStringConvertible {
    case number(Double)
    case word(String)

    public var description: String {
      switch self {
      case .number(let number): number.shortDescription
      case .word(let word): word
      }
    }
  }

  public init(_ name: String, default value: Double, range: Range, _ meaning: String) {
    self.name = name
    self.defaultValue = .number(value)
    self.range = range
    self.meaning = meaning
  }

  init(_ name: String, default word: String, words: [String], _ meaning: String) {
    self.name = name
    self.defaultValue = .word(word)
    self.range = .words(words)
    self.meaning = meaning
  }

  // MARK: Those that several losses share

  static let labelSmoothing = LossParameter(
    "label-smoothing", default: 0, range: .closed(0, 1), "ε in q' = (1−ε)·q + ε/C")
  static let reduction = choice(
    "reduction", Reduction.self, default: .mean, "how the samples' losses become one number")

  static func scale(default value: Double) -> LossParameter {
    LossParameter("scale", default: value, range: .above(0), "s, the factor of the cosines")
  }
  static func margin(
    default value: Double, _ range: Swift.Range<Double>, _ meaning: String
  ) -> LossParameter {
    LossParameter(
      "margin", default: value, range: .halfOpen(range.lowerBound, range.upperBound), meaning)
  }
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Choice.Type, default choice: Choice, _ meaning: String
  ) -> LossParameter {
    LossParameter(
      name, default: choice.rawValue, words: Choice.allCases.map(\.rawValue), meaning)
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
  /// The value that a user's text means.
  ///
  /// - Throws: `LossError` that says what the parameter may be.
  func parse(_ text: String, of loss: String) throws -> Value {
    func refusal(_ problem: String) -> LossError {
      LossError(.usage, "\(loss): \(name) is '\(text)', \(problem); it may be \(range)")
    }
    if case .words(let words) = range {
      guard words.contains(text) else { throw refusal("which is not one of its values") }
      return .word(text)
    }
    guard let number = Double(text), number.isFinite else { throw refusal("which is not a number") }
    let isInside =
      switch range {
      case .closed(let lower, let upper): (lower...upper).contains(number)
      case .halfOpen(let lower, let upper): (lower..<upper).contains(number)
      case .above(let bound): number > bound
      case .words: false
      }
    guard isInside else { throw refusal("which is out of range") }
    return .number(number)
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

  func reduction() -> Reduction { choice("reduction", Reduction.self) }
}
