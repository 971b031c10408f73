import Evaluation
import Formats
import Foundation
import Reports
import Torch
import Training

/// A run, or features and scores of any program, as a page shows it.
struct JudgedInput {
  /// Its name is the path.
  var summary: RunSummary
  /// nil for a run that did not write them yet.
  var decisions: RunDecisions?
  /// By label; empty where they are not known.
  var classNames: [String]
  /// What it is, in a line.
  var description: String
  var isRun: Bool

  /// Features and scores of any program.
  ///
  /// - Throws: `EvaluationError`.
  init(_ input: EvaluationInput) throws {
    let judgement = try Judgement(input)
    let none = RunSummary.Curve(name: "", points: [])
    summary = RunSummary(
      name: input.name, title: (input.name as NSString).lastPathComponent, trainingLoss: none,
      testAccuracy: none, metrics: judgement.metrics)
    try summary.addFigures(input, scoresTitle: "as given")
    if let embeddings = input.embeddings {
      summary.features = RunSummary.Features(
        dimension: embeddings.dimension, values: embeddings.values,
        labels: zip(embeddings.labels, input.isLabelled).map { $1 ? Int32($0) : -1 },
        proxies: input.proxies)
    }
    decisions = judgement.decisions
    classNames = input.classNames
    isRun = false
    let rows = input.isLabelled.count
    let classes = Set(judgement.decisions.items.labels).count
    let parts = [
      input.embeddings.map { "\($0.dimension) features" },
      input.scores.map { "scores of \($0.classCount) classes" },
    ].compactMap(\.self)
    let count = rows.formatted(.number.locale(Locale(identifier: "en_US")))
    description = "\(count) samples of \(classes) classes, \(parts.joined(separator: " and "))"
  }

  /// A run, as its training left it.
  ///
  /// - Throws: `FileError`.
  init(run path: String) throws {
    let directory = RunDirectory(path)
    let stored = try JSONFile.read(StoredSummary.self, from: directory.summaryPath)
    let file = try Safetensors(contentsOf: directory.embeddingsPath)
    summary = stored.run
    summary.name = path
    classNames = stored.classNames
    isRun = true
    let record = try JSONFile.read(TrainingRun.Record.self, from: directory.configurationPath)
    let configuration = record.configuration
    description =
      "\(configuration.loss) on \(configuration.dataset), \(configuration.network), "
      + "\(configuration.training.epochs) epochs, seed \(configuration.training.seed)"
    summary.features = try Self.features(stored, directory, file)
    if let features = summary.features, let predicted = file.entries["predicted"]?.int64s,
      predicted.count == features.labels.count
    {
      let labels = features.labels.map { Int($0) }
      decisions = RunDecisions(
        predicted: predicted.map { Int($0) },
        embeddings: Embeddings(
          values: features.values, dimension: features.dimension, labels: labels),
        items: EvaluatedItems(input: path, labels: labels))
    }
  }

  /// The features from their own file, which the summary leaves out.
  private static func features(
    _ stored: StoredSummary, _ directory: RunDirectory, _ file: Safetensors
  ) throws -> RunSummary.Features {
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
    let sprite = stored.sprite.flatMap { sprite in
      FileManager.default.contents(atPath: directory.spritePath).map {
        RunSummary.Pictures(
          sprite: $0, tileWidth: sprite.tileWidth, tileHeight: sprite.tileHeight,
          columns: sprite.columns)
      }
    }
    return RunSummary.Features(
      dimension: features.shape[1], values: values, labels: labels.map(Int32.init),
      proxies: file.entries["weights"]?.floats,
      proxiesAreNormalized: file.metadata[StoredSummary.normalizationKey] == "true",
      pictures: sprite)
  }
}

/// The page of inputs side by side, compared by paired tests where they are of the same samples.
///
/// - Throws: `Failure` for inputs of other classes.
func inputReport(_ inputs: [JudgedInput]) throws -> String {
  let named = inputs.first { !$0.classNames.isEmpty }
  for input in inputs where !input.classNames.isEmpty && input.classNames != named!.classNames {
    throw Failure(
      .badData,
      "\(input.summary.name): its classes are not those of \(named!.summary.name); what is on one page "
        + "needs the same")
  }
  let runs = inputs.map(\.summary)
  let subject: Report.Subject =
    inputs.allSatisfy(\.isRun)
    ? .losses : runs.contains { $0.features != nil } ? .embeddings : .classifiers
  var facts = inputs.map { Report.Fact(name: $0.summary.name, value: $0.description) }
  facts += incomparable(inputs).map { Report.Fact(name: "Not compared", value: $0) }
  facts += [
    Report.Fact(name: "Command", value: shellCommand(CommandLine.arguments)),
    Report.Fact(
      name: "Versions", value: "margin \(Margin.version), libtorch \(Runtime.version)"),
  ]
  return Report(
    title: runs.map(\.title).joined(separator: " · "), runs: runs,
    classNames: named?.classNames ?? [],
    comparisons: Comparison.all(
      inputs.compactMap { input in
        input.decisions.map { JudgedLoss(name: input.summary.name, seeds: [(input.summary, $0)]) }
      }), facts: facts, subject: subject
  ).html()
}

/// Which inputs no paired test can compare, and why.
private func incomparable(_ inputs: [JudgedInput]) -> [String] {
  inputs.indices.flatMap { i in
    inputs[(i + 1)...].compactMap { other in
      guard let mine = inputs[i].decisions?.items, let theirs = other.decisions?.items else {
        return nil
      }
      return mine.difference(from: theirs).map { "\(mine.input) and \(theirs.input): \($0)" }
    }
  }
}
