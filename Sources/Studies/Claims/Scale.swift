import Evaluation
import Foundation
import Reports
import Training

extension Study {
  /// The scale of a normalised softmax: none, fixed, learned.
  static let scale = Study(
    name: "scale",
    title: "A normalised softmax needs a scale",
    claim:
      "With features and proxies of unit length and no scale, softmax does not converge: its loss has a "
      + "floor of log(1 + (C−1)·exp(−s·C/(C−1))). A scale, fixed or learned, lets it train.",
    papers: [
      "Wang et al., NormFace: L2 hypersphere embedding for face verification, 2017",
      "Zhang et al., AdaCos: Adaptively scaling cosine logits, 2019",
    ],
    data: [.mnist]
  ) { session in
    let dataset = try session.mnist()
    let scales = session.choose(
      smoke: [1.0, 16], quick: [1, 4, 16, 64], full: [1, 2, 4, 8, 16, 32, 64])
    func way(_ name: String, _ settings: [String: String]) -> LossComparison.Way {
      var way = session.mnistWay(name, "normface", settings, featureCount: 3)
      // The course that lets a scale rise from a small one would hide what is asked.
      way.configuration.training.scaleWarmUp = 0
      return way
    }
    let fixed = scales.map { way("s = \($0.cell(0))", ["scale": "\($0)"]) }
    let comparison = try session.compare(
      fixed + [
        way("learned from 1", ["scale": "1", "scale-rule": "learned"]),
        way("learned from 16", ["scale": "16", "scale-rule": "learned"]),
        session.mnistWay("softmax", "softmax", featureCount: 3),
      ], on: dataset)

    let classCount = Double(dataset.classCount)
    func floor(_ scale: Double) -> Double {
      log1p((classCount - 1) * exp(-scale * classCount / (classCount - 1)))
    }
    let losses = fixed.map { way in
      Estimate.over(comparison[way.name].map { Estimate($0.finalLoss) })
    }
    try session.figure(
      "loss",
      Figures.curves(
        [
          (
            "at the end of training",
            .init(name: "", points: zip(scales, losses).map { $1.point(at: $0) })
          ),
          ("floor", .init(name: "", points: scales.map { .init(x: $0, y: floor($0)) })),
        ], xTitle: "s", xIsLogarithmic: true, yTitle: "Training loss", yIsLogarithmic: false),
      caption: "The loss that training reaches with each scale, and the least that is possible.")
    try session.figure(
      "accuracy",
      Figures.intervals(
        zip(comparison.ways, comparison.estimates(\.accuracy)).map { way, accuracy in
          (
            way.name, accuracy.value * 100, accuracy.lower.map { $0 * 100 },
            accuracy.upper.map { $0 * 100 }
          )
        }, title: "Test accuracy", unit: "%"),
      caption: "Test digits recognised, by scale.")

    let best = fixed.max {
      Estimate.over(comparison[$0.name].map(\.accuracy)).value
        < Estimate.over(comparison[$1.name].map(\.accuracy)).value
    }!.name
    let without = comparison.accuracy("s = 1", minus: best)
    let learned = ["learned from 1", "learned from 16"].map {
      comparison.accuracy($0, minus: best)
    }
    let gap = losses[0].value - floor(1)
    return StudyResult(
      method:
        session.mnistMethod(dataset)
        + ", with three features, NormFace with a scale that is fixed or learned, without "
        + "the usual course on which a scale rises. The floor is that of C proxies spread evenly on a "
        + "sphere, each feature on its own.",
      tables: [
        comparison.table(
          "Normalised softmax by its scale",
          [
            .finalLoss, .accuracy, .pairs(.cosine), .angleWithin, .angleBetween,
          ],
          note: "The floors: "
            + scales.map { "s = \($0.cell(0)): \(floor($0).cell(4))" }.joined(separator: ", ") + "."
        )
      ],
      findings: [
        Finding(
          "Without a scale the loss stays above 1, whatever the training does",
          losses[0].value > 1 ? .holds : .doesNotHold,
          "s = 1: \(losses[0].value.cell(3)), \(gap.cell(3)) above its floor of \(floor(1).cell(3))"
        ),
        Finding(
          "No scale's loss goes below its floor",
          zip(scales, losses).allSatisfy { $1.value >= floor($0) * 0.999 } ? .holds : .doesNotHold,
          zip(scales, losses).map {
            "s = \($0.cell(0)): \($1.value.cell(4)) ≥ \(floor($0).cell(4))"
          }
          .joined(separator: "; ")),
        Finding(
          "Without a scale fewer digits are recognised than with the best one",
          Contrast(comparison[best].map(\.isRight), comparison["s = 1"].map(\.isRight)).isLarger,
          "s = 1 against \(best): \(without.points)"),
        Finding(
          "Without a scale fewer digits are recognised than with softmax that is not normalised",
          Contrast(comparison["softmax"].map(\.isRight), comparison["s = 1"].map(\.isRight))
            .isLarger,
          "s = 1 against softmax: \(comparison.accuracy("s = 1", minus: "softmax").points)"),
        Finding(
          "A learned scale is as good as the best fixed one, to half a point",
          .init(learned.map { $0.isNoSmaller(by: 0.005) }),
          "learned from 1: \(learned[0].points); from 16: \(learned[1].points), against \(best)"),
      ],
      caveats: [
        "The best fixed scale is chosen by the test set on which it is compared: a little in its favour."
      ])
  }
}
