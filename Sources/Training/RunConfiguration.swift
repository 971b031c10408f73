import Datasets
import Losses
import Networks
import Torch

/// Everything that decides a run's results: with the same configuration on the same machine they
/// come out the same.
public struct RunConfiguration: Codable, Sendable, Equatable {
  public var dataset = "digits"
  /// The folder of the data set's files, where it is read from some.
  public var dataFolder: String?
  /// How many samples to use, from the first; all if nil.
  public var trainCount: Int?
  public var testCount: Int?
  /// The seed of a drawn data set.
  public var dataSeed: UInt64 = 1
  public var network = "lenet++quarter"
  public var featureCount = 2
  public var activation = FeatureActivation.none
  /// The probability of the network's dropout; its own if nil.
  public var dropout: Double?
  public var precision = Precision.float32
  /// A head and additions, joined by "+".
  public var loss = "softmax"
  /// Parameters of the loss, by name.
  public var lossSettings: [String: String] = [:]
  /// How a proxy head with many classes is evaluated; as `FusedOptions` is made if nil.
  public var fused: FusedOptions?
  /// The share of the classes that the loss sees in a step, above 0 and at most 1; all if nil.
  public var sampledClassShare: Double?
  /// How much each class weighs in the loss of the head; all the same if nil.
  public var classWeighting: ClassWeighting?
  public var training = TrainingOptions()

  public init() {}

  /// What is given, with the learning rate that suits the network and defaults for all else.
  public init(
    dataset: String, network: String, featureCount: Int, loss: String,
    settings: [String: String] = [:], epochs: Int, seed: UInt64 = 1
  ) {
    (self.dataset, self.network, self.featureCount) = (dataset, network, featureCount)
    (self.loss, lossSettings) = (loss, settings)
    if let entry = NetworkCatalog.entry(named: network) {
      training.learningRate = entry.learningRate
    }
    (training.epochs, training.seed) = (epochs, seed)
  }

  /// The loss, checked.
  ///
  /// - Throws: `LossError`.
  public func objectiveSpecification() throws -> ObjectiveSpecification {
    try ObjectiveSpecification(loss, settings: lossSettings)
  }

  /// Reads or draws the samples.
  ///
  /// - Throws: `TrainingError` for an unknown name; what the data set's loader throws.
  public func loadDataset(report: (@Sendable (String) -> Void)? = nil) throws -> Dataset {
    guard let entry = DatasetCatalog.entry(named: dataset) else {
      throw TrainingError(
        .usage,
        "there is no data set '\(dataset)'"
          + suggestion(for: dataset, among: DatasetCatalog.all.map(\.name))
          + "; 'margin datasets' lists them")
    }
    return try entry.load(
      DatasetOptions(
        folder: dataFolder, seed: dataSeed, trainCount: trainCount, testCount: testCount,
        report: report))
  }

  /// The network and the loss with fresh weights, for the samples of `dataset`.
  ///
  /// - Throws: `TrainingError`, `NetworkError` or `LossError`.
  public func makeModel(for dataset: Dataset) throws -> (network: Network, objective: Objective) {
    guard let entry = NetworkCatalog.entry(named: network) else {
      throw TrainingError(
        .usage,
        "there is no network '\(network)'"
          + suggestion(for: network, among: NetworkCatalog.all.map(\.name))
          + "; 'margin networks' lists them")
    }
    let network = try entry.network(
      NetworkOptions(
        input: dataset.networkInput, featureCount: featureCount, activation: activation,
        dropout: dropout, precision: precision, seed: training.seed))
    let objective = try Objective(
      objectiveSpecification(), classCount: dataset.classCount, featureCount: featureCount,
      networkParameters: network.parameters.map { ("network.\($0.name)", $0.tensor) },
      sampling: sampledClassShare.map { try ClassSampling(share: $0, seed: training.seed &+ 2) },
      seed: training.seed &+ 1)
    if let fused {
      try fused.validate()
      objective.head?.fused = fused
    }
    if let classWeighting {
      guard objective.head != nil else {
        throw TrainingError(
          .usage, "classes weigh in the loss of a proxy head, and \(loss) has none")
      }
      objective.classWeights = try Tensor(
        classWeighting.weights(dataset.train.labels, classCount: dataset.classCount))
    }
    return (network, objective)
  }
}

/// How much classes weigh in a loss.
public enum ClassWeighting: String, Codable, Sendable, CaseIterable {
  /// n / (C · n_c): every class as much as any other, however many samples it has.
  case balanced

  func weights(_ labels: [Int32], classCount: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in labels { counts[Int(label)] += 1 }
    return counts.map { $0 == 0 ? 0 : Float(labels.count) / Float(classCount * $0) }
  }
}

extension Dataset {
  /// What a network gets to see of it.
  var networkInput: NetworkInput {
    switch train {
    case .pictures(let pictures):
      .pictures(channels: pictures.channels, height: pictures.height, width: pictures.width)
    case .texts(let texts): .tokens(vocabularySize: texts.vocabularySize)
    }
  }
}

extension KeyedDecodingContainer {
  /// Runs that were begun before there was a choice are float32.
  func decode(_: Precision.Type, forKey key: Key) throws -> Precision {
    try decodeIfPresent(Precision.self, forKey: key) ?? .float32
  }
}
