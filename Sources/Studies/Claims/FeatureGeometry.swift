import Datasets
import Evaluation
import Foundation
import Reports
import Training

extension Study {
  /// Softmax features lie along rays, so that only their angles tell classes apart.
  static let featureGeometry = Study(
    name: "feature-geometry",
    title: "The features of softmax are radial",
    claim:
      "Trained with softmax, the features of a class lie along a ray. Distance and inner product then "
      + "confuse classes that the cosine tells apart, so features are to be normalised before they are "
      + "compared.",
    papers: [
      "Wang, Xiang, Cheng, Yuille, NormFace: L2 hypersphere embedding for face verification, 2017",
      "Wen et al., A discriminative feature learning approach for deep face recognition, 2016",
    ],
    data: [.mnist]
  ) { session in
    let dataset = try session.mnist()
    let widths = [2, 3, 64]
    let cases = widths.flatMap { width in
      session.seeds.map { (width: width, seed: $0) }
    }
    let results = try session.results(
      for: cases, named: cases.map { "\($0.width) features, seed \($0.seed)" }
    ) {
      item in
      var configuration = session.mnistWay("", "softmax", featureCount: item.width).configuration
      configuration.training.seed = item.seed
      return try RadialScores(
        session.train(configuration, on: dataset, as: "\(item.width)-\(item.seed)"))
    }
    let groups = widths.map { width in
      zip(cases, results).filter { $0.0.width == width }.map(\.1)
    }

    for (width, group) in zip(widths, groups) {
      if let figure = group[0].scores.figure(
        title: "Softmax, \(width) features", classNames: dataset.classNames)
      {
        try session.figure(
          "features-\(width)", figure,
          caption: "The test digits by the \(width) features of a network trained with softmax.")
      }
    }
    try session.figure(
      "triples", groups[0][0].triples.figure(dataset, groups[0][0].failingShare),
      caption: "Digits for which distance and inner product put one of another class before one of "
        + "their own, while the cosine does not.")

    func row(_ width: Int, _ numbers: [String]) -> [String] { ["\(width) features"] + numbers }
    func over(_ group: [RadialScores], _ number: (RadialScores) -> Double) -> Estimate {
      .over(group.map { Estimate(number($0)) })
    }
    let pairs = StudyTable(
      "Pairs of test pictures told apart, %",
      columns: ["", "cosine = normalised", "distance", "inner product", "accuracy of the network"],
      rows: zip(widths, groups).map { width, group in
        row(
          width,
          PairSimilarity.allCases.map { similarity in
            Estimate.over(group.map { $0.scores.pairs[similarity]! }).percent
          } + [Estimate.over(group.map(\.scores.accuracy)).percent])
      },
      note:
        "Told apart as the same or different class, with the threshold of the other nine of ten folds. "
        + "Of features at unit length, distance and inner product order pairs as the cosine does.")
    let spread = StudyTable(
      "Spread within classes, and triples in the wrong order, %",
      columns: [
        "", "variance along the class's direction", "of a round cloud", "triples wrong by cosine",
        "by distance", "by inner product", "pictures that only the cosine saves",
      ],
      rows: zip(widths, groups).map { width, group in
        row(
          width,
          [over(group, \.radialShare).percent, (100 / Double(width)).cell(2)]
            + PairSimilarity.allCases.map { similarity in
              over(group) { $0.failingShare[similarity]! }.percent
            } + [over(group, \.triples.share).percent])
      },
      note:
        "A triple is wrong where a sample of another class is nearer than one of the same. The last "
        + "column: pictures with such a triple by distance and by inner product that the cosine orders "
        + "rightly.")

    let contrasts = [PairSimilarity.euclidean, .innerProduct].flatMap { other in
      zip(widths, groups).map { width, group in
        (
          name: "\(other == .euclidean ? "distance" : "inner product"), \(width) features",
          contrast: Contrast(
            group.map { $0.scores.pairIsRight[.cosine]! },
            group.map { $0.scores.pairIsRight[other]! })
        )
      }
    }
    // A round cloud of two features has half of its variance along any direction.
    let radial = zip(widths, groups).map { over($1, \.radialShare).value * Double($0) }
    return StudyResult(
      method:
        session.mnistMethod(dataset)
        + ", with a linear feature layer of 2, 3 or 64 outputs and softmax, compared on "
        + "the test digits. The variance of a class's features about their mean is split into the part "
        + "along the mean's direction and the rest; a round cloud of D dimensions has one part in D along "
        + "any direction.",
      tables: [pairs, spread],
      findings: [
        Finding(
          "More of the variance within a class is along its direction than in a round cloud",
          .init(radial.map { $0 > 1.2 ? .holds : $0 > 0.8 ? .undecided : .doesNotHold }),
          "as much as in a round cloud times "
            + zip(widths, radial).map { "\($1.cell(2)) (\($0) features)" }.joined(separator: ", ")),
        Finding(
          "Triples exist that distance and inner product order wrongly and the cosine rightly",
          groups[0].allSatisfy { $0.triples.share > 0 } ? .holds : .doesNotHold,
          "2 features: for \(over(groups[0], \.triples.share).percent) % of the pictures"),
        Finding(
          "The cosine tells pairs apart better than distance and inner product of features as they are",
          .init(contrasts.map(\.contrast.isLarger)),
          contrasts.map { "against \($0.name): \($0.contrast.points)" }.joined(separator: "; ")),
      ])
  }
}

