import Datasets
import Evaluation
import Formats
import Foundation
import Losses
import Networks
import Reports
import Torch
import Training

extension Study {
  /// Weights, focal loss and dice where one class of pixels is rare.
  static let edges = Study(
    name: "edges",
    title: "Finding edges, which few pixels are on",
    claim:
      "Few of a picture's pixels are on an edge, so that cross-entropy, in which all weigh the same, is "
      + "content with seeing none. Weights make up for it: a thousandth for other pixels, or as much as "
      + "edges are rarer than they; so do focal loss and dice without weights.",
    papers: [
      "Xie, Tu, Holistically-nested edge detection, 2015",
      "Lin, Goyal, Girshick, He, Dollár, Focal loss for dense object detection, 2017",
      "Milletari, Navab, Ahmadi, V-Net: fully convolutional neural networks for volumetric medical image "
        + "segmentation, 2016",
      "Martin, Fowlkes, Malik, Learning to detect natural image boundaries using local brightness, color, "
        + "and texture cues, 2004",
    ],
    data: [.bsds500]
  ) { session in
    let set = try BSDS500(in: session.path(.bsds500) ?? "bsds500")
    let counts = session.choose(
      smoke: (train: 4, validation: 2, test: 3), quick: (train: 40, validation: 10, test: 20),
      full: (train: 80, validation: 20, test: 50))
    let train = try set.train.select(0..<counts.train)
    let validation = try set.train.select(counts.train..<counts.train + counts.validation)
    let test = try set.test.select(0..<counts.test)
    let tiles =
      try session.form == .smoke
      ? train.centers(width: 64, height: 64) : train.tiles(width: 161, height: 161)
    let edgeShare = train.edgeShare(threshold: EdgeMaps.threshold)
    let width = session.choose(smoke: 4, quick: 16, full: 16)
    let epochs = session.choose(smoke: 2, quick: 6, full: 12)
    let shown = Array(
      test.pictures.indices.filter { test.pictures[$0].width > test.pictures[$0].height }.prefix(2))

    let items = EdgeLoss.allCases.flatMap { loss in
      session.seeds.map { (loss: loss, seed: $0) }
    }
    let results = try session.results(
      for: items, named: items.map { "\($0.loss.rawValue), seed \($0.seed)" }
    ) { item in
      let network = try DilatedNetwork(
        width: width, prior: item.loss.startsAtShare ? edgeShare : 0.5,
        using: RandomGenerator(seed: item.seed))
      let order = BatchOrder(
        count: tiles.pictures.count, batchSize: 4, epochs: epochs, seed: item.seed)
      try order.fit(
        network.parameters, learningRate: 0.01, progress: { try session.step(0.9 * $0) }
      ) { batch in
        try item.loss.value(
          network(tiles.pictures.batch(batch.indices).inputs, isTraining: true),
          targets: tiles.targets(batch.indices), edgeShare: edgeShare)
      }
      return try EdgeScores(
        network, validation: validation, test: test,
        showing: item.seed == session.seeds[0] ? shown : [],
        progress: { try session.step(0.9 + 0.1 * $0) })
    }
    return try EdgeResult(
      session: session, results: results, edgeShare: edgeShare,
      examples: shown.map { (picture: test.pictures[$0], map: test.maps[$0]) }
    ).result(
      method:
        "\(counts.train) pictures of BSDS500 in \(tiles.pictures.count) tiles; a pixel is on an edge if any "
        + "of the people drew one through it, as \((edgeShare * 100).cell(2)) % of the pixels "
        + "are: the measured ratio makes the others weigh "
        + "\((edgeShare / (1 - edgeShare)).cell(4)) where edges weigh 1. A fully convolutional "
        + "network of six convolutions with \(width) channels, dilated up to 8, is trained \(epochs) times "
        + "over the tiles with AdamW. Weights are those of the sigmoid's cross-entropy, the same as a softmax "
        + "of two classes; focal loss has α = 0.25 and γ = 2, and starts at a probability of the share of "
        + "edges, as in its paper, and unweighted cross-entropy does too; dice is taken of each "
        + "tile. One threshold for all pictures is chosen by F in \(counts.validation) further pictures "
        + "and judged on \(counts.test) test pictures.")
  }
}

