import Datasets
import Evaluation
import Training

/// Ways of training on the same data, each over the session's seeds, and what came of them.
public struct LossComparison {
  /// One way of training.
  public struct Way {
    /// As tables and figures call it.
    public var name: String
    /// Its seed is set for each training.
    public var configuration: RunConfiguration

    public init(_ name: String, _ configuration: RunConfiguration) {
      (self.name, self.configuration) = (name, configuration)
    }
  }

  public let ways: [Way]
  /// By way, then by seed.
  public let scores: [[RunScores]]

  public subscript(name: String) -> [RunScores] {
    scores[ways.firstIndex { $0.name == name }!]
  }

  /// A number of each way: over seeds, or of the only one.
  public func estimates(_ number: (RunScores) -> Estimate) -> [Estimate] {
    scores.map { .over($0.map(number)) }
  }

  /// The accuracy of one way minus that of another.
  public func accuracy(_ first: String, minus second: String) -> Contrast {
    Contrast(self[first].map(\.isRight), self[second].map(\.isRight))
  }

  /// The share of pairs that one way tells apart minus that of another.
  public func pairs(
    _ first: String, minus second: String, by similarity: PairSimilarity = .cosine
  ) -> Contrast {
    Contrast(
      self[first].map { $0.pairIsRight[similarity]! },
      self[second].map { $0.pairIsRight[similarity]! })
  }

  /// Any number of one way minus that of another, over seeds.
  public func difference(
    _ first: String, minus second: String, _ number: (RunScores) -> Double
  ) -> Contrast {
    Contrast(self[first].map(number), self[second].map(number))
  }

  /// A row for each way.
  public func table(_ title: String, _ columns: [Column], note: String = "") -> StudyTable {
    StudyTable(
      title, columns: [""] + columns.map(\.title),
      rows: zip(ways, scores).map { way, seeds in
        [way.name]
          + columns.map { column in
            Estimate.over(seeds.map(column.number)).cell(column.digits, times: column.factor)
          }
      }, note: note)
  }

  /// A column of a table.
  public struct Column {
    public var title: String
    public var digits: Int
    public var factor: Double
    public var number: (RunScores) -> Estimate

    public init(
      _ title: String, digits: Int = 2, factor: Double = 1,
      _ number: @escaping (RunScores) -> Estimate
    ) {
      (self.title, self.digits, self.factor, self.number) = (title, digits, factor, number)
    }

    public static var accuracy: Column { Column("accuracy %", factor: 100, \.accuracy) }
    public static var angleWithin: Column { Column("angle within classes °", \.angleWithin) }
    public static var angleBetween: Column {
      Column("smallest angle between centres °", digits: 1) { Estimate($0.angleBetween) }
    }
    public static var norm: Column { Column("feature norm") { Estimate($0.meanNorm) } }
    public static var finalLoss: Column {
      Column("loss at the end", digits: 4) { Estimate($0.finalLoss) }
    }
    public static func pairs(_ similarity: PairSimilarity) -> Column {
      let title =
        switch similarity {
        case .cosine: "cosine"
        case .euclidean: "distance"
        case .innerProduct: "inner product"
        }
      return Column("pairs by \(title) %", factor: 100) {
        $0.pairs[similarity] ?? Estimate(.nan)
      }
    }
  }
}

extension StudySession {
  /// Trains every way with every seed and judges each on the test set.
  ///
  /// - Throws: As `results` and `train`.
  public func compare(_ ways: [LossComparison.Way], on dataset: Dataset) throws -> LossComparison {
    let items = ways.flatMap { way in seeds.map { (way: way, seed: $0) } }
    let scores = try results(for: items, named: items.map { "\($0.way.name), seed \($0.seed)" }) {
      item in
      var configuration = item.way.configuration
      configuration.training.seed = item.seed
      return try RunScores(
        train(configuration, on: dataset, as: "\(item.way.name)-\(item.seed)"))
    }
    return LossComparison(
      ways: ways,
      scores: stride(from: 0, to: scores.count, by: seeds.count).map {
        Array(scores[$0..<$0 + seeds.count])
      })
  }
}
