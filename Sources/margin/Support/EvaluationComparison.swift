import Evaluation

/// Two inputs that were judged on the same items.
struct EvaluationComparison: Codable {
  var title, first, second: String
  var test: PairedTest

  /// Every pair of inputs by everything that both have decisions of.
  ///
  /// - Throws: `Failure` for inputs of other items, which no paired test can compare.
  static func all(_ sessions: [EvaluationSession]) throws -> [EvaluationComparison] {
    if let first = sessions.first {
      for other in sessions.dropFirst() { try requireSameItems(first, other) }
    }
    return sessions.indices.flatMap { i in
      sessions[(i + 1)...].flatMap { other in
        sessions[i].decisions.compactMap { mine in
          guard let theirs = other.decisions.first(where: { $0.title == mine.title }),
            theirs.isRight.count == mine.isRight.count, !mine.isRight.isEmpty
          else { return nil }
          return EvaluationComparison(
            title: mine.title, first: sessions[i].input.name, second: other.input.name,
            test: PairedTest(first: mine.isRight, second: theirs.isRight))
        }
      }
    }
  }

  private static func requireSameItems(
    _ first: EvaluationSession, _ other: EvaluationSession
  ) throws {
    let items = EvaluatedItems(first.input)
    guard let reason = items.difference(from: EvaluatedItems(other.input)) else { return }
    throw Failure(
      .badData,
      "\(first.input.name) and \(other.input.name) cannot be compared: \(reason). Judge them "
        + "one by one, or give the same rows in the same order")
  }

  var text: String {
    let difference = test.difference
    let points = "\((abs(difference.value) * 100).formatted(2)) points"
    // From the side of the one that is ahead.
    let interval =
      difference.interval.map {
        let ends = [$0.lowerBound, $0.upperBound].map { $0 * (difference.value < 0 ? -100 : 100) }
        return " (\(ends.min()!.formatted(2)) to \(ends.max()!.formatted(2)))"
      } ?? ""
    let p = test.pValue < 1e-4 ? "p < 0.0001" : "p = \(test.pValue.formatted(4))"
    guard test.isCertain else {
      return
        "\(title): \(first) and \(second) cannot be told apart: they differ by \(points)\(interval), \(p)"
    }
    let (better, worse) = difference.value > 0 ? (first, second) : (second, first)
    return "\(title): \(better) is better than \(worse) by \(points)\(interval), \(p)"
  }
}
