import Evaluation
import Losses
import Reports
import Torch

extension Study {
  /// Losses of regression where training targets are wrong, or large beyond measure.
  static let robustRegression = Study(
    name: "robust-regression",
    title: "Regression with outliers and with exploding targets",
    claim:
      "Outliers among the training targets pull a model that is trained with the squared error far more "
      + "than one trained with the absolute error, smooth L1 or Huber's loss; with large targets the "
      + "gradients of the squared error explode, and theirs do not. δ leads from one behaviour to the "
      + "other.",
    papers: [
      "Huber, Robust estimation of a location parameter, 1964", "Girshick, Fast R-CNN, 2015",
    ],
    data: [.uci]
  ) { session in
    try session.useOneThread()
    let tables = try session.regressionTables()
    let plan = RobustPlan(session.form)
    let splits = session.seeds.flatMap { seed in
      (0..<plan.splitsOfSeed).map { seed * 100 + UInt64($0) }
    }
    let items = tables.flatMap { table in splits.map { (table: table, split: $0) } }
    let results = try session.results(
      for: items, named: items.map { "\($0.table.name), split \($0.split)" }
    ) { item in
      try plan.run(RegressionTask(item.table, split: item.split), item.split, session.step)
    }
    /// A number of every split of a table.
    func numbers(_ table: Int, _ key: RobustPlan.Key, _ number: (RegressionScores) -> Double)
      -> [Double]
    {
      results[table * splits.count..<(table + 1) * splits.count].map { number($0[key.name]!) }
    }
    func contrasts(
      _ keys: [(RobustPlan.Key, RobustPlan.Key)], _ number: (RegressionScores) -> Double
    ) -> [Contrast] {
      tables.indices.flatMap { table in
        keys.map { Contrast(numbers(table, $0.0, number), numbers(table, $0.1, number)) }
      }
    }
    func range(_ contrasts: [Contrast]) -> String {
      let values = contrasts.map(\.difference).sorted { $0.value < $1.value }
      return "\(values[0].cell(3)) to \(values.last!.cell(3))"
    }
    func key(_ model: RobustPlan.Model, _ loss: String, _ share: Double) -> RobustPlan.Key {
      .outliers(model, loss, share)
    }
    let robust = ["L1", "smooth L1", "Huber"]
    let most = plan.shares.last!
    let clean = robust.map { loss in
      contrasts(plan.models.map { (key($0, loss, 0), key($0, "L2", 0)) }, \.rootMeanSquare)
    }
    let outliers = robust.map { loss in
      contrasts(plan.models.map { (key($0, "L2", most), key($0, loss, most)) }, \.meanAbsolute)
    }

    for (index, table) in tables.enumerated() {
      try session.figure(
        "outliers-\(index + 1)",
        Figures.curves(
          RobustLoss.all.map { loss in
            (
              loss.name,
              RunSummary.Curve(
                plan.shares.map { $0 * 100 },
                plan.shares.map {
                  .mean(numbers(index, key(.linear, loss.name, $0), \.meanAbsolute))
                })
            )
          }, xTitle: "outliers among the training targets, %",
          yTitle: "Mean absolute test error, σ",
          yIsLogarithmic: false),
        caption:
          "\(table.name): the error of a linear model on clean test targets, in standard deviations of "
          + "the target.")
    }
    try session.figure(
      "deltas",
      Figures.curves(
        tables.enumerated().map { index, table in
          (
            table.name,
            RunSummary.Curve(
              plan.deltas,
              plan.deltas.map { .mean(numbers(index, .delta($0, plan.sweptShare), \.meanAbsolute)) }
            )
          )
        }, xTitle: "δ in standard deviations of the target", xIsLogarithmic: true,
        yTitle: "Mean absolute test error, σ", yIsLogarithmic: false),
      caption:
        "Huber's loss by its δ, with \((plan.sweptShare * 100).cell(0)) % outliers: a linear model."
    )
    try session.figure(
      "gradients",
      Figures.curves(
        RobustLoss.all.map { loss in
          (
            loss.name,
            RunSummary.Curve(
              plan.factors,
              plan.factors.map { .mean(numbers(0, .exploding(loss.name, $0), \.firstGradient)) })
          )
        }, xTitle: "targets multiplied by", xIsLogarithmic: true,
        yTitle: "Norm of the first gradient", yIsLogarithmic: true),
      caption:
        "\(tables[0].name): the norm of the first gradient of a perceptron, by the targets' size.")

    let largest = plan.factors.last!
    func divergedShare(_ loss: String, _ factor: Double) -> Estimate {
      let all = tables.indices.flatMap {
        numbers($0, .exploding(loss, factor)) { $0.diverged ? 1 : 0 }
      }
      return .share(all.count { $0 == 1 }, of: all.count)
    }
    func growth(_ loss: String) -> Double {
      let ratios = tables.indices.flatMap { table in
        zip(
          numbers(table, .exploding(loss, largest), \.firstGradient),
          numbers(table, .exploding(loss, 1), \.firstGradient)
        ).map { $0 / $1 }
      }
      return ratios.reduce(0, +) / Double(ratios.count)
    }
    let extremes = [(plan.deltas.last!, "L2"), (plan.deltas[0], "L1")].map { delta, loss in
      contrasts(
        [0, plan.sweptShare].map { (.delta(delta, $0), key(.linear, loss, $0)) }, \.meanAbsolute)
    }
    let swept = tables.indices.map { table in
      plan.deltas.map { delta in
        Estimate.mean(numbers(table, .delta(delta, plan.sweptShare), \.meanAbsolute)).value
      }
    }
    return StudyResult(
      method:
        "Tables are split \(splits.count) times at random, a quarter for the test, and standardised by "
        + "their clean training part. Outliers: a share of the training targets is raised by "
        + "\(RobustPlan.outlier.cell(0)) standard deviations. A linear model and a perceptron of 32 hidden "
        + "units are trained by AdamW; test targets are clean. Exploding targets: all targets are "
        + "multiplied by a factor, and the perceptron is trained by SGD with a learning rate of "
        + "\(RobustPlan.rate) and momentum 0.9. Smooth L1 has β = 1, "
        + "Huber's loss δ = 1.345, unless swept.",
      tables: tables.enumerated().flatMap { index, table in
        plan.models.map { model in
          StudyTable(
            "\(table.name), \(model.rawValue): mean absolute test error in σ, by share of outliers",
            columns: [""] + plan.shares.map { "\(($0 * 100).cell(0)) %" },
            rows: RobustLoss.all.map { loss in
              [loss.name]
                + plan.shares.map {
                  Estimate.mean(numbers(index, key(model, loss.name, $0), \.meanAbsolute)).cell(3)
                }
            })
        }
      } + [
        StudyTable(
          "Trainings that diverged, in %, by the factor of the targets",
          columns: [""] + plan.factors.map { "× \($0.cell(0))" },
          rows: RobustLoss.all.map { loss in
            [loss.name] + plan.factors.map { divergedShare(loss.name, $0).percent }
          },
          note:
            "Diverged: a loss, a gradient or a prediction that is not finite, or a test error ten "
            + "times that of predicting the mean."),
        StudyTable(
          "Root mean squared test error over the factor, of trainings that did not diverge, in σ",
          columns: [""] + plan.factors.map { "× \($0.cell(0))" },
          rows: RobustLoss.all.map { loss in
            [loss.name]
              + plan.factors.map { factor in
                let left = tables.indices.flatMap {
                  numbers($0, .exploding(loss.name, factor)) {
                    $0.diverged ? .nan : $0.rootMeanSquare
                  }
                }.filter { !$0.isNaN }
                return left.isEmpty ? "–" : Estimate.mean(left).cell(3)
              }
          }, note: "1 is as good as predicting the mean."),
      ],
      findings: [
        Finding(
          "On clean targets no loss has a smaller root mean squared error than L2, to 0.02 σ",
          .init(clean.flatMap { $0.map { $0.isNoSmaller(by: 0.02) } }),
          zip(robust, clean).map { "\($0) minus L2: \(range($1)) σ" }.joined(separator: "; ")),
        Finding(
          "With \((most * 100).cell(0)) % outliers the others have a smaller error than L2",
          .init(outliers.flatMap { $0.map(\.isLarger) }),
          zip(robust, outliers).map { "L2 minus \($0): \(range($1)) σ" }.joined(separator: "; ")),
        Finding(
          "Targets multiplied by \(largest.cell(0)) multiply the gradients of L2 nearly as much, and those "
            + "of the others hardly",
          growth("L2") > largest / 10 && robust.allSatisfy { growth($0) < 10 }
            ? .holds : .doesNotHold,
          RobustLoss.all.map { "\($0.name): × \(growth($0.name).cell(1))" }.joined(separator: "; ")),
        Finding(
          "Then trainings with L2 diverge, and with the others not",
          divergedShare("L2", largest).value > 0.9
            && robust.allSatisfy { divergedShare($0, largest).value == 0 }
            ? .holds
            : robust.allSatisfy {
              divergedShare($0, largest).value < divergedShare("L2", largest).value
            } ? .holdsInPart : .doesNotHold,
          RobustLoss.all.map { "\($0.name): \(divergedShare($0.name, largest).percent) %" }
            .joined(separator: "; ")),
        Finding(
          "With a large δ Huber's loss does as L2, with a small one as L1, to 0.02 σ",
          .init(extremes.flatMap { $0.map { $0.isSmall(0.02) } }),
          "δ = \(plan.deltas.last!) minus L2: \(range(extremes[0])) σ; δ = \(plan.deltas[0]) minus L1: "
            + "\(range(extremes[1])) σ"),
        Finding(
          "With outliers the error grows with δ",
          .init(
            swept.map { errors in
              zip(errors, errors.dropFirst()).allSatisfy { $0 <= $1 + 0.01 }
                ? .holds : errors.last! > errors[0] ? .holdsInPart : .doesNotHold
            }),
          zip(tables, swept).map { table, errors in
            "\(table.name): "
              + zip(plan.deltas, errors).map { "\($1.cell(3)) at \($0)" }
              .joined(separator: ", ")
          }.joined(separator: "; ")),
      ],
      caveats: [
        "Splits share rows: intervals over them are too narrow rather than too wide.",
        "The learning rate of the exploding targets is the same for all losses. With L2 some trainings diverge "
          + "at it with the targets as they are (× 1 of the table): a smaller one puts that off, for larger "
          + "targets.",
      ],
      uncertainty:
        "± is half a 95 % interval over the splits, by which differences are paired (Student); of shares of "
        + "trainings, the exact binomial one.")
  }
}
