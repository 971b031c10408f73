import Torch

/// What a training minimises, as a user writes it: one head, and any additions, joined by "+", such
/// as "arcface" or "softmax+center".
public struct ObjectiveSpecification: Sendable {
  /// What was written.
  public let name: String
  /// The head and its additions, with all parameters.
  public let terms: [Term]

  public struct Term: Sendable {
    public let entry: LossEntry
    public let loss: any Loss
    public let values: [String: LossParameter.Value]
  }

  /// - Parameters:
  ///   - name: Names of losses, joined by "+".
  ///   - settings: Values by parameter name ("margin"), for every term that has it, or by loss and
  ///     parameter name ("arcface.margin"), which wins.
  /// - Throws: `LossError` for unknown names, values out of range, or a setting that no term has.
  public init(_ name: String, settings: [String: String] = [:]) throws {
    let entries = try name.split(separator: "+", omittingEmptySubsequences: false).map {
      try LossCatalog.entry(named: String($0))
    }
    var unused = Set(settings.keys)
    self.name = name
    terms = try entries.map { entry in
      var own: [String: String] = [:]
      for parameter in entry.parameters {
        for key in [parameter.name]
          + ([entry.name] + entry.aliases).map({ "\($0).\(parameter.name)" })
        {
          guard let value = settings[key] else { continue }
          own[parameter.name] = value
          unused.remove(key)
        }
      }
      return Term(entry: entry, loss: try entry.loss(own), values: try entry.values(own))
    }
    if let setting = unused.min() {
      let known = entries.flatMap { $0.parameters.map(\.name) }
      throw LossError(
        .usage,
        "\(name) has no parameter '\(setting)'\(suggestion(for: setting, among: known))"
          + "; it has \(known.joined(separator: ", "))")
    }
  }

  /// All terms as one function of named tensors.
  public var loss: any Loss { terms.count == 1 ? terms[0].loss : LossSum(terms.map(\.loss)) }

  /// Headings: "Softmax + Center loss".
  public var title: String { terms.map(\.entry.title).joined(separator: " + ") }
}

/// An objective with its parameters: a head, and center losses with their centres.
public final class Objective {
  public let specification: ObjectiveSpecification
  public let head: ProxyHead
  private let centerLosses: [(loss: CenterLoss, centers: Tensor)]

  /// - Throws: `LossError` unless there is exactly one proxy head that gives one number.
  public init(
    _ specification: ObjectiveSpecification, classCount: Int, featureCount: Int, seed: UInt64
  ) throws {
    self.specification = specification
    let heads = specification.terms.compactMap { $0.loss as? ProxyLoss }
    guard heads.count == 1 else {
      throw LossError(
        .usage, "\(specification.name) has \(heads.count) proxy heads; training needs exactly one")
    }
    for term in specification.terms {
      guard term.loss is ProxyLoss || term.loss is CenterLoss else {
        throw LossError(.usage, "\(term.entry.name) cannot be added to a head in training")
      }
      if case .word("none") = term.values["reduction"] {
        throw LossError(
          .usage, "training needs one number: the reduction 'none' is for 'margin loss'")
      }
    }
    head = try ProxyHead(
      heads[0], classCount: classCount, featureCount: featureCount, seed: seed)
    centerLosses = try specification.terms.compactMap { $0.loss as? CenterLoss }.map {
      ($0, try Tensor.zeros([classCount, featureCount]))
    }
  }

  /// The loss for features [N, D] and labels int64 [N].
  public func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try centerLosses.reduce(head(features, labels: labels)) { sum, term in
      try sum + term.loss(features, labels: labels, centers: term.centers)
    }
  }

  /// Moves what follows a rule of its own instead of a gradient, after each step.
  public func update(features: Tensor, labels: Tensor) throws {
    for (loss, centers) in centerLosses {
      try loss.update(centers: centers, features: features, labels: labels)
    }
  }

  /// What an optimiser changes, by name.
  public var parameters: [(name: String, tensor: Tensor)] {
    [("head.weights", head.weights)] + (head.bias.map { [("head.bias", $0)] } ?? [])
  }

  /// What changes by a rule of its own, by name: to be kept in checkpoints.
  public var buffers: [(name: String, tensor: Tensor)] {
    centerLosses.enumerated().map { ("centers.\($0)", $1.centers) }
  }
}
