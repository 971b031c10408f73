import Datasets
import Evaluation
import Networks
import Reports
import Torch
import Training

/// What a trained run is worth on its test set: the numbers that most studies compare.
public struct RunScores: Codable, Sendable {
  /// Without a head, by the nearest other test sample.
  public var accuracy: Estimate
  /// Whether each test sample is predicted: for paired tests.
  public var isRight: [Bool]
  /// The mean angle between a feature and the centre of its class, in degrees.
  public var angleWithin: Estimate
  /// The smallest angle between two class centres, in degrees.
  public var angleBetween: Double
  /// Between over within the classes, of features as they are.
  public var fisherRatio: Double
  public var meanNorm, normDeviation: Double
  /// The share of test pairs told apart, over ten folds, by similarity, of features as they are. Of
  /// features at unit length all three order pairs as the cosine does.
  public var pairs: [PairSimilarity: Estimate]
  /// Whether each test pair is told apart: for paired tests.
  public var pairIsRight: [PairSimilarity: [Bool]]
  /// The test features with their proxies, where there are three or fewer.
  public var features: RunSummary.Features?
  /// The mean loss of the last tenth of the training.
  public var finalLoss: Double
  /// Over the steps.
  public var lossCurve: RunSummary.Curve

  public init(_ run: TrainingRun) throws {
    try self.init(run, run.testEmbeddings())
  }

  /// - Parameters:
  ///   - run: A trained one.
  ///   - embeddings: Its `testEmbeddings()`, for those who need them besides.
  init(_ run: TrainingRun, _ embeddings: Embeddings) throws {
    let labels = embeddings.labels
    let predicted = try run.objective.predictions(
      embeddings.tensor(), labels: run.dataset.test.labels)
    isRight = zip(predicted, labels).map { $0 == $1 }
    accuracy = .share(isRight.count { $0 }, of: labels.count)

    let geometry = try Geometry(embeddings)
    angleWithin = geometry.angleWithinClasses
    angleBetween = geometry.smallestAngleBetweenCenters
    fisherRatio = embeddings.fisherRatio()
    (meanNorm, normDeviation) = (geometry.meanNorm, geometry.normDeviation)

    (pairs, pairIsRight) = ([:], [:])
    if labels.count >= 40, let drawn = VerificationPairs(labels: labels) {
      for similarity in PairSimilarity.allCases {
        let decisions = drawn.decisions(drawn.scores(embeddings, similarity))
        (pairs[similarity], pairIsRight[similarity]) = (decisions.accuracy, decisions.isRight)
      }
    }

    if embeddings.dimension <= 3 {
      features = RunSummary.Features(
        dimension: embeddings.dimension, values: embeddings.values,
        labels: run.dataset.test.labels, proxies: try run.objective.head?.weights.elements(),
        proxiesAreNormalized: run.objective.head?.loss.similarity.normalizesWeights ?? false)
    }
    let lines = try run.metrics()
    lossCurve = RunSummary.Curve(
      name: "Training loss",
      points: lines.compactMap { line in
        line.loss.map { RunSummary.Point(x: line.epoch, y: $0) }
      })
    let last = lossCurve.points.suffix(max(1, lossCurve.points.count / 10))
    finalLoss = last.reduce(0) { $0 + $1.y } / Double(max(last.count, 1))
  }

  /// The share of test samples that are not predicted.
  public var error: Estimate { .share(isRight.count { !$0 }, of: isRight.count) }

  /// The figure of two or three features, nil of more.
  public func figure(title: String, classNames: [String]) -> String? {
    guard features != nil else { return nil }
    return Figures.figure(
      for: RunSummary(
        name: title, title: title, trainingLoss: lossCurve,
        testAccuracy: RunSummary.Curve(name: "Test accuracy", points: []), features: features),
      classNames: classNames)
  }
}

extension TrainingRun {
  /// The features of the test set with their classes.
  public func testEmbeddings() throws -> Embeddings { try network.embeddings(of: dataset.test) }
}

extension Network {
  /// The features of samples with their classes.
  public func embeddings(of samples: Samples) throws -> Embeddings {
    Embeddings(
      values: try features(of: samples).elements(), dimension: featureCount,
      labels: samples.labels.map { Int($0) })
  }
}
