import Evaluation
import Reports
import Training

/// Tables, figures and findings of the study `text`.
struct TextResult {
  let session: StudySession
  let tasks: [TextTask]
  let kinds: [TextKind]
  /// By task, then by kind.
  let ways: [LossComparison.Way]
  /// By way, then by seed.
  let scores: [[TextScores]]
  /// Settings that were tried, and their accuracy on validation texts.
  let validated: [(name: String, accuracy: Double)]

  /// A task and network with labels of both kinds.
  private typealias Couple = (name: String, oneHot: [TextScores], smoothed: [TextScores])

  func result() throws -> StudyResult {
    try figures()
    let couples = couples
    let accuracies = couples.map { Contrast($0.smoothed.map(\.isRight), $0.oneHot.map(\.isRight)) }
    let errors = couples.map {
      Contrast($0.oneHot.map(\.calibrationError), $0.smoothed.map(\.calibrationError))
    }
    let confidences = couples.map {
      Contrast($0.oneHot.map(\.confidence), $0.smoothed.map(\.confidence))
    }
    let excesses = couples.map { Estimate.over($0.oneHot.map(\.excess)) }
    func evidence(_ contrasts: [Contrast], _ what: String) -> String {
      what + ": "
        + zip(couples, contrasts).map { "\($0.name) \($1.points)" }.joined(separator: "; ")
    }
    return StudyResult(
      method:
        "Embeddings of 128, an LSTM of 64 (BiLSTM: one in each direction), a dense layer of 64 features and "
        + "a softmax head, trained on one-hot labels and on labels smoothed by ε = 0.1; no pretrained "
        + "vectors. Dropout and the number of epochs are chosen for each by the accuracy on validation "
        + "texts with one seed: for TREC questions drawn from the training part, for SST-2 its own part. "
        + "The networks that are judged are trained with what was chosen on the whole training part. The "
        + "test texts chose nothing. Calibration errors are expected ones, in 15 bins of equal width.",
      tables: [table, trials],
      findings: [
        Finding(
          "With smoothed labels more texts are classified rightly",
          .init(accuracies.map(\.isLarger)), evidence(accuracies, "smoothed less one-hot")),
        Finding(
          "With smoothed labels the calibration error is smaller", .init(errors.map(\.isLarger)),
          evidence(errors, "one-hot less smoothed")),
        Finding(
          "With smoothed labels the classifier is less sure", .init(confidences.map(\.isLarger)),
          evidence(confidences, "one-hot less smoothed")),
        Finding(
          "With one-hot labels the classifier is surer than it is right",
          .init(
            excesses.map { excess in
              guard let interval = excess.interval, !interval.contains(0) else { return .undecided }
              return excess.value > 0 ? .holds : .doesNotHold
            }),
          "confidence less accuracy: "
            + zip(couples, excesses).map { "\($0.name) \($1.percent) points" }
            .joined(separator: "; ")),
        Finding(
          "Smoothing costs no accuracy, to a point",
          .init(accuracies.map { $0.isNoSmaller(by: 0.01) }),
          evidence(accuracies, "smoothed less one-hot")),
      ],
      caveats: [
        "TREC has 500 test questions: a difference of less than about three points shows only over "
          + "several seeds.",
        "Few settings are tried, and the validation parts are small (500 and 872 texts): the choice "
          + "itself varies by chance.",
      ])
  }

  private var couples: [Couple] {
    var couples: [Couple] = []
    for task in tasks {
      for oneHot in kinds where oneHot.smoothing == 0 {
        let smoothed = kinds.first { $0.network == oneHot.network && $0.smoothing > 0 }!
        couples.append(
          ("\(task.title), \(oneHot.title)", results(task, oneHot), results(task, smoothed)))
      }
    }
    return couples
  }

  private func results(_ task: TextTask, _ kind: TextKind) -> [TextScores] {
    let name = task.way(kind).name
    return scores[ways.firstIndex { $0.name == name }!]
  }

  private var table: StudyTable {
    StudyTable(
      "Text classifiers on the test texts",
      columns: [
        "", "accuracy %", "calibration error (ECE), points", "mean confidence %",
        "confidence less accuracy, points", "−log p", "dropout", "epochs",
      ],
      rows: zip(ways, scores).map { way, seeds in
        func over(_ number: (TextScores) -> Estimate) -> Estimate { .over(seeds.map(number)) }
        return [
          way.name, over(\.accuracy).percent, over(\.calibrationError).percent,
          over(\.confidence).percent, over(\.excess).percent,
          over(\.negativeLogLikelihood).cell(3), "\(way.configuration.dropout ?? 0)",
          "\(way.configuration.training.epochs)",
        ]
      },
      note: "Confidence is the probability of the predicted class.")
  }

  private var trials: StudyTable {
    StudyTable(
      "Settings tried", columns: ["", "accuracy on validation texts %"],
      rows: validated.map { [$0.name, ($0.accuracy * 100).cell(2)] },
      note: "One seed; the best of each way is what the test texts are judged with.")
  }

  private func figures() throws {
    for (name, title, caption, number) in [
      (
        "accuracy", "Accuracy, %", "The share of the test texts that are classified rightly.",
        \TextScores.accuracy
      ),
      (
        "calibration", "Expected calibration error, points",
        "How far the probabilities are from what they say.", \TextScores.calibrationError
      ),
    ] as [(String, String, String, KeyPath<TextScores, Estimate>)] {
      try session.figure(
        name,
        Figures.intervals(
          zip(ways, scores).map { way, seeds in
            let estimate = Estimate.over(seeds.map { $0[keyPath: number] })
            return (
              way.name, estimate.value * 100, estimate.lower.map { $0 * 100 },
              estimate.upper.map { $0 * 100 }
            )
          }, title: title), caption: caption)
    }
    for task in tasks {
      let curves = kinds.map {
        (title: $0.name, curve: Self.reliability(results(task, $0)[0].bins))
      }
      try session.figure(
        "reliability-\(task.dataset)",
        Figures.curves(
          curves + [(title: "what they say", curve: RunSummary.Curve([0, 100], [0.0, 100]))],
          xTitle: "mean confidence, %", yTitle: "Right, %", yIsLogarithmic: false),
        caption:
          "\(task.title): how often predictions are right, by how sure the classifier is (first seed; bins "
          + "with five texts or more). Below the straight line it is surer than it is right.")
    }
  }

  private static func reliability(_ bins: [Calibration.Bin]) -> RunSummary.Curve {
    let filled = bins.filter { $0.count >= 5 }
    return RunSummary.Curve(
      filled.map { $0.meanConfidence * 100 }, filled.map { $0.accuracy * 100 })
  }
}
