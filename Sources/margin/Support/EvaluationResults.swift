import Datasets
import Evaluation
import Formats
import Foundation

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
    var confusion: ConfusionMatrix
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
    var normalizedMutualInformation: Double
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

/// Judges an input, and keeps what is needed to compare it with another on the same items.
struct EvaluationSession {
  let input: EvaluationInput
  let settings: EvaluationSettings
  private(set) var results: EvaluationResults
  /// Whether each item was right, by what is compared: for paired tests.
  private(set) var decisions: [(title: String, isRight: [Bool])] = []
  /// The ranks of every sample's mates, by what has been asked for: retrieval and triples share them.
  private var mates: [PairSimilarity: MateRanks] = [:]
  /// The classes of the rows.
  var labels: [Int] { input.embeddings?.labels ?? input.predictions?.labels ?? [] }

  init(_ input: EvaluationInput, _ settings: EvaluationSettings) throws {
    (self.input, self.settings) = (input, settings)
    results = EvaluationResults(name: input.name)
    for part in settings.parts {
      do {
        try judge(part)
      } catch let error as EvaluationError {
        // What was asked for by name has to be there.
        guard settings.parts.count > 1 else {
          throw Failure(
            error.kind == .usage ? .usage : .badData, "\(input.name): \(error)")
        }
        results.notJudged[part.rawValue] = error.description
      }
    }
  }

  private mutating func judge(_ part: EvaluationSettings.Part) throws {
    switch part {
    case .classification: try judgeClassification()
    case .calibration: try judgeCalibration()
    case .verification: try judgeVerification()
    case .identification: try judgeIdentification()
    case .retrieval: try judgeRetrieval()
    case .geometry: try judgeGeometry()
    }
  }

  private func scores() throws -> Predictions {
    guard let predictions = input.predictions else {
      throw EvaluationError(
        .data,
        "there are no logits or probabilities; a table's columns, or an npy file, are those with "
          + "--array logits=array")
    }
    return predictions
  }

  /// The features of the rows that have a class.
  private func features() throws -> Embeddings {
    guard let embeddings = input.embeddings else {
      throw EvaluationError(.data, "there are no features")
    }
    let rows = input.isLabelled.indices.filter { input.isLabelled[$0] }
    guard !rows.isEmpty else { throw EvaluationError(.data, "no row has a class") }
    return rows.count == embeddings.count ? embeddings : embeddings.select(rows)
  }

  private mutating func judgeClassification() throws {
    let predictions = try scores()
    let result = try Classification(predictions, resampling: settings.resampling)
    decisions.append(("accuracy", predictions.isRight))
    results.classification = EvaluationResults.ClassificationNumbers(
      sampleCount: predictions.count, accuracy: result.accuracy, zeroOneLoss: result.zeroOneLoss,
      balancedAccuracy: result.balancedAccuracy,
      negativeLogLikelihood: result.negativeLogLikelihood,
      topAccuracies: result.topAccuracies.map { .init(k: $0.k, share: $0.share) },
      macroF1: result.macroF1, macroArea: result.macroArea, classes: result.confusion.classScores,
      confusion: result.confusion)
  }

  private mutating func judgeCalibration() throws {
    let predictions = try scores()
    let result = try calibration(predictions)
    let fitCount = Int((Double(predictions.count) * settings.fitShare).rounded())
    var scalings: [EvaluationResults.CalibrationNumbers.Scaled] = []
    if (1..<predictions.count).contains(fitCount) {
      let (fit, rest) = (
        predictions.select(0..<fitCount), predictions.select(fitCount..<predictions.count)
      )
      let before = try calibration(rest)
      for method in Scaling.Method.allCases where method != .platt || predictions.classCount == 2 {
        let scaling = try Scaling(method, fittedOn: fit)
        let after = try calibration(scaling(rest))
        scalings.append(
          .init(
            scaling: scaling, errorBefore: before.equalWidthError,
            errorAfter: after.equalWidthError, lossBefore: before.negativeLogLikelihood,
            lossAfter: after.negativeLogLikelihood))
      }
    }
    results.calibration = EvaluationResults.CalibrationNumbers(
      equalWidthError: result.equalWidthError, equalMassError: result.equalMassError,
      brierScore: result.brierScore, negativeLogLikelihood: result.negativeLogLikelihood,
      maximumError: result.maximumError, classwiseError: result.classwiseError,
      extremeConfidenceShare: result.extremeConfidenceShare,
      extremeProbabilityShare: result.extremeProbabilityShare,
      decisionThreshold: result.decisionThreshold, equalWidthBins: result.equalWidthBins,
      equalMassBins: result.equalMassBins, scalings: scalings)
  }

