import Torch

/// A loss on features and labels together with what it learns or carries along in training.
public protocol ObjectiveTerm: AnyObject {
  /// The loss for features [N, D] and labels int64 [N].
  func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor
  /// What an optimiser changes, by name.
  var parameters: [(name: String, tensor: Tensor)] { get }
  /// What changes by a rule of its own, by name: to be kept in checkpoints.
  var buffers: [(name: String, tensor: Tensor)] { get }
  /// Moves what follows a rule of its own instead of a gradient, after each step.
  func update(features: Tensor, labels: Tensor) throws
}

extension ObjectiveTerm {
  public var parameters: [(name: String, tensor: Tensor)] { [] }
  public var buffers: [(name: String, tensor: Tensor)] { [] }
  public func update(features: Tensor, labels: Tensor) throws {}
}

/// A loss that learns something, or carries something along, when it is trained.
public protocol TrainableLoss: Loss {
  func makeTerm(classCount: Int, featureCount: Int, seed: UInt64) throws -> any ObjectiveTerm
}

extension ProxyLoss: TrainableLoss {
  public func makeTerm(
    classCount: Int, featureCount: Int, seed: UInt64
  ) throws -> any ObjectiveTerm {
    try ProxyHead(self, classCount: classCount, featureCount: featureCount, seed: seed)
  }
}

extension ProxyHead: ObjectiveTerm {
  public func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try self(features, labels: labels, classWeights: nil)
  }
}

/// A loss of features and labels that learns nothing.
private final class FixedTerm: ObjectiveTerm {
  private let loss: any Loss
  init(_ loss: any Loss) { self.loss = loss }

  func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try loss.value([.features: features, .labels: labels])
  }
}

/// A price on the model's parameters, whatever the samples are.
private final class RegularizerTerm: ObjectiveTerm {
  private let regularizer: any Regularizer
  private var parametersOfModel: [(name: String, tensor: Tensor)] = []
  init(_ regularizer: any Regularizer) { self.regularizer = regularizer }

  /// - Throws: `LossError` if the regularizer is on none of them.
  func attach(_ parameters: [(name: String, tensor: Tensor)]) throws {
    _ = try regularizer.selection.chosen(from: parameters)
    parametersOfModel = parameters
  }

  func callAsFunction(_ features: Tensor, labels: Tensor) throws -> Tensor {
    try regularizer(parametersOfModel)
  }
}

/// An objective with all that it learns: a proxy head, which also predicts, any other losses of
/// features and labels, and regularizers.
///
/// Losses of pairs do without a head: they learn features alone, which are judged by their neighbours.
public final class Objective {
  public let specification: ObjectiveSpecification
  /// The first proxy head: what a trained model predicts with; nil for losses of pairs alone.
  public let head: ProxyHead?
  /// The weight of each class [C] in the head's loss; all weigh 1 if nil.
  public var classWeights: Tensor?
  private let terms: [(name: String, weight: Double, term: any ObjectiveTerm)]

  /// - Parameters:
  ///   - specification: The losses.
  ///   - classCount: C, at least 2.
  ///   - featureCount: D, at least 1.
  ///   - networkParameters: What regularizers are on besides the objective's own parameters, by name.
  ///     They are kept: what an optimiser changes in place is seen.
  ///   - sampling: Which classes of the head a step sees; all if nil.
  ///   - seed: Of what the losses learn.
  /// - Throws: `LossError` unless there is a proxy head or a loss of pairs, and every term is one of
  ///   features and labels that gives one number, or a regularizer of some of the parameters.
  public init(
    _ specification: ObjectiveSpecification, classCount: Int, featureCount: Int,
    networkParameters: [(name: String, tensor: Tensor)] = [], sampling: ClassSampling? = nil,
    seed: UInt64
  ) throws {
    self.specification = specification
    var head: ProxyHead?
    terms = try specification.terms.enumerated().map { index, term in
      if case .word("none") = term.values["reduction"] {
        throw LossError(
          .usage, "training needs one number: the reduction 'none' is for 'margin loss'")
      }
      let seed = seed &+ UInt64(index)
      if head == nil, let loss = term.loss as? ProxyLoss {
        let first = try ProxyHead(
          loss, classCount: classCount, featureCount: featureCount, sampling: sampling, seed: seed)
        head = first
        return ("head", term.weight, first)
      }
      let made = try Self.makeTerm(
        term, classCount: classCount, featureCount: featureCount, seed: seed)
      return ("\(term.entry.name).\(index)", term.weight, made)
    }
    guard head != nil || specification.terms.contains(where: { $0.loss.separatesPairs }) else {
      throw LossError(
        .usage,
        "\(specification.name) has no proxy head and no loss of pairs, and by itself nothing keeps "
          + "the classes apart: add one, such as softmax+\(specification.name)")
    }
    guard head != nil || sampling == nil else {
      throw LossError(
        .usage,
        "classes are sampled of a proxy head, and \(specification.name) has none")
    }
    self.head = head
    let all = networkParameters + parameters
    for case (_, _, let term as RegularizerTerm) in terms {
      guard sampling == nil else {
        throw LossError(
          .usage,
          "a regularizer is a price on all proxies; with sampled classes, use the weight decay")
      }
      try term.attach(all)
    }
  }

