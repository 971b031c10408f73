import Datasets
import Formats
import Foundation
import Losses
import Networks
import Torch

/// How far a training is.
public struct TrainingProgress: Sendable {
  public var step, totalSteps: Int
  public var epoch: Double
  /// The mean of the losses since the last report.
  public var loss: Double
  /// Set at the end of each epoch.
  public var testAccuracy: Double?
  public var samplesPerSecond: Double
  public var secondsLeft: Double
}

/// One training with its folder: configuration, metrics and checkpoints are written as it goes, and
/// it can be taken up again after any interruption with the same final result.
public final class TrainingRun {
  public let configuration: RunConfiguration
  public let directory: RunDirectory
  public let dataset: Dataset
  public let network: Network
  public let objective: Objective
  private let firstCheckpoint: (path: String, checkpoint: Checkpoint)?
  private var hasTrained = false

  /// What `run.json` holds.
  public struct Record: Codable, Sendable {
    public var configuration: RunConfiguration
    /// What was typed.
    public var command: [String]
    /// The versions of the parts, by name.
    public var versions: [String: String]

    public init(configuration: RunConfiguration, command: [String], versions: [String: String]) {
      self.configuration = configuration
      self.command = command
      self.versions = versions
    }
  }

  /// A new run in an empty or new folder.
  ///
  /// - Throws: What a bad configuration throws, before anything is written; `FileError` if the folder
  ///   cannot be used.
  public init(_ record: Record, dataset: Dataset, directory: RunDirectory) throws {
    configuration = record.configuration
    self.dataset = dataset
    self.directory = directory
    try configuration.training.validate(for: dataset.train)
    (network, objective) = try configuration.makeModel(for: dataset)
    firstCheckpoint = nil
    try directory.create()
    try JSONFile.write(record, to: directory.configurationPath)
  }

  /// A run that was begun before, at its newest checkpoint, or at its start if it has none.
  public init(resuming directory: RunDirectory, dataset: Dataset) throws {
    configuration = try JSONFile.read(Record.self, from: directory.configurationPath).configuration
    self.dataset = dataset
    self.directory = directory
    (network, objective) = try configuration.makeModel(for: dataset)
    firstCheckpoint = try directory.newestCheckpoint().map {
      ($0, try Checkpoint(contentsOf: $0))
    }
  }

  /// Puts the newest checkpoint's weights into network and loss, to judge them.
  ///
  /// - Throws: `FileError` if there is none or it does not fit.
  public func loadWeights() throws {
    guard let (path, checkpoint) = firstCheckpoint else {
      throw FileError(
        .missing, path: directory.path, problem: "there is no checkpoint",
        remedy: "Train it first: 'margin train --resume \(directory.path)'.")
    }
    for (name, tensor) in network.namedTensors + objective.parameters {
      try checkpoint.load(name, into: tensor, from: path)
    }
  }

  /// The share of test samples whose class is predicted: as `Objective.predictions` does.
  public func testAccuracy() throws -> Double {
    try testAccuracy(network.features(of: dataset.test))
  }

  private func testAccuracy(_ features: Tensor) throws -> Double {
    let predictions = try objective.predictions(features, labels: dataset.test.labels)
    let correct = zip(predictions, dataset.test.labels).count { $0 == Int($1) }
    return Double(correct) / Double(dataset.test.count)
  }

