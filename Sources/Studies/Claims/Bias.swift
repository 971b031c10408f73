import Training

extension Study {
  /// Offsets of the classes, with and without.
  static let bias = Study(
    name: "bias",
    title: "The offsets of a softmax head change nothing",
    claim:
      "The last layer's offsets can be left out: on balanced classes the accuracy is the same and the "
      + "features look alike. Losses of angles have none for that reason.",
    papers: [
      "Liu et al., SphereFace: Deep hypersphere embedding for face recognition, 2017",
      "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017",
    ],
    data: [.mnist]
  ) { session in
    let dataset = try session.mnist()
    let widths = [2, 64]
    let comparison = try session.compare(
      widths.flatMap { width in
        [
          session.mnistWay("\(width) features, with", "softmax", featureCount: width),
          session.mnistWay(
            "\(width) features, without", "softmax", ["bias": "none"], featureCount: width),
        ]
      }, on: dataset)
    for (kind, text) in [("with", "with offsets"), ("without", "without offsets")] {
      try session.figure(
        kind,
        comparison["2 features, \(kind)"][0].figure(
          title: "Softmax \(text)", classNames: dataset.classNames)!,
        caption: "The test digits by two features, trained \(text).")
    }
    func contrasts(_ contrast: (String, String) -> Contrast) -> [Contrast] {
      widths.map { contrast("\($0) features, without", "\($0) features, with") }
    }
    let accuracies = contrasts { comparison.accuracy($0, minus: $1) }
    let pairs = contrasts { comparison.pairs($0, minus: $1) }
    func evidence(_ contrasts: [Contrast]) -> String {
      zip(widths, contrasts).map { "\($0) features: \($1.points)" }.joined(separator: "; ")
    }
    return StudyResult(
      method:
        session.mnistMethod(dataset)
        + ", with softmax on inner products, with an offset for each class and without, "
        + "from the same initial weights and in the same order of pictures.",
      tables: [
        comparison.table(
          "Softmax with and without offsets",
          [.accuracy, .pairs(.cosine), .angleWithin, .angleBetween, .norm])
      ],
      findings: [
        Finding(
          "Without offsets the accuracy differs by less than half a point",
          .init(accuracies.map { $0.isSmall(0.005) }), evidence(accuracies)),
        Finding(
          "So do the pairs that the cosine tells apart",
          .init(pairs.map { $0.isSmall(0.005) }), evidence(pairs)),
      ],
      caveats: ["The digits' classes are balanced; where they are not, see the study `imbalance`."])
  }
}