  private static func makeTerm(
    _ term: ObjectiveSpecification.Term, classCount: Int, featureCount: Int, seed: UInt64
  ) throws -> any ObjectiveTerm {
    if let loss = term.loss as? any TrainableLoss {
      return try loss.makeTerm(classCount: classCount, featureCount: featureCount, seed: seed)
    }
    if let regularizer = term.loss as? any Regularizer { return RegularizerTerm(regularizer) }
    guard (try? term.loss.signature(for: [.features, .labels])) != nil else {
      // "l1" and "l2" are what many call the penalties of these names.
      let penalty = LossCatalog.regularization.first {
        $0.name == term.entry.name + "-regularization"
      }
      throw LossError(
        .usage,
        "\(term.entry.name) cannot be trained on pictures and labels: it takes "
          + term.loss.inputs.map(\.input.rawValue).joined(separator: ", ")
          + (penalty.map { "; did you mean '\($0.name)'?" } ?? ""))
    }
    return FixedTerm(term.loss)
  }

  /// The loss for features [N, D] and labels int64 [N].
  ///
  /// - Parameters:
  ///   - features: [N, D].
  ///   - labels: int64 [N].
  ///   - probabilities: What the head is asked for instead of the labels: distributions over the
  ///     classes [N, C].
  /// - Throws: `LossError` for distributions without a head that takes them.
  public func callAsFunction(
    _ features: Tensor, labels: Tensor, probabilities: Tensor? = nil
  ) throws -> Tensor {
    guard probabilities == nil || head != nil else {
      throw LossError(
        .usage,
        "\(specification.name) has no proxy head that could be asked for a distribution over the "
          + "classes")
    }
    let values = try terms.map { _, weight, term in
      let value: Tensor
      if let head, term === head {
        value =
          try probabilities.map {
            try head(features, probabilities: $0, classWeights: classWeights)
          }
          ?? head(features, labels: labels, classWeights: classWeights)
      } else {
        value = try term(features, labels: labels)
      }
      return weight == 1 ? value : try value * weight
    }
    return try values.dropFirst().reduce(values[0]) { try $0 + $1 }
  }

  /// Moves what follows a rule of its own instead of a gradient, after each step.
  public func update(features: Tensor, labels: Tensor) throws {
    for (_, _, term) in terms { try term.update(features: features, labels: labels) }
  }

  /// What an optimiser changes, by name.
  public var parameters: [(name: String, tensor: Tensor)] {
    terms.flatMap { name, _, term in term.parameters.map { ("\(name).\($0.name)", $0.tensor) } }
  }

  /// What changes by a rule of its own, by name: to be kept in checkpoints.
  public var buffers: [(name: String, tensor: Tensor)] {
    terms.flatMap { name, _, term in term.buffers.map { ("\(name).\($0.name)", $0.tensor) } }
  }
}

extension Loss {
  /// Whether it keeps samples of different classes apart without any proxies.
  fileprivate var separatesPairs: Bool {
    self is any PairLoss || self is CrossBatchMemory || self is NPair
  }
}
