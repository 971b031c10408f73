import Datasets
import Evaluation
import Foundation
import Reports

extension Study {
  /// Penalties on the weights of a linear model: which of them become 0, and what it does to the test error.
  static let sparsity = Study(
    name: "sparsity",
    title: "Which penalties on the weights make zeros",
    claim:
      "In the structural risk, the L1 penalty brings weights to exactly 0, the more of them the larger λ; "
      + "the L2 penalty makes weights small and none 0; the elastic net is between. With many features for "
      + "few samples both penalties lower the test error.",
    papers: [
      "Tibshirani, Regression shrinkage and selection via the lasso, 1996",
      "Hoerl, Kennard, Ridge regression: biased estimation for nonorthogonal problems, 1970",
      "Zou, Hastie, Regularization and variable selection via the elastic net, 2005",
      "Parikh, Boyd, Proximal algorithms, 2014",
    ],
    data: [.uci]
  ) { session in
    session.stageCount = 3
    try session.useOneThread()
    let table = try BostonHousing.load(session.path(.uci) ?? "uci")
    let wide = try table.withProducts()
    let shares = session.choose(
      smoke: [1, 0.1, 0.01], quick: [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.003, 0.001],
      full: [1, 0.7, 0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001])
    let steps = session.choose(smoke: 100, quick: 1000, full: 4000)
    let paths = try session.results(
      for: Penalty.allCases, named: Penalty.allCases.map { "path, \($0.rawValue)" }
    ) { penalty in
      try RiskPath(
        penalty, RegressionTask(table, validationShare: 0.2, split: 1, dtype: .float64),
        shares: shares,
        steps: session.choose(smoke: 100, quick: 4000, full: 10_000), progress: session.step)
    }
    let optimizers = try session.result("optimizers") {
      try OptimizerZeros.all(
        RegressionTask(table, validationShare: 0.2, split: 1, dtype: .float64),
        steps: session.choose(smoke: 100, quick: 5000, full: 20_000))
    }
    let splits = session.seeds.flatMap { seed in
      (0..<session.choose(smoke: 2, quick: 5, full: 7)).map { seed * 100 + UInt64($0) }
    }
    let items = splits.flatMap { split in Penalty.allCases.map { (split: split, penalty: $0) } }
    let results = try session.results(
      for: items, named: items.map { "\($0.penalty.rawValue), split \($0.split)" }
    ) { item in
      try RiskPath(
        item.penalty,
        RegressionTask(
          wide, testShare: 0.5, validationShare: 0.2, split: item.split, dtype: .float64),
        shares: shares + [0], steps: steps, progress: session.step)
    }
    func wideOf(_ penalty: Penalty) -> [RiskPath] {
      zip(items, results).filter { $0.0.penalty == penalty }.map(\.1)
    }

    for (penalty, path) in zip(Penalty.allCases, paths) {
      try session.figure(
        "path-\(penalty.rawValue.replacing(" ", with: "-").lowercased())",
        Figures.curves(
          table.featureNames.enumerated().map { feature, name in
            (name, RunSummary.Curve(shares.map { 1 / $0 }, path.fits.map { $0.weights[feature] }))
          }, xTitle: "λmax / λ", xIsLogarithmic: true, yTitle: "Weight, \(penalty.rawValue)"),
        caption:
          "The weights of the 13 features of Boston housing, from the strongest penalty on the left to the "
          + "weakest on the right: \(penalty.rawValue).")
    }
    func errors(_ penalty: Penalty) -> [Estimate] {
      shares.indices.map { index in .mean(wideOf(penalty).map { $0.fits[index].testError }) }
    }
    try session.figure(
      "test-error",
      Figures.curves(
        Penalty.allCases.map {
          ($0.rawValue, RunSummary.Curve(shares.map { 1 / $0 }, errors($0)))
        },
        xTitle: "λmax / λ", xIsLogarithmic: true, yTitle: "Root mean squared test error, σ",
        yIsLogarithmic: false),
      caption:
        "The test error with \(wide.featureCount) features (squares and products among them) by the "
        + "penalty's weight; λmax is the least λ with which L1 leaves no weight.")
    try session.figure(
      "zeros",
      Figures.curves(
        Penalty.allCases.map { penalty in
          (
            penalty.rawValue,
            RunSummary.Curve(
              shares.map { 1 / $0 },
              shares.indices.map { index in
                Estimate.mean(wideOf(penalty).map { Double($0.fits[index].zeroCount) })
              })
          )
        }, xTitle: "λmax / λ", xIsLogarithmic: true, yTitle: "Weights that are exactly 0",
        yIsLogarithmic: false),
      caption:
        "How many of the \(wide.featureCount) weights are exactly 0, by the penalty's weight.")

    let (l1, net, l2) = (paths[0], paths[1], paths[2])
    let counts = [l1, net, l2].map { $0.fits.map(\.zeroCount) }
    let falls = zip(counts[0], counts[0].dropFirst()).allSatisfy { $0 >= $1 }
    // As ratios: least squares fails so badly on some splits that their differences would be all there is.
    let chosen = Penalty.allCases.map { penalty in
      Contrast(
        wideOf(penalty).map { log($0.fits.last!.testError) },
        wideOf(penalty).map { log($0.chosen.testError) })
    }
    return StudyResult(
      method:
        "Linear models of Boston housing (13 features; then \(wide.featureCount) with all squares and "
        + "products), standardised by the training part, with the structural risk of the mean squared "
        + "error and λ times a penalty. Proximal gradient descent: a plain gradient step on the error, then "
        + "the penalty's own step (`shrink`), which for L1 takes every weight ηλ towards 0 and to exactly 0 "
        + "where it is not farther; zeros are counted as exact zeros. λ falls from λmax, each fit beginning "
        + "where the last one ended. For the test error half of the rows are the test part, over "
        + "\(splits.count) splits, and λ is chosen by a fifth of the other half that is held out. "
        + "λ = 0 is the solution of least squares.",
      tables: [
        StudyTable(
          "Weights that are exactly 0, of 13, by λ / λmax",
          columns: [""] + shares.map { "\($0)" },
          rows: zip(Penalty.allCases, counts).map { [$0.rawValue] + $1.map { "\($0)" } },
          note: "The largest violation of the optimum's conditions: "
            + zip(Penalty.allCases, paths).map {
              "\($0.rawValue) \($1.largestViolation.power) λ"
            }.joined(separator: ", ") + "."),
        StudyTable(
          "What the optimizer makes of L1, at λ = 0.2 λmax",
          columns: ["", "exact zeros", "below 0.001", "smallest weight", "structural risk"],
          rows: optimizers.map {
            [
              $0.name, "\($0.zeros)", "\($0.small)", $0.smallest.power,
              $0.risk.cell(6),
            ]
          }, note: "The gradient of |θ| is sign θ, and 0 at 0."),
        StudyTable(
          "Test error in σ with \(wide.featureCount) features",
          columns: ["", "λ = 0", "λ chosen", "chosen λ / λmax", "zeros there"],
          rows: Penalty.allCases.map { penalty in
            let paths = wideOf(penalty)
            func mean(_ number: (RiskPath) -> Double) -> Estimate { .mean(paths.map(number)) }
            return [
              penalty.rawValue, mean { $0.fits.last!.testError }.cell(3),
              mean(\.chosen.testError).cell(3), mean(\.chosen.share).cell(3),
              mean { Double($0.chosen.zeroCount) }.cell(1),
            ]
          }),
      ],
      findings: [
        Finding(
          "With L1 the number of weights at exactly 0 grows with λ, up to all at λmax",
          falls && counts[0][0] == 13 && counts[0].last! < 13 ? .holds : .doesNotHold,
          zip(shares, counts[0]).map { "\($1) at \($0) λmax" }.joined(separator: ", ")),
        Finding(
          "With L2 no weight is exactly 0, at any λ",
          counts[2].allSatisfy { $0 == 0 } ? .holds : .doesNotHold,
          "the smallest of all: " + l2.fits.flatMap(\.weights).map { abs($0) }.min()!.power),
        Finding(
          "The elastic net has zeros between those of L1 and L2, at every λ",
          zip(counts[0], zip(counts[1], counts[2])).allSatisfy { $0 >= $1.0 && $1.0 >= $1.1 }
            ? .holds : .doesNotHold,
          zip(shares, counts[1]).map { "\($1) at \($0) λmax" }.joined(separator: ", ")),
        Finding(
          "Steps down the gradient of L1 leave no weight at exactly 0: that takes proximal steps",
          optimizers[0].zeros > 0 && optimizers.dropFirst().allSatisfy { $0.zeros == 0 }
            ? .holds : .doesNotHold,
          optimizers.map { "\($0.name): \($0.zeros) exact zeros, \($0.small) below 0.001" }
            .joined(separator: "; ")),
        Finding(
          "With \(wide.featureCount) features for \(Int(Double(table.count) * 0.4)) rows every penalty lowers the test error",
          .init(chosen.map(\.isLarger)),
          "geometric means over splits: "
            + zip(Penalty.allCases, chosen).map {
              "\($0.rawValue): \(exp(-$1.difference.value).cell(2)) of the error without"
                + ($1.difference.interval.map {
                  " (\(exp(-$0.upperBound).cell(2)) to \(exp(-$0.lowerBound).cell(2)))"
                } ?? "")
            }.joined(separator: "; ")),
      ],
      caveats: [
        "With \(wide.featureCount) features, of which many are nearly sums of others, \(steps) steps do not "
          + "reach the optimum of a small λ: its conditions are missed by up to "
          + "\(results.map(\.largestViolation).max()!.power) λ. Steps that end early are a penalty themselves.",
        "Splits share rows: intervals over them are too narrow rather than too wide.",
      ],
      uncertainty:
        "± is half a 95 % interval over the splits, by which differences are paired (Student).")
  }
}
