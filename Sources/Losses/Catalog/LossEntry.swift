/// A row of the catalogue: all that a user has to know of a loss, and how to make it from settings.
public struct LossEntry: Sendable {
  public enum Family: String, Sendable, CaseIterable {
    case proxyHead = "proxy-head"
    case featuresAndLabels = "features-and-labels"
    case logits
    case regression
    case regularization

    public var title: String {
      switch self {
      case .proxyHead: "Proxy heads: features, a proxy for each class, labels"
      case .featuresAndLabels: "On features and labels"
      case .logits: "On logits"
      case .regression: "Regression"
      case .regularization: "Regularization of parameters"
      }
    }
  }

  /// The name in commands.
  public let name: String
  public let aliases: [String]
  /// The name in headings.
  public let title: String
  public let family: Family
  public let summary: String
  public let formula: String
  public let parameters: [LossParameter]
  /// Options of other losses of the family that have no meaning for this one, and why.
  public let refusals: [String: String]
  /// What was chosen where the literature or other libraries differ.
  public let conventions: [String]
  public let paper: String
  private let build: @Sendable (ParameterValues) throws -> any Loss

  init(
    name: String, aliases: [String] = [], title: String, family: Family, summary: String,
    formula: String, parameters: [LossParameter], refusals: [String: String] = [:],
    conventions: [String], paper: String,
    build: @escaping @Sendable (ParameterValues) throws -> any Loss
  ) {
    self.name = name
    self.aliases = aliases
    self.title = title
    self.family = family
    self.summary = summary
    self.formula = formula
    self.parameters = parameters
    self.refusals = refusals
    self.conventions = conventions
    self.paper = paper
    self.build = build
  }

  /// The values of all parameters when `settings` are made.
  ///
  /// - Throws: `LossError` for a name the loss does not have or a value it does not accept.
  public func values(_ settings: [String: String] = [:]) throws -> [String: LossParameter.Value] {
    for name in settings.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      if let reason = refusals[name] {
        throw LossError(.usage, "\(self.name) takes no \(name): \(reason)")
      }
      throw LossError(
        .usage,
        "\(self.name) has no parameter '\(name)'"
          + suggestion(for: name, among: parameters.map(\.name))
          + "; it has \(parameters.map(\.name).joined(separator: ", "))")
    }
    var values: [String: LossParameter.Value] = [:]
    for parameter in parameters {
      values[parameter.name] =
        try settings[parameter.name].map { try parameter.parse($0, of: name) }
        ?? parameter.defaultValue
    }
    return values
  }

  /// The loss with the given settings, by parameter name; the rest has defaults.
  ///
  /// - Throws: `LossError` for a name the loss does not have or a value it does not accept.
  public func makeLoss(_ settings: [String: String] = [:]) throws -> any Loss {
    try build(ParameterValues(values(settings)))
  }
}

extension LossEntry: CustomStringConvertible {
  public var description: String { name }
}

/// Every loss there is, by family: one list for each, in the family's folder.
public enum LossCatalog {
  public static let all: [LossEntry] =
    proxyHeads + featuresAndLabels + logits + regression + regularization

  /// The loss of this name or alias.
  ///
  /// - Throws: `LossError` that offers the nearest name.
  public static func entry(named name: String) throws -> LossEntry {
    if let entry = all.first(where: { $0.name == name || $0.aliases.contains(name) }) {
      return entry
    }
    throw LossError(
      .usage,
      "there is no loss '\(name)'"
        + suggestion(for: name, among: all.flatMap { [$0.name] + $0.aliases })
        + "; 'margin losses' lists them")
  }
}
