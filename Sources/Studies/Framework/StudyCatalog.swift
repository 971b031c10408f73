/// Every study there is, in the order of the README's table.
public enum StudyCatalog {
  public static let all: [Study] = [
    .featureGeometry, .margins, .largeMargin, .scale, .withoutReLU, .imbalance, .bias, .centerLoss,
    .proxies, .sampling, .overconfidence, .text, .edges, .distillation, .divergences,
    .classicMargins, .multiLabel, .robustRegression, .sparsity, .perceptual, .openSet,
  ]

  public static func study(named name: String) -> Study? { all.first { $0.name == name } }
}
