import Datasets
import Evaluation
import Reports
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

  /// What came of a way, for each seed.
  ///
  /// - Precondition: There is a way of the name.
  public subscript(name: String) -> [RunScores] {
    guard let index = ways.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no way is called '\(name)', but \(ways.map(\.name))")
    }
    return scores[index]
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

  /// Any number of one way minus that of another: over seeds, or by its own intervals where there is one.
  public func difference(
    _ first: String, minus second: String, _ number: (RunScores) -> Estimate
  ) -> Contrast {
    Contrast(self[first].map(number), self[second].map(number))
  }

  /// A number of some ways over the values of a parameter, with its intervals.
  ///
  /// - Parameters:
  ///   - points: The parameter's values, each with the way that has it.
  ///   - factor: What the number is multiplied by, such as 100 for percent.
  ///   - number: The one that is drawn.
  public func curve(
    over points: [(x: Double, way: String)], times factor: Double = 1,
    _ number: (RunScores) -> Estimate
  ) -> RunSummary.Curve {
    RunSummary.Curve(
      name: "",
      points: points.map { x, way in
        Estimate.over(self[way].map(number)).point(at: x, times: factor)
      })
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
    LossComparison(
      ways: ways,
      scores: try results(of: ways) { way, run in
        try RunScores(train(way.configuration, on: dataset, as: run))
      })
  }

  /// What there is of each way with each seed: by way, then by seed.
  ///
  /// - Parameters:
  ///   - ways: No two of one name.
  ///   - compute: Gets the way with the seed in its configuration, and a name for its run.
  /// - Throws: As `results(for:named:_:)`.
  public func results<Result: Codable>(
    of ways: [LossComparison.Way],
    _ compute: (_ way: LossComparison.Way, _ run: String) throws -> Result
  ) throws -> [[Result]] {
    let items = ways.flatMap { way in
      seeds.map { seed in
        var way = way
        way.configuration.training.seed = seed
        return way
      }
    }
    let results = try results(
      for: items, named: items.map { "\($0.name), seed \($0.configuration.training.seed)" },
      settings: items.map(\.configuration)
    ) { way in
      try compute(way, "\(way.name)-\(way.configuration.training.seed)")
    }
    return stride(from: 0, to: results.count, by: seeds.count).map {
      Array(results[$0..<$0 + seeds.count])
    }
  }
}
