import Datasets
import Evaluation
import Reports
import Training

/// Tables, figures and findings of the study `overconfidence`.
struct OverconfidenceResult {
  let session: StudySession
  let ways: [LossComparison.Way]
  /// By way, then by seed.
  let courses: [[[CoursePoint<Confidence>]]]
  /// Of the accepted predictions, for the threshold.
  let wanted: Double

  private typealias Row = (name: String, parts: [Confidence.Part])

  /// What is judged at the end: each way as trained, and the first one with a fitted temperature.
  private var rows: [Row] {
    zip(ways, courses).map { ($0.name, $1.map { $0.last!.measurement.plain }) }
      + [("one-hot, temperature fitted", courses[0].map { $0.last!.measurement.scaled })]
  }

  func result(_ dataset: Dataset) throws -> StudyResult {
    try figures()
    let rows = rows
    let others = rows.dropFirst()
    func each(_ contrast: ([Confidence.Part], [Confidence.Part]) -> Contrast) -> [Contrast] {
      others.map { contrast(rows[0].parts, $0.parts) }
    }
    func evidence(_ contrasts: [Contrast], _ text: (Contrast) -> String) -> String {
      zip(others, contrasts).map { "\($0.name): \(text($1))" }.joined(separator: "; ")
    }
    let growth = Contrast(
      courses[0].map { $0.last!.measurement.logitNorm },
      courses[0].map { middle($0).measurement.logitNorm })
    let norms = courses.dropFirst().map { seeds in
      Contrast(
        courses[0].map { $0.last!.measurement.logitNorm },
        seeds.map { $0.last!.measurement.logitNorm })
    }
    let extremes = each { Contrast($0.map(\.isExtreme), $1.map(\.isExtreme)) }
    let errors = each { Contrast($0.map(\.calibrationError), $1.map(\.calibrationError)) }
    // Nearly the order of the samples is kept by a fitted temperature, and the threshold with it.
    let unstable = others.dropLast().map {
      Contrast(rows[0].parts.map(\.unstableShare), $0.parts.map(\.unstableShare))
    }
    let excess = rows.map { Contrast($0.parts.map(\.confidence), $0.parts.map(\.accuracy)) }
    let accuracies = each { Contrast($1.map(\.isRight), $0.map(\.isRight)) }
    return StudyResult(
      method:
        session.mnistMethod(dataset, ways[0].configuration.training)
        + ", with 64 features, a constant learning rate "
        + "and no weight decay, so that nothing but the target holds the logits back. Soft labels are the "
        + "scores of another network of the same kind, trained one-hot, at temperature 4; of disturbed "
        + "labels one in ten is drawn anew from all classes at each step; the temperature 4 divides the "
        + "logits in training and after it. The fitted temperature is that with the least −log p on every "
        + "other test digit; all are judged on the rest. The threshold is the lowest "
        + "confidence from which on \((wanted * 100).cell(1)) % of the predictions are right.",
      tables: [table, thresholds],
      findings: [
        Finding(
          "Trained one-hot a network is surer than it is right", excess[0].isLarger,
          "confidence less accuracy: "
            + zip(rows, excess).map { "\($0.name): \($1.points)" }.joined(separator: "; ")),
        Finding(
          "Trained one-hot, logits go on growing: they are longer at the end than after "
            + "\(middle(courses[0][0]).epochs.cell(1)) of the "
            + "\(courses[0][0].last!.epochs.cell(0)) passes",
          growth.isLarger, "by \(growth.signed(2)) of \(norm(courses[0]).cell(2))"),
        Finding(
          "Each other target keeps the logits that the softmax sees shorter",
          .init(norms.map(\.isLarger)),
          zip(ways.dropFirst(), norms).map { "\($0.name): one-hot longer by \($1.signed(2))" }
            .joined(separator: "; ")),
        Finding(
          "Each remedy has fewer predictions with a confidence of 0.99 or more",
          .init(extremes.map(\.isLarger)), evidence(extremes) { "one-hot \($0.points)" }),
        Finding(
          "Each remedy has a smaller calibration error",
          .init(errors.map(\.isLarger)), evidence(errors) { "one-hot \($0.points)" }),
        Finding(
          "With each other target fewer decisions hang on which samples the threshold was chosen by",
          .init(unstable.map(\.isLarger)), evidence(unstable) { "one-hot \($0.points)" }),
        Finding(
          "No remedy costs more than 0.3 points of accuracy",
          .init(accuracies.map { $0.isNoSmaller(by: 0.003) }), evidence(accuracies, \.points)),
      ],
      caveats: [
        "At \(ways[0].configuration.training.epochs) passes over easy data a network is hardly surer than "
          + "it is right; the harder the data, the larger the gap.",
        "A temperature fitted after training changes no prediction and little of the order of the "
          + "samples: it moves a threshold and what is said of the confidence, hardly a decision.",
      ])
  }

  private func norm(_ seeds: [[CoursePoint<Confidence>]]) -> Estimate {
    .over(seeds.map { $0.last!.measurement.logitNorm })
  }

