import Networks
import Training

extension Study {
  /// The activation behind the feature layer, and what is gained by leaving it out.
  static let withoutReLU = Study(
    name: "without-relu",
    title: "Features without ReLU behind them",
    claim:
      "A ReLU behind the feature layer confines features to the corner where all are positive, and "
      + "leaves little room for angles; without it they spread over the whole sphere and separate better.",
    papers: [
      "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017",
      "Deng, Guo, Xue, Zafeiriou, ArcFace: Additive angular margin loss for deep face recognition, 2019",
    ],
    data: [.mnist]
  ) { session in
    let dataset = try session.mnist()
    let losses = [("softmax", "softmax"), ("ArcFace", "arcface")]
    let widths = [2, 16]
    let activations: [FeatureActivation] = [.none, .relu, .prelu]
    let comparison = try session.compare(
      losses.flatMap { title, loss in
        widths.flatMap { width in
          activations.map { activation in
            var way = session.mnistWay(
              "\(title), \(width) features, \(activation.rawValue)", loss, featureCount: width)
            way.configuration.activation = activation
            return way
          }
        }
      }, on: dataset)
    for (title, _) in losses {
      for activation in activations {
        let name = "\(title), 2 features, \(activation.rawValue)"
        try session.figure(
          "\(title.lowercased())-\(activation.rawValue)",
          comparison[name][0].figure(title: name, classNames: dataset.classNames)!,
          caption: "The test digits: \(name) behind the feature layer.")
      }
    }
    let groups = losses.flatMap { title, _ in widths.map { "\(title), \($0) features" } }
    let pairs = groups.map { comparison.pairs("\($0), none", minus: "\($0), relu") }
    let accuracies = groups.map { comparison.accuracy("\($0), none", minus: "\($0), relu") }
    let angles = groups.map { group in
      comparison.difference("\(group), none", minus: "\(group), relu") {
        // Features that are all zero have no direction: their centres are one point.
        $0.angleBetween.isNaN ? 0 : $0.angleBetween
      }
    }
    let hasEmpty = comparison.scores.joined().contains { $0.angleBetween.isNaN }
    func evidence(_ texts: [String]) -> String {
      zip(groups, texts).map { "\($0): \($1)" }.joined(separator: "; ")
    }
    return StudyResult(
      method:
        session.mnistMethod(dataset)
        + ", with nothing, ReLU or PReLU behind the feature layer of 2 or 16 outputs.",
      tables: [
        comparison.table(
          "What follows the feature layer",
          [.accuracy, .pairs(.cosine), .angleWithin, .angleBetween],
          note: hasEmpty
            ? "–: with some seed no feature of a class is above 0, which leaves it without a direction; its "
              + "angle counts as 0° where angles are compared."
            : "")
      ],
      findings: [
        Finding(
          "Without ReLU the nearest class centres are farther apart",
          .init(angles.map(\.isLarger)), evidence(angles.map { "\($0.signed(1))°" })),
        Finding(
          "Without ReLU the cosine tells more pairs apart",
          .init(pairs.map(\.isLarger)), evidence(pairs.map(\.points))),
        Finding(
          "Without ReLU more pictures are recognised",
          .init(accuracies.map(\.isLarger)), evidence(accuracies.map(\.points))),
      ])
  }
}
