import Datasets
import Evaluation
import Reports
import Torch
import Training

extension Study {
  /// The softmax family: what a margin does to the features.
  static let margins = Study(
    name: "margins",
    title: "Margins make classes compact and separate",
    claim:
      "A margin on the target's angle or cosine asks for more than a right answer. Features of a class "
      + "come closer together, classes move apart and are told apart better, and more pictures are "
      + "recognised; the larger the margin m, the closer.",
    papers: [
      "Liu et al., Large-margin softmax loss for convolutional neural networks, 2016",
      "Liu et al., SphereFace: Deep hypersphere embedding for face recognition, 2017",
      "Ranjan, Castillo, Chellappa, L2-constrained softmax loss for discriminative face verification, 2017",
      "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017",
      "Wang et al., CosFace: Large margin cosine loss for deep face recognition, 2018",
      "Deng, Guo, Xue, Zafeiriou, ArcFace: Additive angular margin loss for deep face recognition, 2019",
    ],
    data: [.mnist]
  ) { session in
    session.stageCount = session.choose(smoke: 2, quick: 1, full: 2)
    let dataset = try session.dataset(
      .mnist, trainCount: session.choose(smoke: 512, quick: 6000, full: 30_000),
      testCount: session.choose(smoke: 300, quick: 2000, full: nil))
    func way(
      _ name: String, _ loss: String, _ settings: [String: String], width: Int
    ) -> LossComparison.Way {
      var way = session.mnistWay(name, loss, settings, featureCount: width)
      way.configuration.training.epochs = session.choose(smoke: 1, quick: 4, full: 4)
      way.configuration.fitAnnealing(to: dataset.train.count)
      return way
    }
    let widths = session.choose(smoke: [3], quick: [2, 3], full: [2, 3])
    let sweep = MarginSweep(session)
    let comparison = try session.compare(
      widths.flatMap { width in
        MarginFamily.members.map {
          way("\($0.title), \(width) features", $0.loss, $0.settings, width: width)
        }
      } + sweep.added.map { way($0.name, $0.loss, $0.settings, width: 3) }, on: dataset)

    for width in widths {
      for member in MarginFamily.members {
        let name = "\(member.title), \(width) features"
        try session.figure(
          "\(member.loss)-\(width)",
          comparison[name][0].figure(title: name, classNames: dataset.classNames)!,
          caption: "The test digits: \(name).")
      }
    }
    try sweep.figures(comparison, session)
    let deep = try session.deepMargins()

    func contrasts(
      _ widths: [Int], _ contrast: (_ name: String, _ without: String) -> Contrast
    ) -> [(name: String, contrast: Contrast)] {
      widths.flatMap { width in
        MarginFamily.members.compactMap { member in
          member.without.map {
            let name = "\(member.title), \(width) features"
            return (name, contrast(name, "\($0), \(width) features"))
          }
        }
      }
    }
    let angles = contrasts(widths) {
      comparison.difference($1, minus: $0) { $0.angleWithin }
    }
    let distances = contrasts(widths) {
      comparison.difference($0, minus: $1) { $0.angleBetween }
    }
    let pairs = contrasts(widths) { comparison.pairs($0, minus: $1) }
    let accuracies = contrasts(widths) { comparison.accuracy($0, minus: $1) }
    func evidence(_ contrasts: [(name: String, contrast: Contrast)]) -> String {
      contrasts.map { "\($0.name): \($0.contrast.points)" }.joined(separator: "; ")
    }
    let columns: [LossComparison.Column] = [
      .accuracy, .pairs(.cosine), .angleWithin, .angleBetween, .norm,
    ]
    return StudyResult(
      method:
        session.mnistMethod(dataset, comparison.ways[0].configuration.training)
        + ", with two and three features; each margin is held against the same loss without it: "
        + "L-Softmax against softmax, A-Softmax against modified softmax, CosFace and ArcFace against NormFace at the same "
        + "scale. m and s are varied with three features. The scale of every loss of cosines rises to its "
        + "value over the first nine tenths of the training, as it does by default: a sweep of s is one of "
        + "where it ends. " + (deep?.method ?? ""),
      tables: [comparison.table("The softmax family, and the sweep of m and s", columns)]
        + [
          StudyTable(
            "What each margin changes",
            columns: [
              "", "against", "accuracy, points", "pairs by cosine, points", "angle within, °",
              "smallest angle between centres, °",
            ],
            rows: accuracies.indices.map { index in
              let name = accuracies[index].name
              let angle = angles[index].contrast.difference
              return [
                name, MarginFamily.members.first { name.hasPrefix($0.title) }!.without!,
                accuracies[index].contrast.signed(2, times: 100),
                pairs[index].contrast.signed(2, times: 100),
                (-angle.value).cell(2) + (angle.spread.map { " ± \($0.cell(2))" } ?? ""),
                distances[index].contrast.signed(1),
              ]
            },
            note:
              "Paired: over seeds (Student), or with one seed on the same digits and pairs (McNemar)."
          )
        ] + (deep?.tables ?? []),
      findings: [
        Finding(
          "With a margin features are nearer to the centre of their class than without",
          .init(angles.map(\.contrast.isLarger)),
          angles.map { "\($0.name): nearer by \($0.contrast.difference.cell(2))°" }
            .joined(separator: "; ")),
        Finding(
          "With a margin the nearest centres are farther apart",
          .init(distances.map(\.contrast.isLarger)),
          distances.map { "\($0.name): \($0.contrast.signed(1))°" }.joined(separator: "; ")),
        Finding(
          "With a margin the cosine tells more pairs apart", .init(pairs.map(\.contrast.isLarger)),
          evidence(pairs)),
        Finding(
          "With a margin more digits are recognised", .init(accuracies.map(\.contrast.isLarger)),
          evidence(accuracies)),
      ] + sweep.findings(comparison),
      caveats: [
        "The margins are those that suit ten digits in two or three dimensions, not the papers' for "
          + "thousands of persons.",
        "The annealings of L-Softmax and A-Softmax are the published ones, pressed into the length of "
          + "these trainings: their margins are there from half-way on, that of A-Softmax with a sixth of "
          + "the weight, as published (λ = 5).",
        "The scale in the middle that is held against the smallest and the largest is the best of its "
          + "kind on the same pairs: a little in its favour.",
        deep == nil
          ? "VGG-16 is in the full form only."
          : "VGG-16 is trained once and with few digits, to look at its features: no verdict rests on it.",
      ])
  }
}