  /// The point nearest to half of the training.
  private func middle(_ course: [CoursePoint<Confidence>]) -> CoursePoint<Confidence> {
    let half = course.last!.epochs / 2
    return course.dropLast().min { abs($0.epochs - half) < abs($1.epochs - half) } ?? course[0]
  }

  private var table: StudyTable {
    StudyTable(
      "How sure the networks are",
      columns: [
        "", "logit norm", "confidences ≥ 0.99, %", "probabilities ≤ 0.01 or ≥ 0.99, %",
        "calibration error (ECE), points", "confidence − accuracy, points", "accuracy %",
      ],
      rows: rows.enumerated().map { index, row in
        [
          row.name, index < courses.count ? norm(courses[index]).cell(2) : "–",
          Estimate.over(
            row.parts.map { .share($0.isExtreme.count { $0 }, of: $0.isExtreme.count) }
          ).percent,
          Estimate.over(row.parts.map { Estimate($0.extremeShare) }).percent,
          Estimate.over(row.parts.map(\.calibrationError)).percent,
          Contrast(row.parts.map(\.confidence), row.parts.map(\.accuracy)).signed(2, times: 100),
          Estimate.over(row.parts.map(\.accuracy)).percent,
        ]
      },
      note:
        "Logit norm: the mean length of a sample's logits less their mean, as the softmax sees them: the "
        + "network's own are four times as long with temperature 4. The temperatures fitted: "
        + zip(ways, courses).map { way, seeds in
          "\(way.name): "
            + Estimate.over(seeds.map { Estimate($0.last!.measurement.temperature) }).cell(2)
        }.joined(separator: ", ") + ".")
  }

  private var thresholds: StudyTable {
    StudyTable(
      "The threshold for \((wanted * 100).cell(1)) % right",
      columns: [
        "", "threshold", "its 95 % interval, first seed", "predictions within the interval, %",
        "predictions above the threshold, %",
      ],
      rows: rows.map { row in
        let found = row.parts.compactMap(\.threshold)
        let interval = row.parts[0].threshold?.threshold.interval
        return [
          row.name,
          found.count == row.parts.count
            ? Estimate.over(found.map { Estimate($0.threshold.value) }).cell(4) : "–",
          interval.map { "\($0.lowerBound.cell(4)) to \($0.upperBound.cell(4))" } ?? "–",
          Estimate.over(row.parts.map { Estimate($0.unstableShare) }).percent,
          found.count == row.parts.count
            ? Estimate.over(found.map { Estimate($0.coverage) }).percent : "–",
        ]
      },
      note: "The interval is that of drawing the test digits again.")
  }

  private func figures() throws {
    func curves(
      _ number: (CoursePoint<Confidence>) -> Estimate, times factor: Double = 1
    ) -> [(title: String, curve: RunSummary.Curve)] {
      zip(ways, courses).map { way, seeds in
        (
          way.name,
          RunSummary.Curve(
            name: "",
            points: seeds[0].indices.map { index in
              Estimate.over(seeds.map { number($0[index]) })
                .point(at: seeds[0][index].epochs, times: factor)
            })
        )
      }
    }
    try session.figure(
      "logit-norms",
      Figures.curves(
        curves { $0.measurement.logitNorm }, xTitle: "epoch", xIsLogarithmic: true,
        yTitle: "Length of the logits"),
      caption: "The mean length of the test digits' logits over the training, less their mean.")
    try session.figure(
      "extreme-shares",
      Figures.curves(
        curves(
          {
            .share(
              $0.measurement.plain.isExtreme.count { $0 }, of: $0.measurement.plain.isRight.count)
          },
          times: 100), xTitle: "epoch", xIsLogarithmic: true,
        yTitle: "Confidences of 0.99 or more, %"),
      caption: "The share of the test digits whose class gets a probability of 0.99 or more.")
    try session.figure(
      "calibration",
      Figures.intervals(
        rows.map { row in
          let error = Estimate.over(row.parts.map(\.calibrationError))
          return (
            row.name, error.value * 100, error.lower.map { $0 * 100 }, error.upper.map { $0 * 100 }
          )
        }, title: "Expected calibration error, points", unit: ""),
      caption: "The expected calibration error at the end of training, in 15 bins of equal width.")
    let distances = Confidence.Part.distances
    try session.figure(
      "confidences",
      Figures.curves(
        rows.map { row in
          (
            row.name,
            RunSummary.Curve(
              name: "",
              points: zip(distances, distances.indices).map { distance, index in
                Estimate.over(row.parts.map { Estimate($0.shareWithin[index]) })
                  .point(at: distance, times: 100)
              })
          )
        }, xTitle: "1 − probability of the predicted class", xIsLogarithmic: true,
        yTitle: "Test digits with a probability as near to 1, %", yIsLogarithmic: false),
      caption:
        "How sure the networks are: the share of test digits whose predicted class has a probability at "
        + "most so far from 1.")
  }
}
