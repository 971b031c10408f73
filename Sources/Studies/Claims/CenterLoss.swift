import Evaluation
import Reports
import Training

extension Study {
  /// Center loss beside softmax, over its factor and the rate of its centres.
  static let centerLoss = Study(
    name: "center-loss",
    title: "Center loss makes classes compact",
    claim:
      "Softmax with a center loss beside it gives features that are compact as well as separate: the "
      + "larger its factor λ, the more compact, with an accuracy that is stable over a wide range of λ "
      + "and of the centres' rate α.",
    papers: [
      "Wen, Zhang, Li, Qiao, A discriminative feature learning approach for deep face recognition, 2016"
    ],
    data: [.mnist]
  ) { session in
    let dataset = try session.mnist()
    let factors = session.choose(
      smoke: [0.1], quick: [0.001, 0.01, 0.1, 1], full: [0.0001, 0.001, 0.01, 0.1, 1])
    let rates = session.choose(smoke: [], quick: [0.05, 0.95], full: [0.01, 0.1, 0.9])
    let swept = factors.map { factor in
      session.mnistWay("λ = \(factor)", "softmax+center", ["weight": "\(factor)"])
    }
    let comparison = try session.compare(
      [session.mnistWay("softmax", "softmax")] + swept
        + rates.map {
          session.mnistWay(
            "λ = 0.1, α = \($0)", "softmax+center", ["weight": "0.1", "center-rate": "\($0)"])
        }, on: dataset)

    try session.figure(
      "features-softmax",
      comparison["softmax"][0].figure(title: "Softmax", classNames: dataset.classNames)!,
      caption: "The test digits with softmax alone.")
    for (factor, way) in zip(factors, swept) {
      try session.figure(
        "features-\(factor)",
        comparison[way.name][0].figure(
          title: "Softmax + center loss, \(way.name)", classNames: dataset.classNames)!,
        caption: "The test digits with \(way.name).")
    }
    let course = zip(factors, swept).map { (x: $0, way: $1.name) }
    try session.figure(
      "pairs",
      Figures.curves(
        [
          ("by distance", comparison.curve(over: course, times: 100) { $0.pairs[.euclidean]! }),
          ("by cosine", comparison.curve(over: course, times: 100) { $0.pairs[.cosine]! }),
          ("accuracy", comparison.curve(over: course, times: 100, \.accuracy)),
        ], xTitle: "λ", xIsLogarithmic: true, yTitle: "Right, %"),
      caption: "Pairs told apart, and test digits recognised, by the factor of the center loss.")

    func scatter(_ name: String) -> Estimate {
      .over(comparison[name].map { Estimate(1 / $0.fisherRatio) })
    }
    let names = ["softmax"] + swept.map(\.name)
    let scatters = names.map(scatter)
    let distances = swept.map { comparison.pairs($0.name, minus: "softmax", by: .euclidean) }
    let accuracies = comparison.ways.dropFirst().map {
      (name: $0.name, contrast: comparison.accuracy($0.name, minus: "softmax"))
    }
    return StudyResult(
      method:
        session.mnistMethod(dataset)
        + ", with two features; softmax alone, and with a center loss of factor λ, whose "
        + "centres move by the rate α = 0.5, then with other rates.",
      tables: [
        comparison.table(
          "Softmax with a center loss of factor λ",
          [
            .accuracy, .pairs(.euclidean), .pairs(.cosine),
            .init("scatter within over between classes", digits: 4) {
              Estimate(1 / $0.fisherRatio)
            },
            .norm,
          ], note: "Scatter: the reciprocal of Fisher's ratio, of features as they are.")
      ],
      findings: [
        Finding(
          "The larger λ, the smaller the scatter within classes against that between them",
          Finding.Verdict(
            growing: scatters.map { -$0.value },
            comparison.difference(names[0], minus: names.last!) { 1 / $0.fisherRatio }),
          zip(names, scatters).map { "\($0): \($1.cell(4))" }.joined(separator: "; ")),
        Finding(
          "Beside a center loss pairs are told apart better by their distance",
          .init(distances.map(\.isLarger)),
          zip(swept, distances).map { "\($0.name): \($1.points)" }.joined(separator: "; ")),
        Finding(
          "Over all λ and α the accuracy stays within half a point of that of softmax",
          .init(accuracies.map { $0.contrast.isSmall(0.005) }),
          accuracies.map { "\($0.name): \($0.contrast.points)" }.joined(separator: "; ")),
      ])
  }
}
