import Datasets
import Evaluation
import Formats
import Foundation
import Losses
import Reports
import Torch
import Training

/// What a trained run, or features and scores of any program, are worth: every number that the tables and
/// reports show.
struct Judgement {
  let input: EvaluationInput
  /// nil without scores.
  let accuracy: Estimate?
  /// The share of test pairs told apart, by similarity, for features as they are and normalised;
  /// empty where the test set has no pairs, or fewer than 40 samples.
  let verification: [PairSimilarity: (plain: Estimate, normalized: Estimate)]
  /// nil without features.
  let geometry: Geometry?
  let decisions: RunDecisions

  init(_ input: EvaluationInput) throws {
    self.input = input
    let embeddings = input.labelledEmbeddings
    decisions = RunDecisions(input)
    accuracy = decisions.predictions.map { .share($0.count { $0 }, of: $0.count) }
    geometry = try embeddings.map { try Geometry($0, proxies: input.proxies) }
    if let embeddings, let told = decisions.pairs,
      let pairs = VerificationPairs(labels: embeddings.labels)
    {
      let normalized = embeddings.normalized()
      verification = Dictionary(
        uniqueKeysWithValues: PairSimilarity.allCases.map { similarity in
          if similarity == .cosine { return (similarity, (told.accuracy, told.accuracy)) }
          func accuracy(_ embeddings: Embeddings) -> Estimate {
            pairs.decisions(pairs.scores(embeddings, similarity)).accuracy
          }
          return (similarity, (accuracy(embeddings), accuracy(normalized)))
        })
    } else {
      verification = [:]
    }
  }

  /// The columns of the tables. Normalised features have the same order of pairs under all three
  /// similarities, so they share a column.
  var metrics: [RunSummary.Metric] {
    var metrics: [RunSummary.Metric] = []
    if let accuracy {
      metrics.append(
        RunSummary.Metric(
          key: "accuracy", title: "Test accuracy", value: accuracy.value * 100,
          spread: accuracy.spread.map { $0 * 100 }, unit: "%", digits: 2, better: .higher,
          explanation:
            "The share of test samples whose class is predicted, by the loss's head or else by the "
            + "nearest other test sample; the exact 95 % interval."))
    }
    guard let geometry else { return metrics }
    metrics += [
      RunSummary.Metric(
        key: "angle-within", title: "Angle within classes",
        value: geometry.angleWithinClasses.value, spread: geometry.angleWithinClasses.spread,
        unit: "°", digits: 2, better: .lower,
        explanation:
          "The mean angle between a feature and the centre of its class; the interval takes "
          + "samples as independent."),
      RunSummary.Metric(
        key: "angle-between", title: "Smallest angle between centres",
        value: geometry.smallestAngleBetweenCenters, unit: "°", digits: 1, better: .higher,
        explanation: geometry.nearestClasses.map {
          "The angle between the two nearest class centres (mean directions); here "
            + "\(input.className($0.0)) and \(input.className($0.1))."
        } ?? "The angle between the two nearest class centres."),
    ]
    func verification(_ key: String, _ title: String, _ estimate: Estimate, _ what: String) {
      metrics.append(
        RunSummary.Metric(
          key: key, title: title, value: estimate.value * 100,
          spread: estimate.spread.map { $0 * 100 }, unit: "%", digits: 2, better: .higher,
          explanation:
            "The share of test pairs told apart as same or different class by \(what)"
            + ", with the threshold of the other nine of ten folds; interval over the folds. Half of "
            + "the pairs are of one class, so that guessing gives 50 %."))
    }
    if let cosine = self.verification[.cosine] {
      verification(
        RunSummary.Metric.decidingKey, "Pairs by cosine", cosine.plain,
        "the cosine, which is also what distance and inner product of normalised features give")
    }
    if let euclidean = self.verification[.euclidean] {
      verification(
        "verification-euclidean", "Pairs by distance", euclidean.plain,
        "the Euclidean distance of features as they are")
    }
    if let product = self.verification[.innerProduct] {
      verification(
        "verification-inner-product", "Pairs by inner product", product.plain,
        "the inner product of features as they are")
    }
    metrics.append(
      RunSummary.Metric(
        key: "norm", title: "Feature norm", value: geometry.meanNorm, unit: "", digits: 2,
        explanation: "The mean length of a feature."))
    metrics.append(
      RunSummary.Metric(
        key: "norm-deviation", title: "Norm deviation", value: geometry.normDeviation, unit: "",
        digits: 2, explanation: "The standard deviation of the features' lengths."))
    return metrics
  }
}

