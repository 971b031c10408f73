import Datasets
import Evaluation
import Formats
import Foundation
import Reports
import Training

extension RunSummary {
  /// Adds what the figures of separation and scores are drawn from.
  ///
  /// - Parameters:
  ///   - input: What there is to judge.
  ///   - scoresTitle: What the scores are called before they are calibrated.
  /// - Throws: `EvaluationError`.
  mutating func addFigures(_ input: EvaluationInput, scoresTitle: String) throws {
    if let embeddings = input.labelledEmbeddings, embeddings.values.allSatisfy(\.isFinite) {
      // Half a hundred million pairs tell as much as more do.
      let count = min(embeddings.count, 10_000)
      let shown = embeddings.select((0..<count).map { $0 * embeddings.count / count })
      if let pairs = try? AllPairs(shown, .cosine) {
        separation = Separation(pairs)
        angles = Angles(pairs)
      }
    }
    if let found = input.scores {
      scores = try Scores(found, input.predictions, input.classNames, title: scoresTitle)
    }
  }
}

extension RunSummary {
  /// Adds the worst of the triples that fail, with their pictures.
  ///
  /// - Parameter samples: Those of the rows, at most 10,000.
  mutating func addTriples(_ embeddings: Embeddings, _ samples: Samples, _ names: [String])
    throws
  {
    // Every sample is held against every other, three times.
    guard (2...10_000).contains(embeddings.count), embeddings.values.allSatisfy(\.isFinite) else {
      return
    }
    func sample(_ index: Int) throws -> FailingTriples.Sample {
      let picture = samples.picture(index)
      return try FailingTriples.Sample(
        className: names[embeddings.labels[index]],
        picture: picture.map { try Data($0.png()) })
    }
    failingTriples = try PairSimilarity.allCases.map { similarity in
      let found = Evaluation.FailingTriples(
        embeddings, similarity, try MateRanks(embeddings, similarity), count: 4)
      return FailingTriples(
        similarity: similarity.title, share: found.share,
        triples: try found.worst.map {
          FailingTriples.Triple(
            anchor: try sample($0.anchor), mate: try sample($0.mate), other: try sample($0.other),
            mateSimilarity: $0.mateSimilarity, otherSimilarity: $0.otherSimilarity)
        })
    }
  }
}

extension PairSimilarity {
  fileprivate var title: String {
    switch self {
    case .cosine: "cosine"
    case .euclidean: "distance (negative)"
    case .innerProduct: "inner product"
    }
  }
}

extension RunSummary.Separation {
  fileprivate init(_ pairs: AllPairs) {
    let curve = pairs.curve
    let rate = [0.001, 0.01, 0.1].first { curve.resolves(falseAcceptRate: $0) }
    self.init(
      score: "cosine", positives: curve.positiveCount, negatives: curve.negativeCount,
      rates: curve.corners(400).map {
        RunSummary.Point(x: $0.falseAcceptRate, y: $0.trueAcceptRate)
      },
      equalErrorRate: curve.equalErrorRate,
      positiveScores: histogram(curve.thresholds, curve.positives, -1...1, 100) { $0 },
      negativeScores: histogram(curve.thresholds, curve.negatives, -1...1, 100) { $0 },
      threshold: rate.map { curve.point(falseAcceptRate: $0).threshold },
      thresholdNote: rate.map { "at a false accept rate of \(($0 * 100).formatted(1)) %" })
  }
}

extension RunSummary.Angles {
  fileprivate init(_ pairs: AllPairs) {
    let curve = pairs.curve
    func degrees(_ counts: [Int]) -> RunSummary.Histogram {
      histogram(curve.thresholds, counts, 0...180, 90) { acos(max(-1, min(1, $0))) * 180 / .pi }
    }
    self.init(within: degrees(curve.positives), between: degrees(curve.negatives))
  }
}

