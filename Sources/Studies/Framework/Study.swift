/// A claim about losses that the literature repeats, with the experiment that puts it to the test.
///
/// Adding one is a file in `Claims`, a row in `StudyCatalog` and one in the README's table.
public struct Study: Sendable {
  /// As the command line knows it: "center-loss".
  public let name: String
  public let title: String
  /// What is said, in a sentence or two.
  public let claim: String
  public let papers: [String]
  /// The data sets that it reads.
  public let data: [StudyData]
  /// Does what the session's form asks for, and says what came of it.
  let run: @Sendable (StudySession) throws -> StudyResult

  public init(
    name: String, title: String, claim: String, papers: [String], data: [StudyData] = [],
    run: @escaping @Sendable (StudySession) throws -> StudyResult
  ) {
    (self.name, self.title, self.claim) = (name, title, claim)
    (self.papers, self.data, self.run) = (papers, data, run)
  }
}

/// How much of a study is done.
public enum StudyForm: String, Codable, Sendable, CaseIterable {
  /// Seconds: shows that it runs; its numbers say nothing.
  case smoke
  /// Minutes: fewer samples, epochs and seeds.
  case quick
  /// What its verdict rests on.
  case full

  /// How many times each training is repeated if nothing else is asked.
  public var seedCount: Int { self == .full ? 3 : 1 }
}

/// What a study found about one statement.
public struct Finding: Codable, Sendable, Equatable {
  public enum Verdict: String, Codable, Sendable, CaseIterable {
    case holds
    case holdsInPart = "holds in part"
    case doesNotHold = "does not hold here"
    /// The intervals are too wide to tell.
    case undecided = "cannot be told here"

    /// The verdict on so many statements: "hold in part" of two.
    fileprivate func phrase(of count: Int) -> String {
      guard count != 1 else { return rawValue }
      return switch self {
      case .holds: "hold"
      case .holdsInPart: "hold in part"
      case .doesNotHold: "do not hold here"
      case .undecided: rawValue
      }
    }

    /// What a claim is worth of which each statement was judged by itself: `holds` if all do, `doesNotHold`
    /// if none does that can be told, `holdsInPart` if some do.
    public init(_ parts: [Verdict]) {
      let telling = parts.filter { $0 != .undecided }
      if telling.isEmpty {
        self = .undecided
      } else if parts.allSatisfy({ $0 == .holds }) {
        self = .holds
      } else if telling.allSatisfy({ $0 == .doesNotHold }) {
        self = .doesNotHold
      } else {
        self = .holdsInPart
      }
    }

    /// Whether a number grows with a parameter: from the first value to the last for certain, and at no step
    /// between them the other way.
    public init(growing values: [Double], _ lastMinusFirst: Contrast) {
      let isOrdered = zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }
      let verdict = lastMinusFirst.isLarger
      self = verdict == .holds && !isOrdered ? .holdsInPart : verdict
    }
  }

  /// What was to be seen if the claim is right, as a sentence.
  public var statement: String
  public var verdict: Verdict
  /// What was seen: the numbers that decide.
  public var evidence: String

  public init(_ statement: String, _ verdict: Verdict, _ evidence: String) {
    (self.statement, self.verdict, self.evidence) = (statement, verdict, evidence)
  }
}

/// All that came of a study.
public struct StudyResult: Codable, Sendable {
  public var findings: [Finding]
  public var tables: [StudyTable]
  /// How it was done, in sentences.
  public var method: String
  /// What a reader has to know to judge the numbers.
  public var caveats: [String]
  /// What ± and the tests of differences are over, in sentences; nil where they are over the seeds, or over
  /// samples if there is one seed.
  public var uncertainty: String?

  public init(
    method: String, tables: [StudyTable], findings: [Finding], caveats: [String] = [],
    uncertainty: String? = nil
  ) {
    (self.method, self.tables, self.findings, self.caveats) = (method, tables, findings, caveats)
    self.uncertainty = uncertainty
  }

  public var verdict: Finding.Verdict { Finding.Verdict(findings.map(\.verdict)) }

  /// How many statements have which verdict: "Of 7 statements 2 hold, 1 holds in part, 4 cannot be told here."
  public var counts: String {
    let counts = Finding.Verdict.allCases.compactMap { verdict in
      let count = findings.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict.phrase(of: count))"
    }
    return "Of \(findings.count) statement\(findings.count == 1 ? "" : "s") "
      + counts.joined(separator: ", ") + "."
  }
}

/// A training that was stopped on the user's wish; what is done is kept.
public struct StudyInterruption: Error {}
