/// What a training minimises, as a user writes it: losses joined by "+", each with a factor if need
/// be, such as "arcface", "softmax+center" or "softmax+0.01*c-contrastive".
public struct ObjectiveSpecification: Sendable {
  /// What was written.
  public let name: String
  /// The losses, with all parameters.
  public let terms: [Term]

  public struct Term: Sendable {
    public let entry: LossEntry
    /// λ, the factor before the loss.
    public let weight: Double
    public let loss: any Loss
    public let values: [String: LossParameter.Value]

    /// "0.01 · C-contrastive".
    public var title: String {
      weight == 1 ? entry.title : "\(weight.shortDescription) · \(entry.title)"
    }
  }

  /// - Parameters:
  ///   - name: Names of losses, joined by "+", each with "λ*" before it or not.
  ///   - settings: Values by parameter name ("margin"), for every term that has it, or by loss and
  ///     parameter name ("arcface.margin"), which wins.
  /// - Throws: `LossError` for unknown names, values out of range, or a setting that no term has.
  public init(_ name: String, settings: [String: String] = [:]) throws {
    let parts = try name.split(separator: "+", omittingEmptySubsequences: false).map { text in
      let factors = text.split(separator: "*", omittingEmptySubsequences: false)
      guard factors.count > 1 else {
        return (weight: 1.0, entry: try LossCatalog.entry(named: String(text)))
      }
      guard factors.count == 2, let weight = Double(factors[0]), weight.isFinite, weight > 0 else {
        throw LossError(
          .usage,
          "'\(text)' in '\(name)' is no loss with a factor above 0 before it, such as 0.01*center")
      }
      return (weight, try LossCatalog.entry(named: String(factors[1])))
    }
    var unused = Set(settings.keys)
    self.name = name
    terms = try parts.map { weight, entry in
      var own: [String: String] = [:]
      for parameter in entry.parameters.map(\.name) + entry.refusals.keys {
        for key in [parameter] + ([entry.name] + entry.aliases).map({ "\($0).\(parameter)" }) {
          guard let value = settings[key] else { continue }
          own[parameter] = value
          unused.remove(key)
        }
      }
      return Term(
        entry: entry, weight: weight, loss: try entry.makeLoss(own), values: try entry.values(own))
    }
    if let setting = unused.min() {
      let known = parts.flatMap { $0.entry.parameters.map(\.name) }
      throw LossError(
        .usage,
        "\(name) has no parameter '\(setting)'\(suggestion(for: setting, among: known))"
          + "; it has \(known.joined(separator: ", "))")
    }
  }

  /// All terms as one function of named tensors.
  public var loss: any Loss {
    terms.count == 1 && terms[0].weight == 1
      ? terms[0].loss : LossSum(terms.map { LossSum.Term($0.loss, weight: $0.weight) })
  }

  /// Headings: "Softmax + 0.01 · Center loss".
  public var title: String { terms.map(\.title).joined(separator: " + ") }
}
