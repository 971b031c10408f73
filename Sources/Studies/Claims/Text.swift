import Datasets
import Evaluation
import Reports
import Torch
import Training

extension Study {
  /// Text classifiers with and without label smoothing.
  static let text = Study(
    name: "text",
    title: "Label smoothing and a text classifier",
    claim:
      "An LSTM that classifies texts is more often right when its labels are smoothed by ε = 0.1, and its "
      + "probabilities are nearer to what they say.",
    papers: [
      "Hochreiter, Schmidhuber, Long short-term memory, 1997",
      "Szegedy et al., Rethinking the Inception architecture for computer vision, 2016",
      "Müller, Kornblith, Hinton, When does label smoothing help?, 2019",
      "Li, Roth, Learning question classifiers, 2002",
      "Socher et al., Recursive deep models for semantic compositionality over a sentiment treebank, 2013",
    ],
    data: [.trec, .sst2]
  ) { session in
    session.stageCount = 2
    let tasks = try [session.questions(), session.reviews()]
    let kinds = session.choose(
      smoke: TextKind.all, quick: TextKind.all.filter { $0.network == "lstm" }, full: TextKind.all)
    let plain = tasks.flatMap { task in kinds.map { (task: task, way: task.way($0)) } }
    let trials = plain.flatMap { task, way in
      task.candidates.map { TextTrial(task: task, way: way, settings: $0) }
    }
    let accuracies = try session.results(for: trials, named: trials.map(\.name)) { trial in
      try session.train(trial.configuration, on: trial.task.choosing, as: trial.name)
        .testAccuracy()
    }
    let validated = zip(trials, accuracies).map { (trial: $0, accuracy: $1) }
    let chosen = plain.map { _, way -> TextTrial in
      let own = validated.filter { $0.trial.way.name == way.name }
      let best = own.map(\.accuracy).max()!
      return own.first { $0.accuracy == best }!.trial
    }
    let ways = chosen.map { LossComparison.Way($0.way.name, $0.configuration) }
    let scores = try session.results(of: ways) { way, run in
      let task = tasks.first { $0.dataset == way.configuration.dataset }!
      return try TextScores(session.train(way.configuration, on: task.judging, as: run))
    }
    return try TextResult(
      session: session, tasks: tasks, kinds: kinds, ways: ways, scores: scores,
      validated: validated.map { ($0.trial.name, $0.accuracy) }
    ).result()
  }
}

/// A network with one-hot or smoothed labels.
struct TextKind {
  var title, network: String
  var smoothing: Double

  static let all = [("LSTM", "lstm"), ("BiLSTM", "bilstm")].flatMap { title, network in
    [0, 0.1].map { TextKind(title: title, network: network, smoothing: $0) }
  }

  var name: String { "\(title), \(smoothing == 0 ? "one-hot" : "ε = \(smoothing)")" }
}

/// A set of texts, divided to choose settings by and to judge by.
struct TextTask {
  /// What a training's length and dropout may be.
  struct Settings {
    var dropout: Double
    var epochs: Int
  }

  var title, dataset: String
  /// Its test part is the validation part; no text to judge by is in it.
  var choosing: Dataset
  var judging: Dataset
  var candidates: [Settings]

  func way(_ kind: TextKind) -> LossComparison.Way {
    LossComparison.Way(
      "\(title), \(kind.name)",
      RunConfiguration(
        dataset: dataset, network: kind.network, featureCount: 64, loss: "softmax",
        settings: kind.smoothing == 0 ? [:] : ["label-smoothing": "\(kind.smoothing)"], epochs: 1))
  }

  /// Weak to strong dropout with each number of epochs.
  static func settings(epochs: [Int]) -> [Settings] {
    [0.3, 0.5, 0.7].flatMap { dropout in
      epochs.map { Settings(dropout: dropout, epochs: $0) }
    }
  }

  /// - Parameter parts: With a validation part.
  static func choosing(_ parts: TextParts) throws -> Dataset {
    try Dataset(
      name: parts.name, train: .texts(parts.train), test: .texts(parts.validation!),
      classNames: parts.classNames)
  }
}

/// A way with settings that it may have.
private struct TextTrial {
  var task: TextTask
  var way: LossComparison.Way
  var settings: TextTask.Settings

  var name: String {
    "\(way.name), dropout \(settings.dropout), \(settings.epochs) epochs"
  }

  var configuration: RunConfiguration {
    var configuration = way.configuration
    configuration.dropout = settings.dropout
    configuration.training.epochs = settings.epochs
    return configuration
  }
}

extension StudySession {
  /// TREC: settings are chosen by questions that are taken out of the training part, and judged are networks
  /// that were trained on all of it.
  fileprivate func questions() throws -> TextTask {
    func load(validationCount: Int) throws -> TextParts {
      try TREC.load(
        DatasetOptions(
          folder: path(.trec), trainCount: choose(smoke: 200, quick: nil, full: nil),
          testCount: choose(smoke: 100, quick: nil, full: nil)),
        validationCount: validationCount)
    }
    return TextTask(
      title: "TREC", dataset: "trec",
      choosing: try TextTask.choosing(
        load(validationCount: choose(smoke: 50, quick: 500, full: 500))),
      judging: try Dataset(load(validationCount: 0)),
      candidates: choose(
        smoke: [.init(dropout: 0.5, epochs: 1)],
        quick: [.init(dropout: 0.3, epochs: 5), .init(dropout: 0.5, epochs: 10)],
        full: TextTask.settings(epochs: [6, 12])))
  }

  /// SST-2, which has a part to validate by.
  fileprivate func reviews() throws -> TextTask {
    let parts = try SST2.load(
      DatasetOptions(
        folder: path(.sst2), trainCount: choose(smoke: 200, quick: nil, full: nil),
        testCount: choose(smoke: 100, quick: nil, full: nil)))
    return TextTask(
      title: "SST-2", dataset: "sst2", choosing: try TextTask.choosing(parts),
      judging: try Dataset(parts),
      candidates: choose(
        smoke: [.init(dropout: 0.3, epochs: 1), .init(dropout: 0.5, epochs: 1)],
        quick: [.init(dropout: 0.5, epochs: 3), .init(dropout: 0.7, epochs: 5)],
        full: TextTask.settings(epochs: [3, 6])))
  }
}

/// What a text classifier's probabilities are worth on the test texts.
struct TextScores: Codable {
  var isRight: [Bool]
  var accuracy: Estimate
  var calibrationError: Estimate
  /// The mean probability of the predicted class, and how far it is above the accuracy.
  var confidence, excess: Estimate
  var negativeLogLikelihood: Estimate
  var bins: [Calibration.Bin]

  init(_ run: TrainingRun) throws {
    let test = run.dataset.test
    let logits = try withoutGradients {
      try run.objective.head!.logits(run.network.features(of: test))
    }
    let predictions = try Predictions(
      .logits, logits.elements(), classCount: run.dataset.classCount,
      labels: test.labels.map { Int($0) })
    let calibration = try Calibration(predictions)
    let confidences = predictions.confidences
    isRight = predictions.isRight
    accuracy = .share(isRight.count { $0 }, of: isRight.count)
    calibrationError = calibration.equalWidthError
    confidence = .mean(confidences)
    excess = .mean(zip(confidences, isRight).map { $0 - ($1 ? 1 : 0) })
    negativeLogLikelihood = calibration.negativeLogLikelihood
    bins = calibration.equalWidthBins
  }
}