/// Counts of values in equal bins.
private func histogram(
  _ values: [Double], _ counts: [Int], _ range: ClosedRange<Double>, _ binCount: Int,
  _ transform: (Double) -> Double
) -> RunSummary.Histogram {
  let width = (range.upperBound - range.lowerBound) / Double(binCount)
  var bins = [Int](repeating: 0, count: binCount)
  for (value, count) in zip(values, counts) where count > 0 {
    let place = Int((transform(value) - range.lowerBound) / width)
    bins[max(0, min(place, binCount - 1))] += count
  }
  return RunSummary.Histogram(
    edges: (0...binCount).map { range.lowerBound + Double($0) * width }, counts: bins)
}

extension RunSummary.Scores {
  /// Reliability before and after a temperature that is fitted on the first half of the samples, both of
  /// the second half; as it is where there are fewer than 200, or more scores than are held at once.
  fileprivate init(
    _ scores: SampleScores, _ predictions: Predictions?, _ classNames: [String], title: String
  ) throws {
    func bins(_ scores: SampleScores) -> [RunSummary.Reliability.Bin] {
      Calibration.bins(scores).map {
        .init(
          lower: $0.lower, upper: $0.upper, count: $0.count, meanConfidence: $0.meanConfidence,
          accuracy: $0.accuracy)
      }
    }
    var (reliability, calibrated): (RunSummary.Reliability?, RunSummary.Reliability?)
    let half = scores.count / 2
    if half >= 100, let predictions {
      let rest = predictions.select(half..<predictions.count)
      let scaling = try Scaling(.temperature, fittedOn: predictions.select(0..<half))
      reliability = .init(title: title, bins: bins(SampleScores(rest)))
      calibrated = .init(
        title: "temperature \(scaling.temperature!.formatted(2))",
        bins: bins(SampleScores(try scaling(rest))))
    } else {
      reliability = .init(title: title, bins: bins(scores))
    }
    // A larger matrix is a file of megabytes, and no figure shows it.
    let confusion =
      scores.classCount <= Classification.largestConfusion
      ? RunSummary.Confusion(
        classNames: (0..<scores.classCount).map {
          $0 < classNames.count ? classNames[$0] : String($0)
        },
        counts: ConfusionMatrix(
          labels: scores.labels, predicted: scores.predicted, classCount: scores.classCount
        ).counts) : nil
    self.init(reliability: reliability, calibrated: calibrated, confusion: confusion)
  }
}

extension PictureSet {
  /// The pictures as small tiles of one PNG, for reports; nil for more than 10,000.
  func sprite() throws -> RunSummary.Pictures? {
    guard (1...10_000).contains(count), picture(0) != nil else { return nil }
    let sprites = TensorBoard.Sprites(count: count, largestSide: 2000) { picture($0)! }
    let sheet = sprites.sheet
    return RunSummary.Pictures(
      sprite: Data(
        try PNG.encode(
          pixels: sheet.pixels, width: sheet.width, height: sheet.height, channels: sheet.channels)),
      tileWidth: sprites.width, tileHeight: sprites.height,
      columns: sheet.width / sprites.width)
  }
}

extension RunSummary {
  /// The figures that there are numbers for, each as a file of a folder.
  func writeFigures(classNames: [String], to folder: String) throws {
    var figures: [String: String] = [:]
    figures["features"] = Figures.figure(for: self, classNames: classNames)
    if let separation {
      for (name, kind) in [("roc", RateCurves.roc), ("det", .det)] {
        figures[name] = Figures.rateCurves([(title, separation)], kind: kind)
      }
      figures["score-histogram"] = Figures.scoreHistogram(self)
    }
    if angles != nil { figures["angles"] = Figures.angleDistribution(self) }
    if failingTriples != nil { figures["failing-triples"] = Figures.failingTriples(self) }
    if scores?.reliability != nil { figures["reliability"] = Figures.reliability(self) }
    if scores?.confusion != nil { figures["confusion"] = Figures.confusion(self) }
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    for (name, figure) in figures {
      try AtomicFile.write(figure, to: folder + "/\(name).svg")
    }
  }
}
