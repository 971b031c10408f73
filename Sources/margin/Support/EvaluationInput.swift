import Datasets
import Evaluation
import Torch
import Training

/// What there is to judge, from a run or from a file of any program: features, scores of classes, or both.
struct EvaluationInput {
  /// The path it was read from.
  let name: String
  var embeddings: Embeddings?
  /// Of the mirrored pictures.
  var mirrored: Embeddings?
  /// What the scores of each row come to.
  var scores: SampleScores?
  /// The scores themselves; nil for more than are held at once.
  var predictions: Predictions?
  /// Whether each row has a class; one without counts for pairs that are given by name only.
  var isLabelled: [Bool]
  /// Of the rows, such as "Name/Name_0001".
  var names: [String]?
  var classNames: [String]
  /// [C·K, D].
  var proxies: [Float]?
  /// The most probable class of each row, as the run's head predicts; that of the nearest other row for a
  /// run without a head; empty without scores.
  var predicted: [Int] = []

  /// So many scores, rows × classes, are held at once. Judging them takes about 32 bytes for each: 2 GiB.
  static let scoreLimit = 1 << 26

  /// The rows that have a class.
  var labelledRows: [Int] { isLabelled.indices.filter { isLabelled[$0] } }

  /// The features of the rows that have a class; nil without features, or if there is no such row.
  var labelledEmbeddings: Embeddings? {
    guard let embeddings else { return nil }
    let rows = labelledRows
    if rows.count == embeddings.count { return embeddings }
    return rows.isEmpty ? nil : embeddings.select(rows)
  }

  /// The classes of the rows that have one.
  var labels: [Int] { labelledEmbeddings?.labels ?? scores?.labels ?? [] }

  func className(_ label: Int) -> String {
    label < classNames.count ? classNames[label] : String(label)
  }
}

extension EvaluationInput {
  /// The test set of a trained run, through its network.
  ///
  /// - Parameter scoreLimit: How many scores are held at once, at most.
  init(_ run: TrainingRun, scoreLimit: Int = EvaluationInput.scoreLimit) throws {
    let features = try run.network.features(of: run.dataset.test)
    let labels = run.dataset.test.labels.map { Int($0) }
    name = run.directory.path
    embeddings = Embeddings(
      values: try features.elements(), dimension: run.network.featureCount, labels: labels)
    if let head = run.objective.head {
      let classCount = head.classCount
      let isHeld = labels.count <= scoreLimit / classCount
      var (held, predicted) = ([Float](), [Int]())
      // A training that went wrong has scores that are no numbers, and is judged by the rest.
      var scores: SampleScores? = SampleScores(classCount: classCount)
      try head.forEachLogits(features) { rows, logits in
        predicted += try logits.predictedClasses()
        let values = try logits.elements(Float.self)
        if isHeld {
          held += values
        } else if let block = try? Predictions(
          .logits, values, classCount: classCount, labels: Array(labels[rows]))
        {
          scores?.append(block)
        } else {
          scores = nil
        }
      }
      if isHeld {
        predictions = try? Predictions(.logits, held, classCount: classCount, labels: labels)
        scores = predictions.map { SampleScores($0) }
      }
      (self.scores, self.predicted) = (scores, predicted)
      proxies = try head.weights.elements()
    } else {
      // Features that are no numbers, or a single one, have no neighbour.
      let found = try? run.objective.predictions(features, labels: run.dataset.test.labels)
      predicted = found.flatMap { $0.contains(-1) ? nil : $0 } ?? []
    }
    isLabelled = labels.map { _ in true }
    names = labels.indices.map { "test/\($0)" }
    classNames = run.dataset.classNames
  }
}
