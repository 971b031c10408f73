import ArgumentParser
import Datasets
import Evaluation
import Formats
import Foundation
import Losses
import Reports
import Training

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train the same network with several losses, and show the difference.",
    discussion: """
      Examples:

        margin compare --losses softmax,arcface --output runs/first
        margin compare --losses arcface:margin=0.1,arcface:margin=0.3 --seeds 3 --output runs/m

      Every loss gets the same pictures in the same order and the same initial network. Each run has
      a folder of its own in --output; the report shows all side by side.
      """)

  @Option(
    help: ArgumentHelp(
      "The losses, joined by commas; a loss may have settings of its own, as arcface:margin=0.3.",
      valueName: "a,b,c"))
  var losses = "softmax,arcface"

  @Option(help: "How many times to train each loss, with seeds one after another.")
  var seeds = 1

  @OptionGroup var arguments: TrainingArguments

  @Option(help: "The folder of the comparison: a new or an empty one.")
  var output: String

  @Flag(help: "Go on with the comparison in --output: give the same options again.")
  var resume = false

  func run() throws {
    let interruption = Interruption()
    let candidates = try parseLosses()
    guard seeds >= 1, arguments.seed <= UInt64.max - UInt64(seeds) else {
      throw Failure(.usage, "--seeds must be at least 1, and fit after --seed; not \(seeds)")
    }
    let root = RunDirectory(output)
    var configurations: [(name: String, configurations: [RunConfiguration])] = []
    for candidate in candidates {
      configurations.append(
        (
          candidate.name,
          try (0..<seeds).map { index in
            try arguments.configuration(
              loss: candidate.loss, settings: candidate.settings,
              seed: arguments.seed + UInt64(index))
          }
        ))
    }
    let shared = configurations[0].configurations[0]
    let dataset = try shared.loadDataset { printError($0) }
    for configuration in configurations.map({ $0.configurations[0] }) {
      // Every mistake in any of them is told before the first is trained.
      try configuration.training.validate(for: dataset.train)
      _ = try configuration.makeModel(for: dataset)
    }
    if !resume || !FileManager.default.fileExists(atPath: output) { try root.create() }

    let hint = "the same command and --resume"
    var summaries: [RunSummary] = []
    var losses: [JudgedLoss] = []
    var sessions: [[TensorBoard.HyperParameter]] = []
    var last: TrainingRun?
    for (name, configurations) in configurations {
      var judged = JudgedLoss(name: name, seeds: [])
      for (index, configuration) in configurations.enumerated() {
        let folder = seeds == 1 ? name : "\(name)-seed\(configuration.training.seed)"
        let directory = RunDirectory(root.file(folder))
        let run = try openRun(
          configuration, directory, resume: resume && directory.holdsRun, dataset: dataset)
        var (summary, decisions) = try finish(
          run, interruption, writesTensorBoard: !arguments.noTensorboard, resumeHint: hint)
        summary.name = name
        judged.seeds.append((summary, decisions))
        last = run
        sessions.append(run.hyperParameters)
        if index == 0, let figure = Figures.figure(for: summary, classNames: dataset.classNames) {
          try writeFigure(figure, "\(name).svg", in: root)
        }
      }
      losses.append(judged)
      let seeds = judged.seeds.map(\.summary)
      summaries.append(seeds.count == 1 ? seeds[0] : .mean(of: seeds))
    }
    try writeCurves(summaries, in: root)
    if !arguments.noTensorboard { try writeTensorBoardExperiment(sessions, summaries, in: root) }
    let comparisons = Comparison.all(losses)
    let title = summaries.map(\.title).joined(separator: " · ")
    try writeReport(
      summaries, comparisons: comparisons, run: last!,
      seeds: shared.training.seed...last!.configuration.training.seed,
      title: "\(title) on \(dataset.name)", to: root.reportPath)
    try JSONFile.write(
      summaries.map { summary in
        var stored = summary
        stored.features = nil
        return stored
      }, to: root.summaryPath)
    print(table(summaries).text)
    print("\n\(root.reportPath)")
  }

  private struct Candidate {
    /// The name in tables and folders: "arcface", "arcface:margin=0.1".
    var name: String
    var loss: String
    var settings: [String: String]
  }

  /// The losses with the settings that fit them.
  private func parseLosses() throws -> [Candidate] {
    let common = try arguments.parsedSettings()
    var unused = Set(common.keys)
    let candidates = try losses.split(separator: ",", omittingEmptySubsequences: false).map {
      text in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let specification = try ObjectiveSpecification(parts[0])
      let names = specification.terms.flatMap { term in
        term.entry.parameters.flatMap { parameter in
          [parameter.name]
            + ([term.entry.name] + term.entry.aliases).map { "\($0).\(parameter.name)" }
        }
      }
      let own = try parseSettings(Array(parts.dropFirst()))
      let fitting = common.filter { names.contains($0.key) }
      unused.subtract(fitting.keys)
      // What a loss says of itself wins over --set, however the parameter is spelled there.
      func parameter(_ key: String) -> Substring { key.split(separator: ".").last ?? "" }
      let ownParameters = Set(own.keys.map(parameter))
      let settings = fitting.filter { !ownParameters.contains(parameter($0.key)) }
        .merging(own) { $1 }
      _ = try ObjectiveSpecification(parts[0], settings: settings)
      return Candidate(name: String(text), loss: parts[0], settings: settings)
    }
    if let setting = unused.min() {
      throw Failure(.usage, "none of the losses \(losses) has the parameter '\(setting)'")
    }
    let names = candidates.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw Failure(.usage, "the loss '\(twice)' is given twice; use --seeds to train it again")
    }
    return candidates
  }

  private func writeFigure(_ figure: String, _ name: String, in root: RunDirectory) throws {
    try FileManager.default.createDirectory(
      atPath: root.figuresPath, withIntermediateDirectories: true)
    try AtomicFile.write(figure, to: "\(root.figuresPath)/\(name)")
  }

  private func writeCurves(_ runs: [RunSummary], in root: RunDirectory) throws {
    try writeFigure(
      Figures.curves(runs.map { ($0.name, $0.trainingLoss) }, yTitle: "Training loss"),
      "training-loss.svg", in: root)
    try writeFigure(
      Figures.curves(runs.map { ($0.name, $0.testAccuracy) }, yTitle: "Test accuracy, %"),
      "test-accuracy.svg", in: root)
  }
}

extension RunSummary {
  /// The first run's curves and figure, with the mean of each number over runs that differ only in
  /// their seeds, and Student's interval over them.
  static func mean(of runs: [RunSummary]) -> RunSummary {
    var result = runs[0]
    for (index, metric) in result.metrics.enumerated() {
      let values = runs.compactMap { run in
        run.metrics.first { $0.key == metric.key }?.value
      }
      let estimate = Estimate.mean(values)
      result.metrics[index].value = estimate.value
      result.metrics[index].spread = estimate.spread
      result.metrics[index].explanation =
        "Mean over \(runs.count) seeds, with Student's 95 % interval over them: "
        + metric.title.lowercased() + "."
    }
    return result
  }
}
