import ArgumentParser
import Datasets
import Foundation
import Torch
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train one network with one loss.",
    discussion: """
      Example:

        margin train --dataset mnist --network lenet++ --loss arcface --set margin=0.3 \\
          --epochs 5 --output runs/a

      Ctrl-C finishes the batch, saves and exits with 130; then go on with

        margin train --output runs/a --resume
      """)

  @Option(help: "The loss, or a head and additions such as softmax+center: see 'margin losses'.")
  var loss = "softmax"

  @OptionGroup var arguments: TrainingArguments

  @Option(help: "The folder of the run: a new or an empty one.")
  var output: String

  @Flag(help: "Go on with the run in --output, with the options it was begun with.")
  var resume = false

  func run() throws {
    let directory = RunDirectory(output)
    let interruption = Interruption()
    let configuration = try arguments.configuration(
      loss: loss, settings: arguments.parsedSettings(), seed: arguments.seed)
    let run = try openRun(configuration, directory, resume: resume, allowsDefaults: true)
    let summary = try finish(
      run, interruption, writesTensorBoard: !arguments.noTensorboard,
      resumeHint: "margin train --output \(output) --resume"
    ).summary
    let path = directory.reportPath
    let seed = run.configuration.training.seed
    try writeReport([summary], run: run, seeds: seed...seed, title: summary.title, to: path)
    print(table([summary]).text)
    print("\n\(path)")
  }
}

/// Begins a run, or opens the one that is there.
///
/// - Parameters:
///   - configuration: What is asked for. To resume, it must be what the run was begun with, or, with
///     `allowsDefaults`, all defaults: options that were left out.
///   - dataset: The pictures, if they are loaded already.
func openRun(
  _ configuration: RunConfiguration, _ directory: RunDirectory, resume: Bool,
  allowsDefaults: Bool = false, dataset: Dataset? = nil
) throws -> TrainingRun {
  func load(_ configuration: RunConfiguration) throws -> Dataset {
    try dataset ?? configuration.loadDataset { printError($0) }
  }
  guard resume, directory.holdsRun else {
    if resume {
      throw Failure(
        .missingInput, "\(directory.path): there is no run to resume; leave out --resume")
    }
    _ = try configuration.objectiveSpecification()
    return try TrainingRun(
      runRecord(configuration), dataset: load(configuration), directory: directory)
  }
  let stored = try storedConfiguration(directory)
  let untouched = try TrainingArguments.parse([]).configuration(
    loss: TrainCommand.parse(["--output", "-"]).loss, settings: [:],
    seed: TrainingOptions().seed)
  guard configuration == stored || (allowsDefaults && configuration == untouched) else {
    throw Failure(
      .usage,
      "\(directory.path): the run was begun with other options; leave them out with --resume, or "
        + "give another --output")
  }
  return try TrainingRun(resuming: directory, dataset: load(stored))
}

/// The configuration that a run was begun with.
func storedConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
  try JSONFile.read(TrainingRun.Record.self, from: directory.configurationPath).configuration
}

/// A run with its trained weights and its data set, to be judged or put to use.
///
/// - Parameters:
///   - folder: Of the run.
///   - data: Where the data set's files are now; nil for where they were in training.
///   - threads: How many to compute with; nil for as many as in training.
func openTrained(_ folder: String, data: String?, threads: Int? = nil) throws -> TrainingRun {
  let directory = RunDirectory(folder)
  var configuration = try storedConfiguration(directory)
  configuration.dataFolder = data ?? configuration.dataFolder
  try Runtime.setThreadCount(threads ?? configuration.training.threads)
  let run = try TrainingRun(
    resuming: directory, dataset: configuration.loadDataset { printError($0) })
  try run.loadWeights()
  return run
}