extension TrainingRun {
  /// The run as reports show it.
  func summary(_ judgement: Judgement) throws -> RunSummary {
    let lines = try metrics()
    let head = objective.head
    let terms = objective.specification.terms
    let embeddings = judgement.input.embeddings!
    var summary = RunSummary(
      name: directory.path.split(separator: "/").last.map(String.init) ?? configuration.loss,
      title: objective.specification.title,
      settings: terms.flatMap { term in
        term.entry.parameters.compactMap { parameter in
          let value = term.values[parameter.name]!
          // What changes nothing needs no words: only what is special is shown of the options.
          guard !parameter.isOption || value != parameter.defaultValue else { return nil }
          return RunSummary.Setting(
            name: terms.count > 1 ? "\(term.entry.name) \(parameter.name)" : parameter.name,
            value: value.description)
        }
      },
      trainingLoss: RunSummary.Curve(
        name: "Training loss",
        points: lines.compactMap { line in
          line.loss.map { RunSummary.Point(x: line.epoch, y: $0) }
        }),
      testAccuracy: RunSummary.Curve(
        name: "Test accuracy",
        points: lines.compactMap { line in
          line.testAccuracy.map { RunSummary.Point(x: line.epoch, y: $0 * 100) }
        }),
      metrics: judgement.metrics,
      features: RunSummary.Features(
        dimension: embeddings.dimension, values: embeddings.values,
        labels: dataset.test.labels, proxies: try head?.weights.elements(),
        proxiesAreNormalized: head?.loss.similarity.normalizesWeights ?? false))
    try summary.addFigures(judgement.input, scoresTitle: "as trained")
    try summary.addTriples(embeddings, dataset.test, dataset.classNames)
    summary.features?.pictures = try dataset.test.pictures?.sprite()
    return summary
  }

  /// Judges the trained run and writes summary, embeddings and figure into its folder.
  func writeResults(writesTensorBoard: Bool) throws -> (RunSummary, RunDecisions) {
    let judgement = try Judgement(EvaluationInput(self))
    let embeddings = judgement.input.embeddings!
    let summary = try summary(judgement)
    var file = Safetensors(entries: [
      "features": Safetensors.Entry(
        embeddings.values, shape: [embeddings.count, embeddings.dimension]),
      "labels": Safetensors.Entry(
        embeddings.labels.map(Int64.init), shape: [embeddings.count]),
      "predicted": Safetensors.Entry(
        judgement.input.predicted.map(Int64.init), shape: [embeddings.count]),
    ])
    if let head = objective.head {
      file.entries["weights"] = try Safetensors.Entry(head.weights)
      file.metadata[StoredSummary.normalizationKey] =
        head.loss.similarity.normalizesWeights ? "true" : "false"
    }
    try file.write(to: directory.embeddingsPath)
    var stored = summary
    stored.features = nil
    let sprite = summary.features?.pictures
    if let sprite { try AtomicFile.write(sprite.sprite, to: directory.spritePath) }
    try JSONFile.write(
      StoredSummary(
        run: stored, classNames: dataset.classNames,
        sprite: sprite.map {
          .init(tileWidth: $0.tileWidth, tileHeight: $0.tileHeight, columns: $0.columns)
        }), to: directory.summaryPath)
    try summary.writeFigures(classNames: dataset.classNames, to: directory.figuresPath)
    if writesTensorBoard { try writeTensorBoardResults(judgement, summary) }
    return (summary, judgement.decisions)
  }
}

/// What `summary.json` holds; the features are in `embeddings.safetensors`.
struct StoredSummary: Codable {
  /// The metadata of `embeddings.safetensors` that says whether only the weights' directions count.
  static let normalizationKey = "margin.weights-are-normalized"

  /// The test pictures as tiles of `sprite.png`.
  struct Sprite: Codable {
    var tileWidth, tileHeight, columns: Int
  }

  var run: RunSummary
  var classNames: [String]
  var sprite: Sprite?
}
