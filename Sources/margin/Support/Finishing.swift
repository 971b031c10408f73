import Formats
import Foundation
import Reports
import Torch
import Training

/// Trains a run to its end and judges it.
///
/// - Parameter writesTensorBoard: Whether its folder gets TensorBoard's files, too.
/// - Throws: `Failure` with the code of an interruption, after saving.
func finish(
  _ run: TrainingRun, _ interruption: Interruption, writesTensorBoard: Bool, resumeHint: String
) throws -> (summary: RunSummary, decisions: RunDecisions) {
  if run.configuration.precision == .bf16, try !Runtime.hasBFloat16() {
    printError(
      "margin: this processor has no bfloat16 instructions: --precision bf16 works, but slower than "
        + "float32")
  }
  let progress = ProgressLine(run.directory.path)
  let isFinished = try run.train(
    writesTensorBoard: writesTensorBoard, report: progress.show,
    isInterrupted: { interruption.isRequested })
  guard isFinished else {
    throw Failure(interruption.code, "interrupted; all is saved: go on with '\(resumeHint)'")
  }
  return try run.writeResults(writesTensorBoard: writesTensorBoard)
}

/// The report of one or several runs that differ in loss and seed; `run` is any of them.
func writeReport(
  _ runs: [RunSummary], comparisons: [Comparison] = [], run: TrainingRun,
  seeds: ClosedRange<UInt64>, title: String,
  to path: String
) throws {
  let configuration = run.configuration
  let training = configuration.training
  func fact(_ name: String, _ value: String) -> Report.Fact {
    Report.Fact(name: name, value: value)
  }
  let facts = [
    fact(
      "Data set",
      "\(run.dataset.name), \(run.dataset.train.count) + \(run.dataset.test.count) \(run.dataset.train.noun)"
    ),
    fact(
      "Network",
      "\(run.network.name), \(run.network.featureCount) features, \(configuration.precision.rawValue)"
    ),
    fact(
      "Training",
      "\(training.epochs) epochs, batch \(training.batchSize)"
        + (training.samplesPerClass.map { ", \($0) of each class" } ?? "")),
    fact(
      seeds.count == 1 ? "Seed" : "Seeds",
      seeds.count == 1 ? "\(seeds.lowerBound)" : "\(seeds.lowerBound) to \(seeds.upperBound)"),
    fact(
      "Optimiser",
      "\(training.optimizer.rawValue), learning rate \(training.learningRate), "
        + "weight decay \(training.weightDecay)"),
    fact("Command", shellCommand(CommandLine.arguments)),
    fact("Versions", "margin \(Margin.version), libtorch \(Runtime.version)"),
    fact(
      "System",
      "\(ProcessInfo.processInfo.operatingSystemVersionString), \(training.threads) threads"),
    fact("Date", ISO8601DateFormatter().string(from: .now)),
  ]
  try AtomicFile.write(
    Report(
      title: title, runs: runs, classNames: run.dataset.classNames, comparisons: comparisons,
      facts: facts
    ).html(),
    to: path)
}

/// A command as one would type it.
func shellCommand(_ arguments: [String]) -> String {
  (["margin"] + arguments.dropFirst()).map { argument in
    argument.contains(where: { !$0.isLetter && !$0.isNumber && !"-_./=,+:".contains($0) })
      ? "'\(argument.replacing("'", with: "'\\''"))'" : argument
  }.joined(separator: " ")
}

/// The numbers of runs side by side.
func table(_ runs: [RunSummary]) -> TextTable {
  var columns: [RunSummary.Metric] = []
  for metric in runs.flatMap(\.metrics) where !columns.contains(where: { $0.key == metric.key }) {
    columns.append(metric)
  }
  return TextTable(
    header: ["loss"] + columns.map { $0.unit.isEmpty ? $0.title : "\($0.title) \($0.unit)" },
    rows: runs.map { run in
      [run.name]
        + columns.map { column in
          guard let metric = run.metrics.first(where: { $0.key == column.key }) else { return "–" }
          let spread = metric.spread.map { " ± \($0.formatted(metric.digits))" } ?? ""
          return metric.value.formatted(metric.digits) + spread
        }
    })
}