/// The losses that are compared, and what each is without its margin.
struct MarginFamily {
  var title, loss: String
  var settings: [String: String] = [:]
  var without: String?

  /// Of the losses of cosines, so that only the margin differs.
  static let scale = "30"

  static let members = [
    // L-Softmax has no offsets.
    MarginFamily(title: "softmax", loss: "softmax", settings: ["bias": "none"]),
    MarginFamily(title: "modified softmax", loss: "modified-softmax"),
    MarginFamily(
      title: "L-Softmax m=2", loss: "l-softmax", settings: ["m": "2"], without: "softmax"),
    MarginFamily(
      title: "A-Softmax m=4", loss: "a-softmax", settings: ["m": "4"], without: "modified softmax"),
    MarginFamily(title: "L2-softmax", loss: "l2-softmax"),
    MarginFamily(title: "NormFace", loss: "normface", settings: ["scale": scale]),
    MarginFamily(
      title: "CosFace m=0.1", loss: "cosface", settings: ["margin": "0.1", "scale": scale],
      without: "NormFace"),
    MarginFamily(
      title: "ArcFace m=0.3", loss: "arcface", settings: ["margin": "0.3", "scale": scale],
      without: "NormFace"),
  ]
}

extension RunConfiguration {
  /// Brings the annealing of a margin that multiplies the angle to its end half-way, with any number of
  /// steps: λ falls from 1000 to 0.4 there with L-Softmax, as in its published training, and to its least
  /// value, 5, with A-Softmax. Other losses stay as they are.
  mutating func fitAnnealing(to trainCount: Int) {
    let steps = Double((trainCount + training.batchSize - 1) / training.batchSize * training.epochs)
    switch loss {
    case "l-softmax": lossSettings["lambda-gamma"] = "\(0.25 / (0.5 * steps))"
    case "a-softmax": lossSettings["lambda-gamma"] = "\(199 / (0.5 * steps))"
    default: break
    }
  }
}
