import Evaluation
import Foundation
import Testing

/// Numbers of scikit-learn and SciPy: see Utilities/Reference/evaluation.py.
private struct Golden: Decodable {
  struct Ranking: Decodable {
    let scores: [Double]
    let isPositive: [Bool]
    let area, averagePrecision: Double
    let falseAcceptRates, trueAcceptRates, precisions, recalls: [Double]
  }
  struct ClassificationCase: Decodable {
    let classCount: Int
    let logits: [Float]
    let labels: [Int]
    let accuracy, top2, balancedAccuracy, macroF1: Double
    let precision, recall, f1: [Double]
    let confusion: [Int]
    let negativeLogLikelihood, macroArea, brier: Double
    let binCounts: [Int]
    let binAccuracies, binConfidences: [Double]
    let calibrationError, maximumCalibrationError: Double
    let temperature, temperatureLoss, vectorLoss: Double
    let platt: [Double]?
  }
  struct Retrieval: Decodable {
    let features: [Float]
    let labels: [Int]
    let recalls: [String: Double]
    let rPrecision, meanAveragePrecisionAtR: Double
    let pairArea, pairAreaEuclidean, pairAreaInnerProduct: Double
  }
  struct Uncertainty: Decodable {
    let shares: [[Int]]
    let exactIntervals: [[Double]]
    let mcnemar: [[Double]]
    let first, second: [Double]
    let pairedPValue: Double
    let clusters, classes: [Int]
    let normalizedMutualInformation: Double
  }

  let ranking: Ranking
  let classification: [ClassificationCase]
  let retrieval: Retrieval
  let uncertainty: Uncertainty

  static let all: Golden = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/evaluation.json")
    return try! JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
  }()
}

private func expectEqual(
  _ a: [Double], _ b: [Double], within tolerance: Double = 1e-12,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.count == b.count, sourceLocation: sourceLocation)
  for (x, y) in zip(a, b) {
    #expect(abs(x - y) <= tolerance, "\(x), \(y)", sourceLocation: sourceLocation)
  }
}

@Suite("Evaluation against scikit-learn and SciPy")
struct EvaluationGoldenTests {
  private let golden = Golden.all

  @Test("ROC and precision-recall, with equal scores")
  func ranking() throws {
    let expected = golden.ranking
    let curve = try RankingCurve(scores: expected.scores, isPositive: expected.isPositive)
    #expect(abs(curve.area - expected.area) < 1e-12)
    #expect(abs(curve.averagePrecision - expected.averagePrecision) < 1e-12)
    expectEqual(curve.points.map(\.falseAcceptRate), expected.falseAcceptRates)
    expectEqual(curve.points.map(\.trueAcceptRate), expected.trueAcceptRates)
    // scikit-learn leaves out what comes after full recall.
    let count = expected.precisions.count
    let pairs = Array(curve.precisionRecall.prefix(count))
    expectEqual(pairs.map(\.precision), expected.precisions)
    expectEqual(pairs.map(\.recall), expected.recalls)
  }

  @Test("classification", arguments: 0..<2)
  func classification(index: Int) throws {
    let expected = golden.classification[index]
    let predictions = try Predictions(
      .logits, expected.logits, classCount: expected.classCount, labels: expected.labels)
    let result = try Classification(
      predictions, top: [2], resampling: Resampling(replicates: 50))
    #expect(result.accuracy.value == expected.accuracy)
    #expect(abs(result.zeroOneLoss.value - (1 - expected.accuracy)) < 1e-12)
    if expected.classCount > 2 { #expect(result.topAccuracies[0].share.value == expected.top2) }
    #expect(abs(result.balancedAccuracy.value - expected.balancedAccuracy) < 1e-12)
    #expect(abs(result.macroF1 - expected.macroF1) < 1e-12)
    expectEqual(result.classScores.map(\.precision), expected.precision)
    expectEqual(result.classScores.map(\.recall), expected.recall)
    expectEqual(result.classScores.map(\.f1), expected.f1)
    #expect(result.confusion?.counts == expected.confusion)
    // Probabilities are kept in float32.
    #expect(
      abs(result.negativeLogLikelihood.value - expected.negativeLogLikelihood) < 1e-6)
    #expect(abs(result.macroArea - expected.macroArea) < 1e-9)
  }

