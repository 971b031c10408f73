import ArgumentParser
import Evaluation

/// What to judge, and how.
struct EvaluationSettings {
  enum Part: String, ExpressibleByArgument, CaseIterable, Codable {
    case classification, calibration, verification, identification, retrieval, geometry

    /// Whether it is of scores of classes, else of features.
    var needsScores: Bool { self == .classification || self == .calibration }

    /// Whether samples are looked for among others.
    var isSearch: Bool { self == .identification || self == .retrieval }
  }

  var parts: [Part] = Part.allCases
  /// By which pairs are compared; nil for all three in verification, the cosine elsewhere.
  var similarity: PairSimilarity?
  var pairsPath: String?
  /// Whether the features of mirrored pictures are added.
  var addsMirrored = false
  var falseAcceptRates = [1e-4, 1e-3, 1e-2, 1e-1]
  /// The false accept rate of the operating point that is stored.
  var operatingRate: Double?
  var binCount = 15
  /// The share of the rows, the first ones, that scalings are fitted on; the rest judges them.
  var fitShare = 0.5
  var resampling = Resampling()
  /// How many scores, rows × classes, are held at once, at most.
  var scoreLimit = EvaluationInput.scoreLimit
}