/// What came of the losses.
private struct EdgeResult {
  let session: StudySession
  /// By loss, then by seed.
  let results: [EdgeScores]
  let edgeShare: Double
  /// The pictures shown, with their maps.
  let examples: [(picture: Picture, map: Picture)]

  private func seeds(_ loss: EdgeLoss) -> [EdgeScores] {
    let index = EdgeLoss.allCases.firstIndex(of: loss)!
    return Array(results[index * session.seeds.count..<(index + 1) * session.seeds.count])
  }

  private func over(_ loss: EdgeLoss, _ number: (EdgeScores) -> Double) -> Estimate {
    .over(seeds(loss).map { Estimate(number($0)) })
  }

  /// One loss's number minus another's: over seeds, or with one seed over pictures.
  private func difference(
    _ first: EdgeLoss, _ second: EdgeLoss, _ number: (EdgeScores) -> Double,
    pictures: (EdgeScores) -> [Double]
  ) -> Contrast {
    session.seeds.count > 1
      ? Contrast(seeds(first).map(number), seeds(second).map(number))
      : Contrast(seeds(first).map(pictures), seeds(second).map(pictures))
  }

  private func f(_ first: EdgeLoss, _ second: EdgeLoss) -> Contrast {
    difference(first, second, \.near.chosen.f, pictures: \.near.pictureF)
  }

  func result(method: String) throws -> StudyResult {
    try figures()
    let others = EdgeLoss.allCases.filter { $0 != .unweighted }
    let gains = others.map { f($0, .unweighted) }
    let ratio = f(.ratio, .thousandth)
    /// F at the probability ½ minus another F of the same network.
    func half(
      _ loss: EdgeLoss, minus number: (EdgeScores) -> Double, pictures: (EdgeScores) -> [Double]
    ) -> Contrast {
      session.seeds.count > 1
        ? Contrast(seeds(loss).map(\.near.half.f), seeds(loss).map(number))
        : Contrast(seeds(loss).map(\.near.pictureHalfF), seeds(loss).map(pictures))
    }
    let halves = others.map {
      difference($0, .unweighted, \.near.half.f, pictures: \.near.pictureHalfF)
    }
    let sensible = others.map { half($0, minus: \.near.all.f, pictures: \.near.pictureAllF) }
    let losses = [EdgeLoss.unweighted, .ratio].map {
      half($0, minus: \.near.chosen.f, pictures: \.near.pictureF)
    }
    let found =
      session.seeds.count > 1
      ? over(.unweighted, \.near.half.recall)
      : Estimate.mean(seeds(.unweighted)[0].near.pictureHalfRecall)
    func evidence(_ contrasts: [Contrast]) -> String {
      zip(others, contrasts).map { "\($0.rawValue): \($1.points)" }.joined(separator: "; ")
    }
    let all = over(.unweighted, \.near.all.f)
    return StudyResult(
      method: method,
      tables: [
        table("Edges found to within \(EdgeScores.tolerance) pixels", \.near),
        table("Edges found to the pixel", \.exact),
      ],
      findings: [
        Finding(
          "Unweighted cross-entropy sees hardly any edge: fewer than one in twenty at the probability 0.5",
          (found.upper ?? 1) < 0.05
            ? .holds : (found.lower ?? 0) > 0.05 ? .doesNotHold : .undecided,
          "it finds \(found.percent) %"),
        Finding(
          "At the probability 0.5 each other loss has a larger F than unweighted cross-entropy",
          .init(halves.map(\.isLarger)), evidence(halves)),
        Finding(
          "At 0.5 each other loss has a larger F than taking all pixels for edges",
          .init(sensible.map(\.isLarger)), evidence(sensible)),
        Finding(
          "At the threshold that is best in the validation pictures too each has a larger F than "
            + "unweighted cross-entropy",
          .init(gains.map(\.isLarger)), evidence(gains)),
        Finding(
          "Weights of the measured ratio give a larger F than 1 : 0.001", ratio.isLarger,
          ratio.points
        ),
        Finding(
          "With the measured ratio 0.5 is as good a threshold as the chosen one, to 5 points of F",
          losses[1].isNoSmaller(by: 0.05),
          "\(losses[1].points); unweighted: \(losses[0].points)"),
      ],
      caveats: [
        "A predicted pixel is right if an edge is at most \(EdgeScores.tolerance) rows and columns away, "
          + "and an edge pixel is found if a predicted one is. Pixels are not matched one to one and "
          + "predictions are not thinned, so that thick edges cost less than in the benchmark of BSDS500, "
          + "with whose tables these numbers are not to be compared.",
        "Taking all pixels for edges has an F of \(all.percent) %.",
        "Unweighted and focal start with the share of edges as every pixel's probability, the others with 0.5: "
          + "what is compared is each loss as it is used, start included.",
        "All losses have one learning rate and as many steps. In the limit weights only shift the logits: "
          + "what they change at the best threshold is how soon edges are learned.",
        session.seeds.count > 1
          ? "F is that of all test pictures together."
          : "With one seed differences are those of the pictures' mean F, and their intervals tell "
            + "nothing of other seeds.",
      ])
  }

