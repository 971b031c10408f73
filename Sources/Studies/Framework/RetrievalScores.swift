import Datasets
import Evaluation
import Losses
import Networks
import Torch
import Training

/// What features are worth by themselves, with or without a head.
struct RetrievalScores: Codable {
  /// Whether the nearest other test sample by the cosine is of the same class, for each one.
  var isRight: [Bool]
  /// Whether each test pair is told apart by the cosine.
  var pairIsRight: [Bool]
  /// The mean cosine of the test pairs of different classes: near 1 where all features are the same.
  var differentCosine: Double
  /// What the loss is for features that are all the same.
  var collapsedLoss: Double

  /// Recall@1.
  var recall: Estimate { .share(isRight.count { $0 }, of: isRight.count) }

  init(_ network: Network, _ objective: Objective, _ dataset: Dataset) throws {
    try self.init(
      network, dataset,
      collapsedLoss: withoutGradients {
        // The labels of some training samples, as a batch has them.
        let labels = try Tensor(dataset.train.labels.prefix(128).map { Int64($0) })
        let features = try Tensor.ones([labels.shape[0], network.featureCount])
        return try objective(features, labels: labels).item()
      })
  }

  init(_ network: Network, _ dataset: Dataset, collapsedLoss: Double) throws {
    let embeddings = try network.embeddings(of: dataset.test)
    isRight = try MateRanks(embeddings).ranks.map { $0.first == 1 }
    let pairs = VerificationPairs(labels: embeddings.labels)!
    let scores = pairs.scores(embeddings, .cosine)
    pairIsRight = pairs.decisions(scores).isRight
    let different = zip(pairs.pairs, scores).filter { !$0.0.isSame }.map(\.1)
    differentCosine = different.reduce(0, +) / Double(different.count)
    self.collapsedLoss = collapsedLoss
  }
}