  /// Trains to the end, or until `isInterrupted` says so between two steps. To go on after that,
  /// open the run again with `init(resuming:dataset:)`.
  ///
  /// - Precondition: It has not been called before; `checkpointSteps` is at least 1.
  /// - Parameters:
  ///   - checkpointSteps: Steps between checkpoints; every epoch ends with one besides.
  ///   - writesTensorBoard: Whether the metrics go to an event file in the folder, too.
  ///   - report: Is called after the first step, about twenty times an epoch, and at its end.
  ///   - isInterrupted: Is asked before each step.
  /// - Returns: Whether training reached its end. Otherwise a checkpoint holds what was done.
  /// - Throws: `TrainingError` of kind `diverged` with the last good checkpoint named.
  public func train(
    checkpointSteps: Int = 500, writesTensorBoard: Bool = true,
    report: (TrainingProgress) -> Void = { _ in },
    isInterrupted: () -> Bool = { false }
  ) throws -> Bool {
    precondition(!hasTrained && checkpointSteps >= 1)
    hasTrained = true
    let trainer = try Trainer(
      network: network, objective: objective, samples: dataset.train,
      options: configuration.training, firstStep: firstCheckpoint?.checkpoint.step ?? 0)
    var running = RunningMean()
    if let (path, checkpoint) = firstCheckpoint {
      try checkpoint.restore(trainer, from: path)
      running = checkpoint.runningLoss
    }
    let log = try MetricsLog(path: directory.metricsPath, keepingUpTo: trainer.step)
    let events =
      writesTensorBoard && trainer.step < trainer.totalSteps
      ? try TrainingEvents(folder: directory.path, firstStep: trainer.step + 1) : nil
    let clock = ContinuousClock()
    let began = clock.now
    let firstStep = trainer.step
    var samples = 0
    let interval = max(1, trainer.stepsPerEpoch / 20)

    func save() throws {
      guard try trainer.isFinite() else {
        throw TrainingError(
          .diverged,
          "step \(trainer.step): a parameter is no longer finite. Try a lower --learning-rate, or "
            + "--clip-gradients 0.1.")
      }
      try Checkpoint(of: trainer, runningLoss: running).write(
        to: directory.checkpointPath(step: trainer.step))
      directory.removeOldCheckpoints()
    }

    do {
      while trainer.step < trainer.totalSteps {
        if isInterrupted() {
          try save()
          return false
        }
        let rate = trainer.learningRate
        guard let result = try trainer.trainStep() else { break }
        running.add(result.loss, weight: result.sampleCount)
        samples += result.sampleCount

        let isEpochEnd = trainer.step % trainer.stepsPerEpoch == 0
        if trainer.step == 1 || isEpochEnd || trainer.step % trainer.stepsPerEpoch % interval == 0 {
          let seconds = (clock.now - began).seconds
          var line = MetricsLine(
            step: trainer.step, epoch: Double(trainer.step) / Double(trainer.stepsPerEpoch),
            loss: running.mean, learningRate: rate, seconds: seconds)
          let testFeatures = try isEpochEnd ? network.features(of: dataset.test) : nil
          line.testAccuracy = try testFeatures.map(testAccuracy)
          try log.append(line)
          try events?.write(line)
          if let testFeatures {
            try events?.writeHistograms(
              features: testFeatures, head: objective.head, step: line.step)
          }
          let done = Double(trainer.step - firstStep)
          report(
            TrainingProgress(
              step: trainer.step, totalSteps: trainer.totalSteps, epoch: line.epoch,
              loss: running.mean, testAccuracy: line.testAccuracy,
              samplesPerSecond: Double(samples) / seconds,
              secondsLeft: seconds / done * Double(trainer.totalSteps - trainer.step)))
          running = RunningMean()
        }
        if isEpochEnd || trainer.step % checkpointSteps == 0 { try save() }
      }
    } catch let error as TrainingError where error.kind == .diverged {
      let kept =
        directory.newestCheckpoint().map { "The last good checkpoint is \($0)." }
        ?? "There was no checkpoint yet."
      throw TrainingError(.diverged, "\(error) \(kept)")
    }
    // What is judged is the head with its own scale, as a head that was loaded has it, however few steps
    // there were to reach it.
    objective.head?.setScale(progress: 1)
    return true
  }

  /// The course of the training so far.
  public func metrics() throws -> [MetricsLine] { try MetricsLog.read(directory.metricsPath) }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
