import ArgumentParser
import Formats
import Foundation
import Losses
import Networks
import Torch
import Training

/// The options that `train` and `compare` share.
struct TrainingArguments: ParsableArguments {
  @Option(help: "The data set: see 'margin datasets'.")
  var dataset = RunConfiguration().dataset

  @Option(help: "The folder of the data set's files.")
  var data: String?

  @Option(help: "How many training pictures to use, from the first (default: all).")
  var trainCount: Int?

  @Option(help: "How many test pictures to use, from the first (default: all).")
  var testCount: Int?

  @Option(help: "The network: see 'margin networks'.")
  var network = RunConfiguration().network

  @Option(help: "The number of features; 2 and 3 can be looked at.")
  var features = RunConfiguration().featureCount

  @Option(help: "What follows the feature layer: none | relu | prelu | batch-norm.")
  var activation = FeatureActivation.none

  @Option(help: "The dropout of networks that have one, in 0..<1 (default: the network's).")
  var dropout: Double?

  @Option(
    help: """
      float32 | bf16: what the network computes in, with float32 weights; bf16 is faster where the \
      processor has instructions for it.
      """)
  var precision = RunConfiguration().precision

  @Option(
    help: """
      float32 | bf16: what a proxy head multiplies features and proxies in; with very many classes that \
      is most of a step.
      """)
  var lossPrecision = Precision.float32

  @Option(
    help: """
      The probability below which a class adds nothing to a sample's gradient; 1e-6 saves much of a \
      trained head's time (default: what float32 would round away).
      """)
  var lossTolerance: Double?

  @Option(
    help: """
      The share of the classes that the loss sees in a step, at random, beside those of the batch \
      (default: 1).
      """)
  var sampleClasses: Double?

  @Option(
    help: """
      balanced: classes with few samples weigh more in the head's loss, so that all count the same \
      (default: every sample the same).
      """)
  var classWeights: ClassWeighting?

  @Option(help: "Passes over the training set.")
  var epochs = TrainingOptions().epochs

  @Option(help: "Pictures in a step.")
  var batchSize = TrainingOptions().batchSize

  @Option(
    help: """
      So many pictures of each class that a batch has, at least 2: for losses of pairs with many classes, \
      of which a random batch has few pairs (default: batches are random).
      """)
  var samplesPerClass: Int?

  @Option(help: "sgd | adamw.")
  var optimizer = TrainingOptions().optimizer

  @Option(help: "The learning rate of the network (default: what suits it).")
  var learningRate: Double?

  @Option(help: "The learning rate of the loss's own weights (default: the network's).")
  var headLearningRate: Double?

  @Option(help: "The momentum of sgd.")
  var momentum = TrainingOptions().momentum

  @Option(
    help: """
      The decay of weights: an L2 penalty with sgd (default 0.0005), decoupled with adamw (default 0.2).
      """)
  var weightDecay: Double?

  @Option(help: "How the learning rate falls: cosine | step | constant.")
  var schedule = ScheduleKind.cosine

  @Option(help: "The factor of each step of --schedule step.")
  var stepFactor = 0.1

  @Option(help: "Where --schedule step steps, as shares of the training, joined by commas.")
  var stepAt = "0.5,0.75"

  @Option(help: "The share of the steps over which the learning rate first rises from 0.")
  var warmUp = TrainingOptions().warmUp

  @Option(help: "The share of the steps over which the scale of a cosine head rises to its own.")
  var scaleWarmUp = TrainingOptions().scaleWarmUp

  @Option(
    help: """
      The largest norm of all gradients together, 0 for no limit (default: 0.3 with adamw, no limit \
      with sgd).
      """)
  var clipGradients: Double?

  @Option(help: "The seed of initial weights and of the pictures' order.")
  var seed = TrainingOptions().seed

  @Option(help: "The threads of libtorch (default: one for each core).")
  var threads: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A parameter of the loss, such as margin=0.3, or of one loss, such as arcface.margin=0.3.",
      valueName: "name=value"))
  var settings: [String] = []

  @Flag(
    help: """
      Write neither event files nor the projector's files for TensorBoard into the folders of runs.
      """)
  var noTensorboard = false

  enum ScheduleKind: String, ExpressibleByArgument { case cosine, step, constant }

  /// The configuration of one run.
  func configuration(loss: String, settings: [String: String], seed: UInt64) throws
    -> RunConfiguration
  {
    var configuration = RunConfiguration()
    configuration.dataset = dataset
    // Absolute, so that the run can be judged from anywhere.
    configuration.dataFolder = data.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    configuration.trainCount = try Self.atLeastOne(trainCount, "--train-count")
    configuration.testCount = try Self.atLeastOne(testCount, "--test-count")
    configuration.network = network
    configuration.featureCount = features
    configuration.activation = activation
    configuration.dropout = dropout
    configuration.precision = precision
    configuration.fused = FusedOptions(precision: lossPrecision, tolerance: lossTolerance)
    configuration.sampledClassShare = sampleClasses
    configuration.classWeighting = classWeights
    configuration.loss = loss
    configuration.lossSettings = settings
    var training = TrainingOptions(optimizer: optimizer)
    training.epochs = epochs
    training.batchSize = batchSize
    training.samplesPerClass = samplesPerClass
    training.learningRate =
      learningRate ?? NetworkCatalog.entry(named: network)?.learningRate ?? training.learningRate
    training.headLearningRate = headLearningRate
    training.momentum = momentum
    training.weightDecay = weightDecay ?? training.weightDecay
    training.schedule =
      switch schedule {
      case .cosine: .cosine
      case .constant: .constant
      case .step: .step(factor: stepFactor, at: try shares())
      }
    training.warmUp = warmUp
    training.scaleWarmUp = scaleWarmUp
    training.gradientLimit =
      switch clipGradients {
      case nil: training.gradientLimit
      case 0: nil
      case let limit?: limit
      }
    training.seed = seed
    training.threads = threads ?? Runtime.threadCount
    configuration.training = training
    return configuration
  }

  private static func atLeastOne(_ count: Int?, _ option: String) throws -> Int? {
    if let count, count < 1 { throw Failure(.usage, "\(option) must be at least 1, not \(count)") }
    return count
  }

  private func shares() throws -> [Double] {
    try stepAt.split(separator: ",").map {
      guard let share = Double($0) else {
        throw Failure(.usage, "--step-at takes numbers joined by commas, not '\(stepAt)'")
      }
      return share
    }
  }

  /// The settings by name.
  func parsedSettings() throws -> [String: String] { try parseSettings(settings) }
}

extension FeatureActivation: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension ClassWeighting: ExpressibleByArgument {}
extension TrainingOptions.OptimizerKind: ExpressibleByArgument {}

/// "name=value" pairs.
func parseSettings(_ texts: [String]) throws -> [String: String] {
  var settings: [String: String] = [:]
  for text in texts {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw Failure(.usage, "a setting is name=value, such as margin=0.3, not '\(text)'")
    }
    settings[String(parts[0])] = String(parts[1])
  }
  return settings
}

/// What `run.json` tells besides the configuration.
func runRecord(_ configuration: RunConfiguration) -> TrainingRun.Record {
  TrainingRun.Record(
    configuration: configuration, command: CommandLine.arguments,
    versions: [
      "margin": Margin.version, "libtorch": Runtime.version,
      "system": ProcessInfo.processInfo.operatingSystemVersionString,
    ])
}
