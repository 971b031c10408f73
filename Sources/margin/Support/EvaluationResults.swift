import Evaluation

/// Everything that was measured of one input, as it is printed and stored.
struct EvaluationResults: Codable {
  struct Share: Codable {
    var k: Int
    var share: Estimate
  }

  struct ClassificationNumbers: Codable {
    var sampleCount: Int
    var accuracy, zeroOneLoss, balancedAccuracy, negativeLogLikelihood: Estimate
    var topAccuracies: [Share]
    var macroF1, macroArea: Double
    var classes: [ConfusionMatrix.ClassScore]
    /// nil for more than 1,000 classes.
    var confusion: ConfusionMatrix?
  }

  struct CalibrationNumbers: Codable {
    struct Scaled: Codable {
      var scaling: Scaling
      /// Judged on the rows that it was not fitted on, as it is and scaled.
      var errorBefore, errorAfter, lossBefore, lossAfter: Estimate
    }
    var equalWidthError, equalMassError, brierScore, negativeLogLikelihood: Estimate
    var maximumError, classwiseError, extremeConfidenceShare, extremeProbabilityShare: Double
    var decisionThreshold: DecisionThreshold?
    var equalWidthBins, equalMassBins: [Calibration.Bin]
    var scalings: [Scaled]
  }

  struct VerificationNumbers: Codable {
    struct Rate: Codable {
      var falseAcceptRate: Double
      /// nil: not resolvable with so few pairs of different classes.
      var trueAcceptRate: Estimate?
      var threshold: Double?
    }
    var similarity: PairSimilarity
    var isNormalized: Bool
    var addsMirrored: Bool
    var pairCount, positiveCount: Int
    /// Of the pairs in folds: nil for all pairs.
    var accuracy: Estimate?
    var area, equalErrorRate: Estimate
    var rates: [Rate]
  }

  struct IdentificationNumbers: Codable {
    struct OpenSet: Codable {
      var falseAcceptRate, threshold: Double
      var rate: Estimate?
    }
    var galleryCount, mateCount, strangerCount: Int
    var matchRates: [Share]
    var openSetRates: [OpenSet]
  }

  struct RetrievalNumbers: Codable {
    var queryCount, withoutMateCount: Int
    var recalls: [Share]
    var rPrecision, meanAveragePrecisionAtR: Estimate
    /// nil for a gallery of its own, which is no set of clusters.
    var normalizedMutualInformation: Double?
  }

  struct GeometryNumbers: Codable {
    struct Pair: Codable {
      var first, second: String
      var angle: Double
    }
    var angleWithinClasses: Estimate
    var smallestAngleBetweenCenters, meanNorm, normDeviation: Double
    var fisherRatio, effectiveDimension: Double
    var meanAngleToProxies: Double?
    var nearestClasses: [Pair]
    var failingTriples: [Failing]
    var directionlessCount: Int

    struct Failing: Codable {
      var similarity: PairSimilarity
      var share, anchorShare: Double
      var worst: [FailingTriples.Triple]
    }
  }

  var name: String
  var classification: ClassificationNumbers?
  var calibration: CalibrationNumbers?
  var verification: [VerificationNumbers]?
  /// All pairs of the set.
  var allPairs: VerificationNumbers?
  var operatingPoint: OperatingPoint?
  var identification: IdentificationNumbers?
  var retrieval: RetrievalNumbers?
  var geometry: GeometryNumbers?
  /// Parts that were not judged, and why.
  var notJudged: [String: String] = [:]
}