  private func table(_ title: String, _ match: (EdgeScores) -> EdgeScores.Match) -> StudyTable {
    StudyTable(
      title,
      columns: [
        "", "F %", "precision %", "recall %", "threshold", "F % at the test's best threshold",
        "F % at 0.5", "recall % at 0.5",
      ],
      rows: EdgeLoss.allCases.map { loss in
        func cell(_ number: (EdgeScores.Match) -> Double) -> String {
          over(loss) { number(match($0)) }.percent
        }
        return [
          loss.rawValue, cell(\.chosen.f), cell(\.chosen.precision), cell(\.chosen.recall),
          over(loss) { match($0).chosen.threshold }.cell(2), cell(\.best.f),
          cell(\.half.f), cell(\.half.recall),
        ]
      },
      note:
        "The threshold is a logit (0 is a probability of 0.5), chosen in the validation pictures for these "
        + "matches.")
  }

  private func curve(
    _ loss: EdgeLoss, x: (EdgePoint) -> Double, y: (EdgePoint) -> Double
  ) -> RunSummary.Curve {
    let curves = seeds(loss).map(\.near.curve)
    let points = curves[0].indices.filter { index in curves.allSatisfy { $0[index].recall > 0 } }
    func mean(_ index: Int, _ number: (EdgePoint) -> Double) -> Double {
      curves.reduce(0) { $0 + number($1[index]) } / Double(curves.count)
    }
    return RunSummary.Curve(points.map { mean($0, x) }, points.map { mean($0, y) * 100 })
  }

  private func figures() throws {
    try session.figure(
      "thresholds",
      Figures.curves(
        EdgeLoss.allCases.map { ($0.rawValue, curve($0, x: \.threshold, y: \.f)) },
        xTitle: "threshold (logit; 0 is a probability of 0.5)", yTitle: "F, %",
        yIsLogarithmic: false),
      caption:
        "F over the threshold: where a loss puts its edges, and how good they are at its best threshold."
    )
    try session.figure(
      "precision-recall",
      Figures.curves(
        EdgeLoss.allCases.map { ($0.rawValue, curve($0, x: { $0.recall * 100 }, y: \.precision)) },
        xTitle: "recall, %", yTitle: "Precision, %", yIsLogarithmic: false),
      caption: "Precision over recall on the test pictures, at all thresholds.")
    var rows: [(name: String, pictures: [Data?])] = []
    for (index, example) in examples.enumerated() {
      let shown = EdgeLoss.allCases.map { seeds($0)[0].shown[index] }
      let seen: [Data?] = [
        try example.picture.thumbnail(), try example.map.inverted().thumbnail(),
      ]
      rows.append((name: "probability", pictures: seen + shown.map { Optional($0.probabilities) }))
      rows.append(
        (name: "above threshold", pictures: [nil, nil] + shown.map { Optional($0.edges) }))
    }
    try session.figure(
      "pictures",
      Figures.pictures(
        rows, columns: ["picture", "people"] + EdgeLoss.allCases.map(\.rawValue),
        title: "Edges that are found", size: (120, 80)),
      caption:
        "Test pictures, the edges that people drew, and those of each loss (first seed): the probability, "
        + "dark for 1, and what is above the chosen threshold.")
  }
}
