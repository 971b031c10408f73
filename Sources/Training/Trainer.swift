import Datasets
import Foundation
import Losses
import Networks
import Torch

/// Trains a network and a loss on labelled samples, step by step.
public final class Trainer {
  public let network: Network
  public let objective: Objective
  public let options: TrainingOptions
  public let stepsPerEpoch: Int
  /// Steps done.
  public private(set) var step: Int
  /// What the objective's head is asked for instead of a batch's labels, if it is not nil: soft labels,
  /// such as those of another network, as a distribution over the classes [N, C] for each sample. It is
  /// called without gradients.
  public var softLabels: ((Batch) throws -> Tensor)?
  public let totalSteps: Int
  let optimizer: any Optimizer
  private let pipeline: BatchPipeline

  /// - Parameters:
  ///   - network: From samples to features.
  ///   - objective: What is minimised.
  ///   - samples: The training set.
  ///   - options: How to go about it.
  ///   - firstStep: The step to start at, when state of an earlier training follows.
  /// - Throws: `TrainingError` for options that do not fit.
  public init(
    network: Network, objective: Objective, samples: Samples, options: TrainingOptions,
    firstStep: Int = 0
  ) throws {
    let order = try options.batchOrder(for: samples)
    try Runtime.setThreadCount(options.threads)
    self.network = network
    self.objective = objective
    self.options = options
    (stepsPerEpoch, totalSteps) = (order.stepsPerEpoch, order.totalSteps)
    guard (0...totalSteps).contains(firstStep) else {
      throw TrainingError(
        .data,
        "the checkpoint is at step \(firstStep), but there are only \(totalSteps) steps: "
          + "the data or run.json are not those it was trained with")
    }
    step = firstStep
    optimizer = try Self.optimizer(for: network, objective, options)
    pipeline = BatchPipeline(samples, order, steps: firstStep..<totalSteps)
  }

  private static func optimizer(
    for network: Network, _ objective: Objective, _ options: TrainingOptions
  ) throws -> any Optimizer {
    let headFactor = (options.headLearningRate ?? options.learningRate) / options.learningRate
    let parameters = network.parameters
    let sampled = objective.head?.sampledRows.map { [$0] } ?? []
    let learned = objective.parameters.map(\.tensor).filter { tensor in
      !sampled.contains { $0.matrix === tensor }
    }
    let groups = [
      ParameterGroup(
        parameters.filter(\.decays).map(\.tensor), weightDecay: options.weightDecay),
      ParameterGroup(parameters.filter { !$0.decays }.map(\.tensor)),
      // Of a head, only the proxies decay.
      ParameterGroup(
        learned.filter { $0.rank == 2 }, sampled: sampled, learningRateFactor: headFactor,
        weightDecay: options.weightDecay),
      ParameterGroup(learned.filter { $0.rank != 2 }, learningRateFactor: headFactor),
    ]
    return switch options.optimizer {
    case .sgd: try SGD(groups, momentum: options.momentum)
    case .adamw: try AdamW(groups)
    }
  }

  /// The learning rate of the step that comes next.
  public var learningRate: Double {
    let warmUpSteps = options.warmUp * Double(totalSteps)
    return options.learningRate * min(1, Double(step + 1) / max(warmUpSteps, 1))
      * options.schedule.factor(step: step, of: totalSteps)
  }

  /// Does one step.
  ///
  /// - Returns: The loss before the step and the number of samples; nil after the last step.
  /// - Throws: `TrainingError` of kind `diverged`, before any parameter changes, if the loss or a
  ///   gradient is not finite.
  public func trainStep() throws -> (loss: Double, sampleCount: Int)? {
    guard let batch = try pipeline.next() else { return nil }
    // Losses that draw numbers draw the same ones after a new start at this step.
    try Runtime.seed(options.seed &+ UInt64(step) &* 0x9E37_79B9_7F4A_7C15)
    if step == 0 { try network.centerFeatures(on: batch.inputs) }
    objective.head?.setScale(
      progress: min(1, Double(step) / max(1, options.scaleWarmUp * Double(totalSteps))))
    let features = try network(batch.inputs, isTraining: true)
    let probabilities = try softLabels.map { soft in try withoutGradients { try soft(batch) } }
    let loss = try objective(features, labels: batch.labels, probabilities: probabilities)
    let value = try loss.item()
    guard value.isFinite else { throw try divergence("the loss is \(value)", batch) }
    try optimizer.zeroGradients()
    try loss.backward()
    let norm = try optimizer.clipGradients(to: options.gradientLimit ?? .infinity)
    guard norm.isFinite else { throw try divergence("the gradients' norm is \(norm)", batch) }
    try optimizer.step(learningRate: learningRate)
    try objective.update(features: features, labels: batch.labels)
    step += 1
    return (value, batch.inputs.shape[0])
  }

  /// The error that names where numbers stopped being finite.
  private func divergence(_ problem: String, _ batch: Batch) throws -> TrainingError {
    let (epoch, index) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    let place = "step \(step + 1) (epoch \(epoch + 1), batch \(index + 1))"
    return TrainingError(
      .diverged,
      "\(place): \(problem); \(try firstBadPlace(batch)). "
        + "Try a lower --learning-rate, or --clip-gradients 0.1.")
  }

  private func firstBadPlace(_ batch: Batch) throws -> String {
    guard try batch.inputs.isAllFinite() else { return "the samples themselves are not finite" }
    var bad: String?
    _ = try withoutGradients {
      try network(batch.inputs, isTraining: true) { name, output in
        if try bad == nil && !output.isAllFinite() { bad = name }
      }
    }
    if let bad { return "the first layer with an output that is not finite is '\(bad)'" }
    let parameters =
      network.parameters.map { ($0.name, $0.tensor) }
      + objective.parameters.map { ($0.name, $0.tensor) }
    for (name, tensor) in parameters {
      if let gradient = try tensor.gradient(), try !gradient.isAllFinite() {
        return "the outputs of all layers are finite, but not the gradient of '\(name)'"
      }
    }
    return "all layers of \(network.name) are finite, so it arises in the loss, "
      + objective.specification.name
  }

  /// Whether every parameter is finite.
  func isFinite() throws -> Bool {
    try namedTensors.allSatisfy { try $0.tensor.isAllFinite() }
  }

  /// All that changes in training, by name: what a checkpoint keeps.
  var namedTensors: [(name: String, tensor: Tensor)] {
    network.namedTensors + objective.parameters + objective.buffers
      + optimizer.state.sorted { $0.key < $1.key }.map { ("optimizer.\($0.key)", $0.value) }
  }
}