  @Test("a block of samples at a time gives the same numbers", arguments: 0..<2)
  func blocks(index: Int) throws {
    let expected = golden.classification[index]
    let (classCount, count) = (expected.classCount, expected.labels.count)
    let whole = try Predictions(
      .logits, expected.logits, classCount: classCount, labels: expected.labels)
    var scores = SampleScores(classCount: classCount)
    for start in stride(from: 0, to: count, by: 7) {
      let rows = start..<min(start + 7, count)
      try scores.append(
        Predictions(
          .logits,
          Array(expected.logits[rows.lowerBound * classCount..<rows.upperBound * classCount]),
          classCount: classCount, labels: Array(expected.labels[rows])))
    }
    #expect(scores.predicted == whole.predicted && scores.confidences == whole.confidences)
    let resampling = Resampling(replicates: 50)
    let (a, b) = (
      try Classification(whole, top: [2], resampling: resampling),
      try Classification(scores, top: [2], resampling: resampling)
    )
    #expect(a.accuracy == b.accuracy && a.balancedAccuracy == b.balancedAccuracy)
    #expect(a.topAccuracies.map(\.share) == b.topAccuracies.map(\.share))
    #expect(a.classScores.map(\.count) == b.classScores.map(\.count))
    #expect(b.areas.isEmpty && b.macroArea.isNaN)
    let (c, d) = (
      try Calibration(whole, resampling: resampling),
      try Calibration(scores, resampling: resampling)
    )
    #expect(c.equalWidthBins.map(\.count) == d.equalWidthBins.map(\.count))
    #expect(c.equalMassError == d.equalMassError && c.brierScore == d.brierScore)
    #expect(d.classwiseError.isNaN && d.extremeProbabilityShare.isNaN)
    // A row is named as it is counted in the whole.
    let error = #expect(throws: EvaluationError.self) {
      try Predictions(.logits, [0, .nan], classCount: 2, labels: [0], firstRow: 40)
    }
    #expect(error?.description.contains("row 40, class 1") == true)
  }

  @Test("calibration and scaling", arguments: 0..<2)
  func calibration(index: Int) throws {
    let expected = golden.classification[index]
    let predictions = try Predictions(
      .logits, expected.logits, classCount: expected.classCount, labels: expected.labels)
    let result = try Calibration(
      predictions, binCount: 10, resampling: Resampling(replicates: 50))
    #expect(result.equalWidthBins.map(\.count) == expected.binCounts)
    let bins = result.equalWidthBins.filter { $0.count > 0 }
    expectEqual(bins.map(\.accuracy), expected.binAccuracies)
    expectEqual(bins.map(\.meanConfidence), expected.binConfidences, within: 1e-6)
    #expect(abs(result.equalWidthError.value - expected.calibrationError) < 1e-6)
    #expect(abs(result.maximumError - expected.maximumCalibrationError) < 1e-6)
    #expect(abs(result.brierScore.value - expected.brier) < 1e-6)

    let temperature = try Scaling(.temperature, fittedOn: predictions)
    #expect(abs(temperature.temperature! - expected.temperature) < 1e-5)
    #expect(abs(temperature.lossAfter - expected.temperatureLoss) < 1e-6)
    let vector = try Scaling(.vector, fittedOn: predictions)
    #expect(abs(vector.lossAfter - expected.vectorLoss) < 1e-6)
    let scaled = try temperature(predictions)
    #expect(scaled.predicted == predictions.predicted)
    if let platt = expected.platt {
      let fitted = try Scaling(.platt, fittedOn: predictions)
      expectEqual([fitted.factors[0], fitted.offsets[0]], platt, within: 1e-4)
    } else {
      #expect(throws: EvaluationError.self) { try Scaling(.platt, fittedOn: predictions) }
    }
  }

  @Test("retrieval, and the ROC of all pairs")
  func retrieval() throws {
    let expected = golden.retrieval
    let embeddings = Embeddings(
      values: expected.features, dimension: 6, labels: expected.labels)
    let mates = try MateRanks(embeddings)
    let result = try Retrieval(
      mates, labels: expected.labels, resampling: Resampling(replicates: 50))
    for (k, share) in result.recalls {
      #expect(abs(share.value - expected.recalls["\(k)"]!) < 1e-12)
    }
    #expect(abs(result.rPrecision.value - expected.rPrecision) < 1e-12)
    #expect(
      abs(result.meanAveragePrecisionAtR.value - expected.meanAveragePrecisionAtR) < 1e-12)
    // Within what a bin hides.
    for (similarity, area) in [
      (PairSimilarity.cosine, expected.pairArea), (.euclidean, expected.pairAreaEuclidean),
      (.innerProduct, expected.pairAreaInnerProduct),
    ] {
      let pairs = try AllPairs(embeddings, similarity)
      #expect(pairs.positiveCount + pairs.negativeCount == 90 * 89 / 2)
      #expect(abs(pairs.curve.area - area) < 1e-4, "\(similarity)")
    }
  }

  @Test("intervals and tests")
  func uncertainty() throws {
    let expected = golden.uncertainty
    for (share, interval) in zip(expected.shares, expected.exactIntervals) {
      let estimate = Estimate.share(share[0], of: share[1])
      expectEqual([estimate.lower!, estimate.upper!], interval, within: 1e-9)
    }
    for row in expected.mcnemar {
      let (b, c) = (Int(row[0]), Int(row[1]))
      let first = [Bool](repeating: true, count: b) + [Bool](repeating: false, count: c)
      let padding = [Bool](repeating: true, count: 20)
      let test = PairedTest(first: first + padding, second: first.map { !$0 } + padding)
      #expect(abs(test.pValue - row[2]) < 1e-9)
      #expect(test.difference.interval!.contains(test.difference.value))
    }
    let paired = PairedTest(first: expected.first, second: expected.second)
    #expect(abs(paired.pValue - expected.pairedPValue) < 1e-9)
    #expect(
      abs(
        Clustering.mutualInformation(expected.classes, expected.clusters)
          - expected.normalizedMutualInformation) < 1e-12)
  }
}
