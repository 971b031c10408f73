import Datasets
import Evaluation
import Reports
import Training

extension Study {
  /// Where the proxies of C-contrastive and C-triplet lie.
  static let proxies = Study(
    name: "proxies",
    title: "A large margin pushes proxies away from their class centres",
    claim:
      "In the contrastive and the triplet loss between features and proxies, a proxy coincides with the "
      + "centre of its class if the margin m is 0; a large m pushes it away.",
    papers: [
      "Wang, Xiang, Cheng, Yuille, NormFace: L2 hypersphere embedding for face verification, 2017"
    ],
    data: [.mnist]
  ) { session in
    session.stageCount = 4
    let ten = try session.mnist()
    let two = try Dataset(
      name: "mnist, 0 and 1", train: ten.train.pictures!.only(0..<2),
      test: ten.test.pictures!.only(0..<2),
      classNames: Array(ten.classNames.prefix(2)))
    let margins = session.choose(smoke: [0.0, 1], quick: [0, 1], full: [0, 0.5, 1, 2, 4])
    let losses = [("C-contrastive", "c-contrastive"), ("C-triplet", "c-triplet")]
    let groups = try [two, ten].flatMap { dataset in
      try losses.map { title, loss in
        let ways = margins.map { margin in
          session.mnistWay(
            "\(title), \(dataset.classCount) classes, m = \(margin)", loss,
            ["margin": "\(margin)"], featureCount: 3)
        }
        return ProxyGroup(
          name: "\(title), \(dataset.classCount) classes", ways: ways,
          scores: try session.results(of: ways) { way, run in
            try ProxyScores(session.train(way.configuration, on: dataset, as: run))
          })
      }
    }

    for group in groups {
      for (margin, (way, scores)) in zip(margins, zip(group.ways, group.scores))
      where [0, 1, margins.last!].contains(margin) {
        try session.figure(
          "sphere-\(way.configuration.loss)-\(scores[0].angles.count)-"
            + way.configuration.lossSettings["margin"]!,
          scores[0].scores.figure(
            title: way.name,
            classNames: Array(ten.classNames.prefix(scores[0].angles.count)))!,
          caption:
            "Test digits, their mean directions (rings) and proxies (rays): \(way.name). The mean angle between a proxy and the "
            + "centre of its class is \(scores[0].meanAngle.cell(1))°.")
      }
    }
    try session.figure(
      "angles",
      Figures.curves(
        groups.map { group in
          (
            group.name,
            .init(
              name: "", points: zip(margins, group.angles).map { $1.point(at: $0) })
          )
        }, xTitle: "m", yTitle: "Angle between proxy and class centre, °"),
      caption: "The angle between a proxy and the centre of its class, by margin.")

    let one = margins.firstIndex(of: 1)!
    let moved = groups.map { ($0.name, Contrast($0.items(one), $0.items(0))) }
    return StudyResult(
      method:
        session.mnistMethod(ten)
        + ", with three features; and on the digits 0 and 1 among them alone. A class's centre is "
        + "the mean direction of its test digits. Margins are in squared distances of unit vectors: m = 1 "
        + "is an angle of 60°, m = 2 one of 90°, and 4, of 180°, is as much as there is.",
      tables: [
        StudyTable(
          "Proxies and class centres",
          columns: [
            "", "angle between proxy and centre °", "largest °", "angle within classes °",
            "smallest angle between centres °", "accuracy %",
          ],
          rows: groups.flatMap { group in
            zip(group.ways, zip(group.angles, group.scores)).map { way, numbers in
              let (angle, seeds) = numbers
              return [
                way.name, angle.cell(2),
                Estimate.over(seeds.map { Estimate($0.angles.max()!) }).cell(2),
                Estimate.over(seeds.map(\.scores.angleWithin)).cell(2),
                Estimate.over(seeds.map { Estimate($0.scores.angleBetween) }).cell(1),
                Estimate.over(seeds.map(\.scores.accuracy)).percent,
              ]
            }
          })
      ],
      findings: [
        Finding(
          "With m = 0 proxies and class centres coincide, to 5° in the mean",
          .init(
            groups.map { group in
              let angle = group.angles[0]
              // Proxies and centres that are all in one place coincide, and say nothing.
              if group.isCollapsed(0) { return .undecided }
              if angle.value > 5 { return (angle.lower ?? 6) > 5 ? .doesNotHold : .undecided }
              return (angle.upper ?? angle.value) <= 5 ? .holds : .undecided
            }),
          groups.map {
            "\($0.name): \($0.angles[0].cell(2))°"
              + ($0.isCollapsed(0) ? ", with classes in one place" : "")
          }.joined(separator: "; ")),
        Finding(
          "With m = 1 proxies are farther from the class centres than with m = 0",
          .init(moved.map(\.1.isLarger)),
          moved.map { "\($0): by \($1.signed(2))°" }.joined(separator: "; ")),
        Finding(
          "The larger m, the farther the proxies are",
          .init(
            groups.map { group in
              Finding.Verdict(
                growing: group.angles.map(\.value),
                Contrast(group.items(margins.count - 1), group.items(0)))
            }),
          groups.map { group in
            "\(group.name): "
              + zip(margins, group.angles).map { "\($0): \($1.value.cell(1))°" }
              .joined(separator: ", ")
          }.joined(separator: "; ")),
      ],
      caveats: [
        "C-contrastive with m = 0 only pulls: nothing but the start keeps its proxies apart. With two "
          + "classes they end opposite each other, farther apart than any margin but 4 asks for, so that "
          + "m has nothing to push.",
        "C-triplet with m = 0 asks only that a digit is nearer to its own proxy than to any other: where "
          + "all are, its loss is 0 and nothing draws proxies to the centres.",
      ])
  }
}

/// One loss on some classes, with every margin.
private struct ProxyGroup {
  var name: String
  var ways: [LossComparison.Way]
  /// By margin, then by seed.
  var scores: [[ProxyScores]]

  /// The mean angle between proxy and centre of each margin: over seeds, or over the classes.
  var angles: [Estimate] { ways.indices.map { .mean(items($0)) } }

  /// Whether the centres of some two classes are less than 10° apart, in the mean.
  func isCollapsed(_ margin: Int) -> Bool {
    Estimate.over(scores[margin].map { Estimate($0.scores.angleBetween) }).value < 10
  }

  /// The means of the seeds, or the angles of each class where there is one seed.
  func items(_ margin: Int) -> [Double] {
    let seeds = scores[margin]
    return seeds.count > 1 ? seeds.map(\.meanAngle) : seeds[0].angles
  }
}

private struct ProxyScores: Codable {
  var scores: RunScores
  /// Between the proxy and the centre of each class, in degrees.
  var angles: [Double]

  var meanAngle: Double { angles.reduce(0, +) / Double(angles.count) }

  init(_ run: TrainingRun) throws {
    let embeddings = try run.testEmbeddings()
    scores = try RunScores(run, embeddings)
    angles = try Geometry(
      embeddings, proxies: run.objective.head?.weights.elements()
    ).anglesToProxies!
  }
}

extension PictureSet {
  /// The pictures of some classes.
  fileprivate func only(_ classes: Range<Int32>) -> PictureSet {
    select(labels.indices.filter { classes.contains(labels[$0]) })
  }
}
