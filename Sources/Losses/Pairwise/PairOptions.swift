// What the rows of this folder share in the catalogue.

/// A choice between yes and no.
enum Answer: String, CaseIterable { case no, yes }

extension LossParameter {
  static func distance(default kind: PairDistance.Kind) -> LossParameter {
    choice("distance", PairDistance.Kind.self, default: kind, "D")
  }
  static let normalize = choice(
    "normalize", Answer.self, default: .no, "whether features are brought to unit length before")
  static let average = choice(
    "average", PairAverage.self, default: .all,
    "what the mean counts: all, or those whose loss is not 0")
  static func temperature(default value: Double) -> LossParameter {
    LossParameter("temperature", default: value, range: .above(0), "τ, divides the cosines")
  }
  /// - Parameter unit: What has a loss of its own, where there is no reduction.
  static func reduction(of unit: String) -> LossParameter {
    LossParameter(
      "reduction", default: .word("mean"), range: .words(["mean", "sum", "none"]),
      "how the losses of \(unit) become one number", isOption: true)
  }
}

extension ParameterValues {
  func isYes(_ name: String) -> Bool { choice(name, Answer.self) == .yes }

  /// The distance of the parameters 'distance' and 'normalize'.
  func distance() -> PairDistance {
    PairDistance(
      choice("distance", PairDistance.Kind.self), normalizesFeatures: isYes("normalize"))
  }

  func average() -> PairAverage { choice("average", PairAverage.self) }
}

extension [String: String] {
  /// Options of losses on classes that have no meaning for a loss on pairs, and why.
  static let pairRefusals = [
    "label-smoothing": "it knows pairs as the same or different, no probabilities of classes",
    "focal-gamma": "there is no probability of a target class to make light of",
    "class-weights": "a pair belongs to two classes, or to one twice",
    "ignore-label": "leave samples that should be in no pair out of the batch",
    "gradient": "there is no margin function whose slope could be left out",
  ]

  /// Those, and others.
  static func pairRefusals(_ others: [String: String]) -> [String: String] {
    pairRefusals.merging(others) { $1 }
  }
}
