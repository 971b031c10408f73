import Datasets
import Evaluation
import Reports
import Training

extension Study {
  /// Losses of pairs and triplets with each way of choosing them, beside proxies.
  static let sampling = Study(
    name: "sampling",
    title: "Proxies spare the choice of pairs and triplets",
    claim:
      "Of N samples there are about N² pairs and N³ triplets, most of which teach nothing: losses of pairs "
      + "and triplets learn slowly unless the right ones are chosen, and collapse if only the hardest are. "
      + "With proxies there are N·C terms, nothing to choose, and learning is faster.",
    papers: [
      "Schroff, Kalenichenko, Philbin, FaceNet: A unified embedding for face recognition and clustering, 2015",
      "Hermans, Beyer, Leibe, In defense of the triplet loss for person re-identification, 2017",
      "Wu, Manmatha, Smola, Krähenbühl, Sampling matters in deep embedding learning, 2017",
      "Movshovitz-Attias et al., No fuss distance metric learning using proxies, 2017",
      "Wang, Xiang, Cheng, Yuille, NormFace: L2 hypersphere embedding for face verification, 2017",
    ],
    data: [.mnist]
  ) { session in
    // Time is compared: that of several threads is not what the work takes.
    try session.useOneThread()
    let dataset = try session.dataset(
      .mnist, trainCount: session.choose(smoke: 512, quick: 6000, full: 30_000),
      testCount: session.choose(smoke: 300, quick: 2000, full: 2000))
    let sources = TupleSource.all
    let ways = sources.map { source in
      var way = session.mnistWay(source.name, source.loss, source.settings, featureCount: 16)
      way.configuration.training.epochs = session.choose(smoke: 1, quick: 4, full: 3)
      way.configuration.training.batchSize = 128
      // Over long before losses are first compared.
      way.configuration.training.warmUp = 0.01
      return way
    }
    let courses = try session.results(of: ways) { way, _ in
      let source = sources.first { $0.name == way.name }!
      return source.isMinedOffline
        ? try session.offlineTriplets(
          way.configuration, on: dataset, margin: TupleSource.tripletMargin)
        : try session.course(
          way.configuration, on: dataset, points: session.choose(smoke: 2, quick: 12, full: 12)
        ) { network, objective in
          try RetrievalScores(network, objective, dataset)
        }
    }
    return try SamplingResult(
      session: session, sources: sources, courses: courses, dataset: dataset,
      training: ways[0].configuration.training
    ).result()
  }
}

/// What a loss is computed of, and which of them it takes.
struct TupleSource {
  enum Kind: String { case pairs, triplets, proxies }

  var name, loss: String
  var settings: [String: String]
  var kind: Kind
  /// Whether triplets are chosen from much of the set at a time, not from a batch.
  var isMinedOffline = false

  /// The name without the loss that it has in common with others: "semi-hard".
  var choice: String { name.split(separator: ", ", maxSplits: 1).last.map(String.init) ?? name }

  /// FaceNet's, of squared distances of unit vectors.
  static let tripletMargin = 0.2

  static let all: [TupleSource] = [
    contrastive("all pairs", [:]),
    contrastive("active pairs, apart", ["rule": "apart", "average": "non-zero"]),
    contrastive("active pairs, p = 1", ["power": "1", "rule": "apart", "average": "non-zero"]),
    triplet("all", [:]),
    triplet("all active", ["average": "non-zero"]),
    triplet("semi-hard", ["miner": "semi-hard"]),
    triplet("nearest semi-hard", ["miner": "semi-hard", "rule": "nearest"]),
    triplet("nearest or farthest", ["miner": "semi-hard", "rule": "nearest-or-farthest"]),
    triplet("hard", ["miner": "hard"]),
    triplet("easy positive", ["miner": "easy-positive"]),
    TupleSource(
      name: "triplet, mined offline", loss: "triplet",
      settings: ["normalize": "yes", "margin": "\(tripletMargin)"], kind: .triplets,
      isMinedOffline: true),
    TupleSource(name: "NormFace", loss: "normface", settings: [:], kind: .proxies),
    TupleSource(name: "C-contrastive", loss: "c-contrastive", settings: [:], kind: .proxies),
    TupleSource(name: "C-triplet", loss: "c-triplet", settings: [:], kind: .proxies),
  ]

  private static func contrastive(_ choice: String, _ settings: [String: String]) -> TupleSource {
    TupleSource(
      name: "contrastive, \(choice)", loss: "contrastive",
      settings: settings.merging(["normalize": "yes"]) { $1 }, kind: .pairs)
  }

  private static func triplet(_ choice: String, _ settings: [String: String]) -> TupleSource {
    TupleSource(
      name: "triplet, \(choice)", loss: "triplet",
      settings: settings.merging(["normalize": "yes", "margin": "\(tripletMargin)"]) { $1 },
      kind: .triplets)
  }
}
