import Datasets
import Evaluation
import Reports
import Torch
import Training

/// What the study `margins` shows of VGG-16: features of many dimensions, projected to three.
struct DeepMargins {
  var tables: [StudyTable]
  var method: String
}

extension StudySession {
  /// Trains VGG-16 with each loss of the family, and keeps projections of its features: in the full form;
  /// in the smoke form with a LeNet instead, to show that it runs; nil in the quick one. Batch normalisation
  /// makes do with few pictures.
  func deepMargins() throws -> DeepMargins? {
    guard form != .quick else { return nil }
    let network = choose(smoke: "lenet", quick: "", full: "vgg16-bn")
    let title = choose(smoke: "LeNet", quick: "", full: "VGG-16")
    let dataset = try dataset(
      .mnist, trainCount: choose(smoke: 512, quick: nil, full: 2000),
      testCount: choose(smoke: 300, quick: nil, full: 1000))
    let members = choose(
      smoke: Array(MarginFamily.members.suffix(1)), quick: [], full: MarginFamily.members)
    let epochs = choose(smoke: 1, quick: 0, full: 3)
    let results = try results(
      for: members, named: members.map { "\(title), \($0.title)" }
    ) { member in
      var configuration = RunConfiguration(
        dataset: "mnist", network: network, featureCount: 64, loss: member.loss,
        settings: member.settings, epochs: epochs, seed: seeds[0])
      // Few pictures make many steps.
      configuration.training.batchSize = 32
      configuration.fitAnnealing(to: dataset.train.count)
      return try ProjectedScores(
        train(configuration, on: dataset, as: "deep-\(member.loss)"),
        iterations: choose(smoke: 50, quick: 0, full: 500))
    }
    for (member, scores) in zip(members, results) {
      for (name, points) in [("PCA", scores.pca), ("t-SNE", scores.tsne)] {
        try figure(
          "deep-\(member.loss)-\(name.lowercased())",
          Figures.projection(
            RunSummary.Features(
              dimension: 3, values: points,
              labels: Array(dataset.test.labels.prefix(points.count / 3))),
            title: "\(title), \(member.title): \(name)",
            subtitle: "Directions of 64 features of \(points.count / 3) test digits",
            notes: name == "PCA"
              ? ["Three components with \((scores.explained * 100).cell(0)) % of the variance."]
              : ["Distances between groups and their sizes mean little in t-SNE."],
            classNames: dataset.classNames),
          caption: "\(name) of the features of \(title) with \(member.title).")
      }
    }
    let comparison = LossComparison(
      ways: members.map { LossComparison.Way($0.title, RunConfiguration()) },
      scores: results.map { [$0.scores] })
    return DeepMargins(
      tables: [
        comparison.table(
          "\(title) with 64 features",
          [.accuracy, .pairs(.cosine), .angleWithin, .angleBetween, .norm],
          note: "One seed; intervals over the test digits and pairs."),
        StudyTable(
          "What each margin changes with \(title)",
          columns: ["", "against", "accuracy, points", "pairs by cosine, points"],
          rows: members.compactMap { member in
            guard let without = member.without, members.contains(where: { $0.title == without })
            else { return nil }
            return [
              member.title, without,
              comparison.accuracy(member.title, minus: without).signed(2, times: 100),
              comparison.pairs(member.title, minus: without).signed(2, times: 100),
            ]
          },
          note:
            "On the same digits and pairs (McNemar); one seed tells nothing of others, so that no verdict "
            + "rests on it."),
      ],
      method:
        "\(title)\(choose(smoke: "", quick: "", full: " with batch normalisation")) and 64 features is trained on \(dataset.train.count) digits for \(epochs) "
        + "pass\(epochs == 1 ? "" : "es") in batches of 32, one seed, and judged on \(dataset.test.count) test digits: its "
        + "features are brought to unit length and projected to three dimensions.")
  }
}

/// The scores of a run with its first test features in three dimensions.
private struct ProjectedScores: Codable {
  var scores: RunScores
  /// Row-major [N, 3].
  var pca, tsne: [Float]
  /// The share of the variance that the three components have.
  var explained: Double

  init(_ run: TrainingRun, iterations: Int) throws {
    let embeddings = try run.testEmbeddings()
    scores = try RunScores(run, embeddings)
    let directions = try embeddings.prefix(800).normalized().tensor()
    let components = try PCA(directions, count: 3)
    pca = try components.transform(directions).elements()
    explained = components.explainedVarianceRatio.reduce(0, +)
    var projection = TSNE()
    projection.dimensions = 3
    projection.iterations = iterations
    tsne = try projection(directions).points
  }
}
