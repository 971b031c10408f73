import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reports
import Training

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one page that shows trained runs side by side.",
    discussion: """
      Example:

        margin report runs/a runs/b --output both.html
      """)

  @Argument(help: "The folders of runs.")
  var runs: [String]

  @Option(help: "The page to write (default: report.html in the first run's folder).")
  var output: String?

  func run() throws {
    let stored = try runs.map { path in
      let directory = RunDirectory(path)
      let summary = try JSONFile.read(StoredSummary.self, from: directory.summaryPath)
      let file = try Safetensors(contentsOf: directory.embeddingsPath)
      return (
        directory, try withFeatures(summary, directory, file), file.entries["predicted"]?.int64s
      )
    }
    let classNames = stored[0].1.classNames
    for (directory, summary, _) in stored where summary.classNames != classNames {
      throw Failure(
        .badData,
        "\(directory.path): its classes are not those of \(runs[0]); runs on one page need the same"
      )
    }
    let facts = try stored.map { directory, _, _ in
      let record = try JSONFile.read(TrainingRun.Record.self, from: directory.configurationPath)
      let configuration = record.configuration
      return Report.Fact(
        name: directory.path,
        value: "\(configuration.loss) on \(configuration.dataset), \(configuration.network), "
          + "\(configuration.training.epochs) epochs, seed \(configuration.training.seed)")
    }
    let comparisons = Comparison.all(
      stored.compactMap { _, summary, predicted in
        decisions(summary, predicted).map {
          JudgedLoss(name: summary.run.name, seeds: [(summary.run, $0)])
        }
      })
    let path = output ?? RunDirectory(runs[0]).reportPath
    let title = stored.map(\.1.run.title).joined(separator: " · ")
    try AtomicFile.write(
      Report(
        title: title, runs: stored.map(\.1.run), classNames: classNames, comparisons: comparisons,
        facts: facts
      ).html(),
      to: path)
    print(path)
  }

  /// What a run got right; nil for one that did not write it yet.
  private func decisions(_ stored: StoredSummary, _ predicted: [Int64]?) -> RunDecisions? {
    guard let features = stored.run.features, let predicted,
      predicted.count == features.labels.count
    else { return nil }
    return RunDecisions(
      predictions: zip(predicted, features.labels).map { $0 == Int64($1) },
      embeddings: Embeddings(
        values: features.values, dimension: features.dimension,
        labels: features.labels.map { Int($0) }))
  }

  /// Puts the features from their own file back into the summary.
  private func withFeatures(
    _ stored: StoredSummary, _ directory: RunDirectory, _ file: Safetensors
  ) throws -> StoredSummary {
    guard let features = file.entries["features"], let values = features.floats,
      features.shape.count == 2, let labels = file.entries["labels"]?.int64s,
      labels.count == features.shape[0],
      labels.allSatisfy({ $0 >= 0 && $0 < stored.classNames.count })
    else {
      throw FileError(
        .malformed, path: directory.embeddingsPath,
        problem: "there are no float32 'features' [N, D] with int64 'labels' [N] of the classes",
        remedy: "Run 'margin train' or 'margin compare' again.")
    }
    var stored = stored
    stored.run.features = RunSummary.Features(
      dimension: features.shape[1], values: values, labels: labels.map(Int32.init),
      proxies: file.entries["weights"]?.floats,
      proxiesAreNormalized: file.metadata[StoredSummary.normalizationKey] == "true")
    if let sprite = stored.sprite,
      let data = FileManager.default.contents(atPath: directory.spritePath)
    {
      stored.run.features?.pictures = RunSummary.Pictures(
        sprite: data, tileWidth: sprite.tileWidth, tileHeight: sprite.tileHeight,
        columns: sprite.columns)
    }
    return stored
  }
}
