import Evaluation
import Reports

/// What a run got right, item by item: what paired tests need.
struct RunDecisions {
  /// Whether each test picture is predicted.
  var predictions: [Bool]
  /// Which of the drawn test pairs are told apart by the cosine; nil without pairs, or with fewer than 40
  /// pictures.
  var pairs: VerificationPairs.Decisions?

  init(predictions: [Bool], embeddings: Embeddings) {
    self.predictions = predictions
    // The same pairs for all runs on a test set: they follow from its labels.
    pairs =
      embeddings.labels.count >= 40
      ? VerificationPairs(labels: embeddings.labels).map {
        $0.decisions($0.scores(embeddings, .cosine))
      } : nil
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
            guard let first = items(loss.seeds[0].decisions),
              let second = items(other.seeds[0].decisions), first.count == second.count,
              !first.isEmpty
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
    return tests("verification-cosine") { $0.pairs?.isRight } + tests("accuracy", \.predictions)
  }
}