/// What is radial about features.
private struct RadialScores: Codable {
  var scores: RunScores
  /// The part of the variance within classes that is along the classes' directions, pooled.
  var radialShare: Double
  /// The share of all triples that are in the wrong order, by similarity.
  var failingShare: [PairSimilarity: Double]
  var triples: SavedTriples

  init(_ run: TrainingRun) throws {
    let embeddings = try run.testEmbeddings()
    scores = try RunScores(run, embeddings)
    radialShare = Self.radialShare(embeddings)
    // Every sample is held against every other: 2,000 tell enough.
    let shown = embeddings.prefix(2000)
    failingShare = try Dictionary(
      uniqueKeysWithValues: PairSimilarity.allCases.map { similarity in
        (similarity, FailingTriples(shown, similarity, try MateRanks(shown, similarity)).share)
      })
    triples = SavedTriples(shown)
  }

  private static func radialShare(_ embeddings: Embeddings) -> Double {
    let width = embeddings.dimension
    let classCount = (embeddings.labels.max() ?? 0) + 1
    var means = [[Double]](repeating: [Double](repeating: 0, count: width), count: classCount)
    var counts = [Double](repeating: 0, count: classCount)
    for (i, label) in embeddings.labels.enumerated() {
      counts[label] += 1
      for k in 0..<width { means[label][k] += Double(embeddings.values[i * width + k]) }
    }
    for label in means.indices where counts[label] > 0 {
      for k in 0..<width { means[label][k] /= counts[label] }
    }
    var (radial, all) = (0.0, 0.0)
    for (i, label) in embeddings.labels.enumerated() {
      let mean = means[label]
      let norm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      var along = 0.0
      for k in 0..<width {
        let difference = Double(embeddings.values[i * width + k]) - mean[k]
        all += difference * difference
        along += difference * mean[k] / norm
      }
      radial += along * along
    }
    return all > 0 ? radial / all : .nan
  }
}

/// Triples that distance and inner product order wrongly, and the cosine rightly.
private struct SavedTriples: Codable {
  struct Triple: Codable {
    var anchor, mate, other: Int
    /// To the anchor; of the distance its negative.
    var mateSimilarity, otherSimilarity: [PairSimilarity: Double]
  }

  /// The share of samples with such a triple, of those with a mate.
  var share: Double
  /// One each of some samples.
  var examples: [Triple]

  /// The mate is the nearest by the cosine.
  init(_ embeddings: Embeddings) {
    let (count, width) = (embeddings.count, embeddings.dimension)
    let normalized = embeddings.normalized()
    func product(_ values: [Float], _ i: Int, _ j: Int) -> Double {
      (0..<width).reduce(0) { $0 + Double(values[i * width + $1]) * Double(values[j * width + $1]) }
    }
    let squares = (0..<count).map { product(embeddings.values, $0, $0) }
    var (found, withMate): ([Triple], Int) = ([], 0)
    for anchor in 0..<count {
      let cosines = (0..<count).map { product(normalized.values, anchor, $0) }
      let products = (0..<count).map { product(embeddings.values, anchor, $0) }
      func distance(_ i: Int) -> Double {
        max(0, squares[anchor] + squares[i] - 2 * products[i]).squareRoot()
      }
      let label = embeddings.labels[anchor]
      guard
        let mate = (0..<count).filter({ $0 != anchor && embeddings.labels[$0] == label })
          .max(by: { cosines[$0] < cosines[$1] })
      else { continue }
      withMate += 1
      let others = (0..<count).filter { other in
        embeddings.labels[other] != label && cosines[other] < cosines[mate]
          && products[other] > products[mate] && distance(other) < distance(mate)
      }
      if let other = others.min(by: { distance($0) < distance($1) }) {
        func similarities(_ i: Int) -> [PairSimilarity: Double] {
          [.euclidean: -distance(i), .innerProduct: products[i], .cosine: cosines[i]]
        }
        found.append(
          Triple(
            anchor: anchor, mate: mate, other: other, mateSimilarity: similarities(mate),
            otherSimilarity: similarities(other)))
      }
    }
    share = Double(found.count) / Double(max(withMate, 1))
    let step = max(1, found.count / 4)
    examples = stride(from: 0, to: found.count, by: step).prefix(4).map { found[$0] }
  }

  /// - Parameter shares: Of all triples that are in the wrong order, by similarity.
  func figure(_ dataset: Dataset, _ shares: [PairSimilarity: Double]) throws -> String {
    func sample(_ index: Int) throws -> RunSummary.FailingTriples.Sample {
      try .init(
        className: dataset.classNames[Int(dataset.test.labels[index])],
        picture: dataset.test.picture(index).map { try Data($0.png()) })
    }
    var run = RunSummary(
      name: "softmax", title: "Softmax", trainingLoss: .init(name: "", points: []),
      testAccuracy: .init(name: "", points: []))
    let columns: [(PairSimilarity, String)] = [
      (.euclidean, "distance (negative)"), (.innerProduct, "inner product"), (.cosine, "cosine"),
    ]
    run.failingTriples = try columns.map { similarity, title in
      .init(
        similarity: title, share: shares[similarity]!,
        triples: try examples.map {
          try .init(
            anchor: sample($0.anchor), mate: sample($0.mate), other: sample($0.other),
            mateSimilarity: $0.mateSimilarity[similarity]!,
            otherSimilarity: $0.otherSimilarity[similarity]!)
        })
    }
    return Figures.failingTriples(
      run,
      note:
        "Each row: a sample, the nearest of its own class by the cosine, and one of another class; below "
        + "them their classes, and the similarities to the first.")
  }
}