  private func calibration(_ predictions: Predictions) throws -> Calibration {
    try Calibration(
      predictions, binCount: settings.binCount,
      resampling: Resampling(
        replicates: min(200, settings.resampling.replicates), seed: settings.resampling.seed))
  }

  // MARK: Pairs

  private mutating func judgeVerification() throws {
    guard let embeddings = input.embeddings else {
      throw EvaluationError(.data, "there are no features")
    }
    try embeddings.requireFinite()
    let isNamed = settings.pairsPath != nil
    let set = isNamed ? embeddings : try features()
    let addsMirrored = settings.addsMirrored
    if addsMirrored, input.mirrored == nil {
      throw EvaluationError(
        .usage, "there are no features of mirrored pictures; 'margin embed --flip' writes them")
    }
    let features = addsMirrored ? set.adding(mirrored: input.mirrored!) : set
    let pairs = try isNamed ? namedPairs(settings.pairsPath!) : drawnPairs(set)
    let similarities = settings.similarity.map { [$0] } ?? PairSimilarity.allCases
    var all: [EvaluationResults.VerificationNumbers] = []
    for similarity in similarities {
      // Features of unit length have the same order of pairs under all three.
      for isNormalized in similarity == .cosine ? [true] : [false, true] {
        let rows = isNormalized && similarity != .cosine ? features.normalized() : features
        let scores = pairs.scores(rows, similarity)
        let curve = try RankingCurve(scores: scores, isPositive: pairs.pairs.map(\.isSame))
        let found = pairs.decisions(scores)
        if similarity == settings.similarity ?? .cosine, isNormalized == (similarity == .cosine) {
          decisions.append(("pairs told apart by \(similarity.rawValue)", found.isRight))
          if let rate = settings.operatingRate {
            results.operatingPoint = try OperatingPoint(
              falseAcceptRate: rate, curve: curve, similarity: similarity,
              normalizesFeatures: isNormalized, addsMirrored: addsMirrored,
              resampling: settings.resampling)
          }
        }
        all.append(
          .init(
            similarity: similarity, isNormalized: isNormalized, addsMirrored: addsMirrored,
            pairCount: pairs.pairs.count, positiveCount: curve.positiveCount,
            accuracy: found.accuracy, area: curve.area(settings.resampling),
            equalErrorRate: curve.equalErrorRate(settings.resampling),
            rates: settings.falseAcceptRates.map { rate in
              let isResolved = curve.resolves(falseAcceptRate: rate)
              return .init(
                falseAcceptRate: rate,
                trueAcceptRate: curve.trueAcceptRate(
                  atFalseAcceptRate: rate, settings.resampling),
                threshold: isResolved ? curve.point(falseAcceptRate: rate).threshold : nil)
            }))
      }
    }
    results.verification = all
    guard !isNamed else { return }
    let similarity = settings.similarity ?? .cosine
    let every = try AllPairs(set, similarity)
    results.allPairs = .init(
      similarity: similarity, isNormalized: similarity == .cosine, addsMirrored: false,
      pairCount: every.positiveCount + every.negativeCount, positiveCount: every.positiveCount,
      accuracy: nil, area: every.estimate(\.area),
      equalErrorRate: every.estimate(\.equalErrorRate),
      rates: settings.falseAcceptRates.map { rate in
        let isResolved = every.curve.resolves(falseAcceptRate: rate)
        return .init(
          falseAcceptRate: rate,
          trueAcceptRate: isResolved
            ? every.estimate { $0.point(falseAcceptRate: rate).trueAcceptRate } : nil,
          threshold: isResolved ? every.curve.point(falseAcceptRate: rate).threshold : nil)
      })
  }

  private func drawnPairs(_ set: Embeddings) throws -> VerificationPairs {
    guard set.count >= 40 else {
      throw EvaluationError(.data, "ten folds of pairs need 40 samples, not \(set.count)")
    }
    guard let pairs = VerificationPairs(labels: set.labels) else {
      throw EvaluationError(
        .data,
        "there is one class, or no class with two samples: there are no pairs of both kinds")
    }
    return pairs
  }

