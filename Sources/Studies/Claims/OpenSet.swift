import Datasets
import Evaluation
import Torch
import Training

extension Study {
  /// Every family of losses, judged on classes that no training has seen.
  static let openSet = Study(
    name: "open-set",
    title: "Losses judged on classes that were never seen",
    claim:
      "Where the classes to be told apart are not those of the training, softmax is not enough: losses on "
      + "cosines tell new classes apart better, more so with a margin, and so do losses of pairs and of "
      + "proxies.",
    papers: [
      "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017",
      "Wang et al., CosFace: Large margin cosine loss for deep face recognition, 2018",
      "Deng, Guo, Xue, Zafeiriou, ArcFace: Additive angular margin loss for deep face recognition, 2019",
      "Kim et al., Proxy anchor loss for deep metric learning, 2020",
      "Musgrave, Belongie, Lim, A metric learning reality check, 2020",
      "Lake, Salakhutdinov, Tenenbaum, Human-level concept learning through probabilistic program "
        + "induction, 2015",
    ],
    data: [.omniglot, .orl, .lfw]
  ) { session in
    session.stageCount = 3
    let members = session.choose(
      smoke: OpenSetMember.few, quick: OpenSetMember.all, full: OpenSetMember.all)
    let tasks = try [session.unseenCharacters(), session.unseenORL(), session.unseenLFW()]
    let groups = try tasks.map { task -> OpenSetResult.Group in
      let ways = members.map { task.way($0, session) }
      let scores = try session.results(of: ways) { way, run -> OpenSetScores in
        let split = try task.split(way.configuration.training.seed)
        guard way.configuration.loss != OpenSetMember.pixels.loss else {
          return try OpenSetScores(split.test.centeredPixels(), split)
        }
        let run = try session.train(way.configuration, on: split.train, as: run)
        return try OpenSetScores(run.network.embeddings(of: .pictures(split.test)), split)
      }
      return OpenSetResult.Group(task: task, scores: scores)
    }
    return try OpenSetResult(session: session, members: members, groups: groups).result()
  }
}

/// A loss that is compared, with what it is set to.
struct OpenSetMember: Sendable {
  enum Kind: Sendable { case pixels, softmax, cosines, proxies, pairs }

  var title: String
  /// Empty for the pixels, of which nothing is trained.
  var loss: String
  var settings: [String: String] = [:]
  var kind: Kind

  /// Of the losses of cosines, so that only the margin differs.
  private static let scale = "30"

  static let pixels = OpenSetMember(title: "pixels", loss: "", kind: .pixels)
  static let softmax = OpenSetMember(title: "softmax", loss: "softmax", kind: .softmax)
  static let center = OpenSetMember(
    title: "softmax + center", loss: "softmax+center", kind: .softmax)
  static let normFace = OpenSetMember(
    title: "NormFace", loss: "normface", settings: ["scale": scale], kind: .cosines)
  static let cosFace = OpenSetMember(
    title: "CosFace", loss: "cosface", settings: ["margin": "0.2", "scale": scale], kind: .cosines)
  static let arcFace = OpenSetMember(
    title: "ArcFace", loss: "arcface", settings: ["margin": "0.3", "scale": scale], kind: .cosines)
  private static let proxyAnchor = OpenSetMember(
    title: "Proxy-Anchor", loss: "proxy-anchor", kind: .proxies)
  private static let triplet = OpenSetMember(
    title: "triplet, semi-hard", loss: "triplet",
    settings: ["normalize": "yes", "margin": "0.2", "miner": "semi-hard", "average": "non-zero"],
    kind: .pairs)

  static let all = [
    pixels, softmax, center, normFace, cosFace, arcFace,
    OpenSetMember(title: "AdaCos", loss: "adacos", kind: .cosines),
    OpenSetMember(
      title: "SphereFace2", loss: "sphereface2", settings: ["margin": "0.2", "scale": scale],
      kind: .cosines),
    OpenSetMember(title: "Proxy-NCA", loss: "proxy-nca", kind: .proxies),
    proxyAnchor,
    OpenSetMember(title: "C-contrastive", loss: "c-contrastive", kind: .proxies),
    OpenSetMember(title: "C-triplet", loss: "c-triplet", kind: .proxies),
    OpenSetMember(
      title: "contrastive", loss: "contrastive",
      settings: ["normalize": "yes", "power": "1", "rule": "apart", "average": "non-zero"],
      kind: .pairs),
    triplet,
    OpenSetMember(title: "multi-similarity", loss: "multi-similarity", kind: .pairs),
    OpenSetMember(title: "SupCon", loss: "supcon", kind: .pairs),
  ]

  /// What shows that the study runs.
  static let few = [pixels, softmax, center, normFace, arcFace, proxyAnchor, triplet]
}

/// What features are worth for classes that were not trained on.
struct OpenSetScores: Codable {
  /// Of each picture that has another of its class: whether the nearest one by the cosine is of it.
  var findsMate: [Bool]
  var recall, meanAveragePrecision: Estimate
  var pairIsRight: [Bool]
  /// Of pairs told apart by the cosine.
  var pairs: Estimate
  /// Of each drawing that is to be told among 20 of its alphabet; empty where there are no such trials.
  var trialIsRight: [Bool]

  init(_ embeddings: Embeddings, _ split: OpenSetSplit) throws {
    let mates = try MateRanks(embeddings)
    let retrieval = try Retrieval(mates, labels: embeddings.labels, recallAt: [1])
    findsMate = mates.ranks.compactMap { $0.first.map { $0 == 1 } }
    (recall, meanAveragePrecision) = (
      retrieval.recalls[0].share, retrieval.meanAveragePrecisionAtR
    )
    let decisions = split.pairs.decisions(split.pairs.scores(embeddings, .cosine))
    (pairs, pairIsRight) = (decisions.accuracy, decisions.isRight)
    trialIsRight = split.trials?.isRight(embeddings) ?? []
  }

  /// The share of drawings told among 20, nil without trials.
  var trials: Estimate? {
    trialIsRight.isEmpty ? nil : .share(trialIsRight.count { $0 }, of: trialIsRight.count)
  }
}

extension PictureSet {
  /// The pixels as features, each picture with the mean 0: what the cosine tells without any training.
  fileprivate func centeredPixels() -> Embeddings {
    let size = pictureByteCount
    var values: [Float] = []
    values.reserveCapacity(pixels.count)
    for start in stride(from: 0, to: pixels.count, by: size) {
      let picture = pixels[start..<start + size]
      let mean = Float(picture.reduce(0) { $0 + Int($1) }) / Float(size)
      values += picture.map { Float($0) - mean }
    }
    return Embeddings(values: values, dimension: size, labels: labels.map { Int($0) })
  }
}
