import Datasets
import Formats
import Losses
import Reports
import Torch
import Training

extension TrainingRun {
  /// Writes what TensorBoard shows of a run that is finished: its settings and numbers, test pictures
  /// with their classes, curves of precision and recall, and the test set for the projector.
  ///
  /// It takes the place of what was written of this run before.
  func writeTensorBoardResults(_ judgement: Judgement, _ summary: RunSummary) throws {
    var summaries = summary.metrics.map { metric in
      TensorBoard.Summary.scalar(metric.tag, metric.value, description: metric.explanation)
    }
    summaries += [.sessionStart(hyperParameters), .sessionEnd()]
    let features = judgement.input.embeddings!
    if features.values.allSatisfy(\.isFinite) {
      let shown = ShownClasses(of: dataset.test)
      summaries += try testPictures(judgement.input.predicted)
      let predictions = judgement.input.predictions
      for label in predictions == nil ? [] : shown.classes {
        let curve = TensorBoard.PRCurve(
          scores: predictions!.probabilities(of: label),
          isPositive: features.labels.map { $0 == label })
        summaries.append(
          .prCurve(
            "class/\(dataset.classNames[label])", curve,
            description: "This class against all others, by its softmax probability."
              + shown.remark))
      }
      try projector(judgement, judgement.input.predicted).write(toRun: directory.path)
    } else {
      printError(
        "margin: some features of \(directory.path) are not finite: TensorBoard gets neither test "
          + "pictures and curves nor points for the projector")
    }
    let steps = try metrics().last?.step ?? 0
    try TensorBoard.write(summaries, step: steps, to: directory.resultEventsPath)
  }

  /// A few mistakes, and fewer pictures that are recognised.
  private func testPictures(_ predictions: [Int]) throws -> [TensorBoard.Summary] {
    let labels = dataset.test.labels
    let wrong = predictions.indices.filter { predictions[$0] != Int(labels[$0]) }
    let right = predictions.indices.filter { predictions[$0] == Int(labels[$0]) }
    func name(_ label: Int) -> String { dataset.classNames[label] }
    return try (wrong.prefix(8) + right.prefix(4)).compactMap { index in
      guard let picture = dataset.test.picture(index) else { return nil }
      let (label, predicted) = (Int(labels[index]), predictions[index])
      let tag =
        label == predicted
        ? "recognised/\(name(label)), picture \(index)"
        : "mistaken/\(name(label)) taken for \(name(predicted)), picture \(index)"
      return try .pictures(
        tag, [picture],
        description: "Test picture \(index): class \(name(label)), predicted \(name(predicted)).")
    }
  }

  /// At most 10,000 test pictures, evenly spread over the set, by their features.
  private func projector(
    _ judgement: Judgement, _ predictions: [Int]
  ) throws -> TensorBoard.Projector {
    let features = judgement.input.embeddings!
    let pointCount = min(features.count, 10_000)
    let indices = (0..<pointCount).map { $0 * features.count / pointCount }
    let names = dataset.classNames
    let samples = dataset.test
    // Browsers lay sheets of 8192 pixels out, but take long for it; 10,000 pictures of 40 pixels do.
    let sprites =
      samples.picture(0) == nil
      ? nil
      : TensorBoard.Sprites(count: pointCount, largestSide: 4096) {
        samples.picture(indices[$0])!
      }
    return TensorBoard.Projector(
      name: "test set",
      values: indices.flatMap { index in
        features.values[index * features.dimension..<(index + 1) * features.dimension]
      },
      dimension: features.dimension,
      columns: [
        .init("class", indices.map { names[features.labels[$0]] }),
        .init("predicted", indices.map { names[predictions[$0]] }),
        .init("sample", indices.map { "\($0)" }),
      ],
      sprites: sprites)
  }

  /// What a run was told to do, as columns of TensorBoard's table of runs.
  var hyperParameters: [TensorBoard.HyperParameter] {
    let training = configuration.training
    var parameters: [TensorBoard.HyperParameter] = [
      .init("dataset", .text(configuration.dataset)),
      .init("training-samples", .number(Double(dataset.train.count))),
      .init("network", .text(configuration.network)),
      .init("features", .number(Double(configuration.featureCount))),
      .init("activation", .text(configuration.activation.rawValue)),
      .init("precision", .text(configuration.precision.rawValue)),
      .init("loss", .text(configuration.loss)),
      .init("epochs", .number(Double(training.epochs))),
      .init("batch-size", .number(Double(training.batchSize))),
      .init("optimizer", .text(training.optimizer.rawValue)),
      .init("learning-rate", .number(training.learningRate)),
      .init("head-learning-rate", .number(training.headLearningRate ?? training.learningRate)),
      .init("weight-decay", .number(training.weightDecay)),
      .init("schedule", .text(training.schedule.name)),
      .init("warm-up", .number(training.warmUp)),
      .init("scale-warm-up", .number(training.scaleWarmUp)),
      .init("seed", .number(Double(training.seed))),
    ]
    if let samplesPerClass = training.samplesPerClass {
      parameters.append(.init("samples-per-class", .number(Double(samplesPerClass))))
    }
    if training.optimizer == .sgd {
      parameters.append(.init("momentum", .number(training.momentum)))
    }
    if let limit = training.gradientLimit {
      parameters.append(.init("gradient-limit", .number(limit)))
    }
    if let share = configuration.sampledClassShare {
      parameters.append(.init("sampled-classes", .number(share)))
    }
    for term in objective.specification.terms {
      for parameter in term.entry.parameters {
        let value = term.values[parameter.name]!
        guard !parameter.isOption || value != parameter.defaultValue else { continue }
        let name = "\(term.entry.name).\(parameter.name)"
        if case .number(let number) = value {
          parameters.append(.init(name, .number(number)))
        } else {
          parameters.append(.init(name, .text(value.description)))
        }
      }
    }
    return parameters
  }
}

/// Writes what runs that are compared have in common: the columns of TensorBoard's table of them.
func writeTensorBoardExperiment(
  _ sessions: [[TensorBoard.HyperParameter]], _ runs: [RunSummary], in root: RunDirectory
) throws {
  var metrics: [TensorBoard.Metric] = []
  for metric in runs.flatMap(\.metrics) where !metrics.contains(where: { $0.tag == metric.tag }) {
    let unit = metric.unit.isEmpty ? "" : ", \(metric.unit)"
    // Explanations may name what is true of one run only.
    metrics.append(TensorBoard.Metric(tag: metric.tag, title: metric.title + unit))
  }
  try TensorBoard.write(
    [.experiment(sessions: sessions, metrics: metrics)], step: 0, to: root.experimentEventsPath)
}

extension RunSummary.Metric {
  fileprivate var tag: String { "results/\(key)" }
}

/// The classes that get curves: the first ones of which there are test samples.
private struct ShownClasses {
  let classes: [Int]
  /// Says so where there are more.
  let remark: String

  init(of samples: Samples) {
    let all = Set(samples.labels).sorted()
    classes = all.prefix(10).map { Int($0) }
    remark = all.count > 10 ? " Only the first 10 of \(all.count) classes have curves." : ""
  }
}

extension Schedule {
  fileprivate var name: String {
    switch self {
    case .constant: "constant"
    case .cosine: "cosine"
    case .step(let factor, let shares):
      "step \(factor) at \(shares.map { "\($0)" }.joined(separator: "/"))"
    }
  }
}
