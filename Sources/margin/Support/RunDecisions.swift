import Evaluation
import Reports

/// What an input got right, item by item: what paired tests need.
struct RunDecisions {
  /// Whether each sample is predicted; nil without scores.
  var predictions: [Bool]?
  /// Which of the drawn test pairs are told apart by the cosine; nil without pairs, or with fewer than 40
  /// samples.
  var pairs: VerificationPairs.Decisions?
  var items: EvaluatedItems

  init(_ input: EvaluationInput) {
    let embeddings = input.labelledEmbeddings
    // Predictions of rows without a class are neither right nor wrong.
    self.init(
      predicted: input.predicted.isEmpty ? nil : input.labelledRows.map { input.predicted[$0] },
      embeddings: embeddings, items: EvaluatedItems(input))
  }

  init(predicted: [Int]?, embeddings: Embeddings?, items: EvaluatedItems) {
    self.items = items
    predictions = predicted.map { zip($0, items.labels).map { $0 == $1 } }
    // The same pairs for all inputs of the same items: they follow from the labels.
    pairs = embeddings.flatMap { embeddings in
      guard embeddings.count >= 40, embeddings.values.allSatisfy(\.isFinite) else { return nil }
      return VerificationPairs(labels: embeddings.labels).map {
        $0.decisions($0.scores(embeddings, .cosine))
      }
    }
  }
}

/// The samples that an input is judged on.
struct EvaluatedItems {
  /// What the input is called in messages.
  var input: String
  /// Of the rows that have a class.
  var labels: [Int]
  /// Of these rows; nil where they are not known.
  var names: [String]?

  init(input: String, labels: [Int], names: [String]? = nil) {
    (self.input, self.labels, self.names) = (input, labels, names)
  }

  init(_ input: EvaluationInput) {
    let rows = input.labelledRows
    self.init(
      input: input.name, labels: input.labels,
      names: input.names.map { names in rows.map { names[$0] } })
  }

  /// Why no paired test can compare the two; nil if it can.
  func difference(from other: EvaluatedItems) -> String? {
    guard labels.count == other.labels.count else {
      return "they have \(labels.count) and \(other.labels.count) rows"
    }
    if let row = labels.indices.first(where: { labels[$0] != other.labels[$0] }) {
      return "row \(row) (counted from 0) has the label \(labels[row]) in the one and "
        + "\(other.labels[row]) in the other"
    }
    if let names, let theirs = other.names,
      let row = names.indices.first(where: { names[$0] != theirs[$0] })
    {
      return
        "row \(row) (counted from 0) is '\(names[row])' in the one and '\(theirs[row])' in the "
        + "other"
    }
    return nil
  }
}

/// A loss's runs, one for each seed.
struct JudgedLoss {
  var name: String
  var seeds: [(summary: RunSummary, decisions: RunDecisions)]
}

extension Comparison {
  /// Every two losses by the numbers that decide: over seeds, where there are several, by Student's paired
  /// test; else by McNemar's, on the same pairs and pictures.
  static func all(_ losses: [JudgedLoss]) -> [Comparison] {
    func tests(
      _ key: String, _ items: (RunDecisions) -> [Bool]?
    ) -> [Comparison] {
      losses.indices.flatMap { i in
        losses[(i + 1)...].compactMap { other -> Comparison? in
          let loss = losses[i]
          func metrics(_ loss: JudgedLoss) -> [RunSummary.Metric] {
            loss.seeds.compactMap { $0.summary.metrics.first { $0.key == key } }
          }
          let (mine, theirs) = (metrics(loss), metrics(other))
          guard let metric = mine.first, mine.count == theirs.count else { return nil }
          let test: PairedTest
          var scale = 1.0
          if mine.count > 1 {
            test = PairedTest(first: mine.map(\.value), second: theirs.map(\.value))
          } else {
            let (one, two) = (loss.seeds[0].decisions, other.seeds[0].decisions)
            guard let first = items(one), let second = items(two), first.count == second.count,
              !first.isEmpty, one.items.difference(from: two.items) == nil
            else { return nil }
            test = PairedTest(first: first, second: second)
            scale = 100
          }
          let interval = test.difference.interval
          return Comparison(
            metric: metric.title, runA: loss.name, runB: other.name,
            difference: test.difference.value * scale,
            lower: interval.map { $0.lowerBound * scale },
            upper: interval.map { $0.upperBound * scale }, pValue: test.pValue,
            isCertain: test.isCertain, unit: metric.unit, digits: metric.digits,
            better: metric.better)
        }
      }
    }
    return tests(RunSummary.Metric.decidingKey) { $0.pairs?.isRight }
      + tests("accuracy", \.predictions)
  }
}
