import Torch

/// Which of a model's parameters count in a regularizer, and how much: a list of names with factors.
///
/// The first name that matches a parameter decides. A "\*" in a name stands for any letters;
/// `weights` is every parameter but offsets, slopes and scales; `all` is every one. As text, names
/// are joined by "/", each with "=" and its factor behind it unless that is 1:
///
///     network.conv1.*=0.1/head.*=0/weights
public struct ParameterSelection: Sendable, Equatable {
  public struct Rule: Sendable, Equatable {
    public let name: String
    /// At least 0.
    public let factor: Double
  }

  public let rules: [Rule]

  /// Every parameter but offsets, slopes and scales, which are pulled to 0 at a cost and for no gain.
  public static let weights = ParameterSelection(rules: [Rule(name: "weights", factor: 1)])
  /// Every parameter.
  public static let all = ParameterSelection(rules: [Rule(name: "all", factor: 1)])

  /// What `weights` leaves out: the last part of a parameter's name.
  private static let offsets: Set<Substring> = ["bias", "slope", "scale"]
  static let grammar =
    "weights, all or names such as network.conv1.*, each with =factor or not, joined by /"

  private init(rules: [Rule]) { self.rules = rules }

  /// - Parameter rules: Names with their factors, as `["network.conv1.*": 0.1, "weights": 1]`.
  /// - Throws: `LossError` for no rule, or a factor that is no number of at least 0.
  public init(_ rules: KeyValuePairs<String, Double>) throws {
    guard !rules.isEmpty else { throw LossError(.usage, "a choice of parameters needs a name") }
    for (name, factor) in rules {
      try LossParameter.Range.closed(0, .infinity).check("factor of '\(name)'", factor)
    }
    self.init(rules: rules.map { Rule(name: $0.key, factor: $0.value) })
  }

  /// A selection as users write it.
  ///
  /// - Throws: `LossError` for text of another form. A name has a "." or a "\*" in it, as every
  ///   parameter of a model has: other words are taken for mistakes.
  public init(parsing text: String) throws {
    rules = try text.split(separator: "/", omittingEmptySubsequences: false).map { part in
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      let name = String(sides[0])
      let factor = sides.count == 1 ? 1 : Double(sides[1]) ?? -1
      guard sides.count <= 2, factor >= 0, factor.isFinite,
        ["weights", "all"].contains(name) || name.contains(where: { ".*".contains($0) })
      else {
        throw LossError(.usage, "'\(text)' does not choose parameters; it may be \(Self.grammar)")
      }
      return Rule(name: name, factor: factor)
    }
  }

  /// How much a parameter counts; 0 if it does not.
  public func factor(of parameter: String) -> Double {
    rules.first { rule in
      switch rule.name {
      case "all": true
      case "weights":
        parameter.split(separator: ".").last.map { !Self.offsets.contains($0) } ?? true
      default: Self.matches(parameter[...], rule.name[...])
      }
    }?.factor ?? 0
  }

  private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    guard first == "*" else {
      return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
    return matches(name, pattern.dropFirst()) || !name.isEmpty && matches(name.dropFirst(), pattern)
  }

  /// The parameters that count, with their factors.
  ///
  /// - Throws: `LossError` if there are none: a regularizer that nobody notices is a mistake.
  func chosen(
    from parameters: [(name: String, tensor: Tensor)]
  ) throws -> [(tensor: Tensor, factor: Double)] {
    let chosen = parameters.map { ($0.tensor, factor(of: $0.name)) }.filter { $0.1 > 0 }
    guard !chosen.isEmpty else {
      throw LossError(
        .usage,
        "'\(self)' chooses none of the parameters \(parameters.map(\.name).joined(separator: ", "))"
      )
    }
    return chosen
  }
}

extension ParameterSelection: CustomStringConvertible {
  public var description: String {
    rules.map { $0.factor == 1 ? $0.name : "\($0.name)=\($0.factor.shortDescription)" }
      .joined(separator: "/")
  }
}
