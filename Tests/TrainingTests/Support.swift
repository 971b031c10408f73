import Datasets
import Formats
import Foundation
import Testing
import Training

/// A folder that goes when the test ends.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "margin-training-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// A training of a second: 2 epochs of 7 steps on 200 drawn digits.
func smallConfiguration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
  var configuration = RunConfiguration()
  configuration.trainCount = 200
  configuration.testCount = 50
  configuration.network = "lenet"
  configuration.loss = "arcface+center"
  configuration.training.epochs = 2
  configuration.training.batchSize = 32
  configuration.training.threads = 1
  change(&configuration)
  return configuration
}

func record(_ configuration: RunConfiguration) -> TrainingRun.Record {
  TrainingRun.Record(configuration: configuration, command: ["test"], versions: [:])
}

func newRun(_ configuration: RunConfiguration, at path: String) throws -> TrainingRun {
  try TrainingRun(
    record(configuration), dataset: configuration.loadDataset(), directory: RunDirectory(path))
}

/// The bytes of every tensor of the newest checkpoint.
func finalState(_ path: String) throws -> [String: [UInt8]] {
  let checkpoint = try #require(RunDirectory(path).newestCheckpoint())
  return try Safetensors(contentsOf: checkpoint).entries.mapValues(\.bytes)
}

/// Trains a new run until it has been asked `stop` times whether to go on, and then, opened again, to its
/// end.
func stoppedAndResumed(
  _ configuration: RunConfiguration, at path: String, stop: Int
) throws -> TrainingRun {
  var asked = 0
  let isFinished = try newRun(configuration, at: path).train(isInterrupted: {
    defer { asked += 1 }
    return asked == stop
  })
  #expect(!isFinished)
  let resumed = try TrainingRun(
    resuming: RunDirectory(path), dataset: configuration.loadDataset())
  #expect(try resumed.train())
  return resumed
}

/// The metrics without the times, which differ from run to run.
func timelessMetrics(_ run: TrainingRun) throws -> [String] {
  try run.metrics().map { line in
    "\(line.step) \(line.epoch) \(line.loss ?? 0) \(line.learningRate ?? 0) "
      + "\(line.testAccuracy ?? -1)"
  }
}