  /// The pairs of a pairs file, whose names are those of the rows.
  private func namedPairs(_ path: String) throws -> VerificationPairs {
    let file = try PairsFile(contentsOf: path)
    guard let names = input.names else {
      throw EvaluationError(
        .data, "the rows have no names, which --pairs needs; 'margin embed --input' writes them")
    }
    var rows: [String: Int] = [:]
    for (row, name) in names.enumerated() where rows.updateValue(row, forKey: name) != nil {
      throw EvaluationError(.data, "two rows have the name '\(name)'")
    }
    let missing = Set(file.pairs.flatMap { [$0.first, $0.second] }).filter { rows[$0] == nil }
    guard missing.isEmpty else {
      let shown = missing.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      throw EvaluationError(
        .data,
        "\(path) names \(missing.count) pictures that are not among the \(names.count) rows: "
          + "\(shown)\(missing.count > 3 ? " and others" : ""). Names are paths without the ending, "
          + "below the folder that was embedded")
    }
    return try VerificationPairs(
      file.pairs.map {
        .init(
          first: rows[$0.first]!, second: rows[$0.second]!, isSame: $0.isSame, fold: $0.fold)
      })
  }

  // MARK: Search

  private var searchSimilarity: PairSimilarity { settings.similarity ?? .cosine }

  private mutating func mateRanks(
    _ features: Embeddings, _ similarity: PairSimilarity
  ) throws -> MateRanks {
    if let found = mates[similarity] { return found }
    let found = try MateRanks(features, similarity)
    mates[similarity] = found
    return found
  }

  private mutating func judgeIdentification() throws {
    let features = try features()
    try features.requireFinite()
    let (gallery, probes) = Identification.split(features.labels)
    guard !gallery.isEmpty else {
      throw EvaluationError(
        .data, "every class has a single sample, so that no probe has a mate in a gallery")
    }
    let mates = try MateRanks(
      queries: features.select(probes), gallery: features.select(gallery), searchSimilarity)
    let result = try Identification(mates)
    decisions.append(
      (
        "probes identified",
        mates.ranks.filter { !$0.isEmpty }.map { $0[0] == 1 }
      ))
    results.identification = .init(
      galleryCount: gallery.count, mateCount: result.mateCount,
      strangerCount: result.strangerCount,
      matchRates: result.matchRates.map { .init(k: $0.k, share: $0.share) },
      openSetRates: result.openSetRates.map {
        .init(falseAcceptRate: $0.falseAcceptRate, threshold: $0.threshold, rate: $0.rate)
      })
  }

  private mutating func judgeRetrieval() throws {
    let features = try features()
    let mates = try mateRanks(features, searchSimilarity)
    let result = try Retrieval(mates, labels: features.labels, resampling: settings.resampling)
    decisions.append(
      ("Recall@1", mates.ranks.filter { !$0.isEmpty }.map { $0[0] == 1 }))
    results.retrieval = .init(
      queryCount: result.queryCount, withoutMateCount: result.withoutMateCount,
      recalls: result.recalls.map { .init(k: $0.k, share: $0.share) },
      rPrecision: result.rPrecision, meanAveragePrecisionAtR: result.meanAveragePrecisionAtR,
      normalizedMutualInformation: try Clustering(
        features, seed: settings.resampling.seed
      ).normalizedMutualInformation)
  }

  private mutating func judgeGeometry() throws {
    let features = try features()
    let geometry = try Geometry(features, proxies: input.proxies)
    var failing: [EvaluationResults.GeometryNumbers.Failing] = []
    if features.values.allSatisfy(\.isFinite), features.count > 1 {
      failing = try PairSimilarity.allCases.map { similarity in
        let triples = FailingTriples(
          features, similarity, try mateRanks(features, similarity))
        return .init(
          similarity: similarity, share: triples.share, anchorShare: triples.anchorShare,
          worst: triples.worst)
      }
    }
    results.geometry = .init(
      angleWithinClasses: geometry.angleWithinClasses,
      smallestAngleBetweenCenters: geometry.smallestAngleBetweenCenters,
      meanNorm: geometry.meanNorm, normDeviation: geometry.normDeviation,
      fisherRatio: geometry.fisherRatio, effectiveDimension: geometry.effectiveDimension,
      meanAngleToProxies: geometry.anglesToProxies.flatMap {
        $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count)
      },
      nearestClasses: geometry.nearestPairs.map {
        .init(
          first: input.className($0.first), second: input.className($0.second), angle: $0.angle)
      },
      failingTriples: failing, directionlessCount: geometry.directionlessCount)
  }
}
