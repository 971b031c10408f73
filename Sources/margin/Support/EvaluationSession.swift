import Datasets
import Evaluation
import Formats
import Foundation

/// Judges an input, and keeps what is needed to compare it with another on the same items.
struct EvaluationSession {
  let input: EvaluationInput
  let settings: EvaluationSettings
  private(set) var results: EvaluationResults
  /// Whether each item was right, by what is compared: for paired tests.
  private(set) var decisions: [(title: String, isRight: [Bool])] = []
  /// The ranks of every sample's mates, by what has been asked for: retrieval and triples share them.
  private var mates: [PairSimilarity: MateRanks] = [:]
  /// What features are held against in a search; nil for the input itself.
  private let gallery: Embeddings?

  init(
    _ input: EvaluationInput, _ settings: EvaluationSettings, gallery: Embeddings? = nil
  ) throws {
    (self.input, self.settings, self.gallery) = (input, settings, gallery)
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

  private func scores() throws -> SampleScores {
    guard let scores = input.scores else {
      throw EvaluationError(
        .data,
        "there are no logits or probabilities; a table's columns, or an npy file, are those with "
          + "--array logits=array")
    }
    return scores
  }

  /// Says what is left out because the scores are more than are held at once.
  private mutating func leaveOut(_ what: String, _ scores: SampleScores) {
    results.notJudged[what] =
      "the \(scores.count) × \(scores.classCount) scores are judged a block at a time, since they are more "
      + "than the \(settings.scoreLimit) that are held at once; this takes all of them (--score-limit, "
      + "about 32 bytes of memory each)"
  }

  /// The features of the rows that have a class.
  private func features() throws -> Embeddings {
    guard input.embeddings != nil else { throw EvaluationError(.data, "there are no features") }
    guard let features = input.labelledEmbeddings else {
      throw EvaluationError(.data, "no row has a class")
    }
    return features
  }

  private mutating func judgeClassification() throws {
    let scores = try scores()
    let result =
      try input.predictions.map { try Classification($0, resampling: settings.resampling) }
      ?? Classification(scores, resampling: settings.resampling)
    if input.predictions == nil { leaveOut("areas under the ROC of the classes", scores) }
    if result.confusion == nil {
      results.notJudged["confusion matrix"] =
        "there are \(scores.classCount) classes; it is kept for up to \(Classification.largestConfusion)"
    }
    decisions.append(("accuracy", scores.isRight))
    results.classification = EvaluationResults.ClassificationNumbers(
      sampleCount: scores.count, accuracy: result.accuracy, zeroOneLoss: result.zeroOneLoss,
      balancedAccuracy: result.balancedAccuracy,
      negativeLogLikelihood: result.negativeLogLikelihood,
      topAccuracies: result.topAccuracies.map { .init(k: $0.k, share: $0.share) },
      macroF1: result.macroF1, macroArea: result.macroArea, classes: result.classScores,
      confusion: result.confusion)
  }

  private mutating func judgeCalibration() throws {
    let scores = try scores()
    let resampling = Resampling(
      replicates: min(200, settings.resampling.replicates), seed: settings.resampling.seed)
    func calibration(_ predictions: Predictions) throws -> Calibration {
      try Calibration(predictions, binCount: settings.binCount, resampling: resampling)
    }
    let result =
      try input.predictions.map(calibration)
      ?? Calibration(scores, binCount: settings.binCount, resampling: resampling)
    var scalings: [EvaluationResults.CalibrationNumbers.Scaled] = []
    if let predictions = input.predictions {
      scalings = try judgeScalings(predictions, calibration)
    } else {
      leaveOut("classwise calibration error, extreme probabilities and scalings", scores)
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

  /// Fitted on the first rows, judged on the rest.
  private func judgeScalings(
    _ predictions: Predictions, _ calibration: (Predictions) throws -> Calibration
  ) throws -> [EvaluationResults.CalibrationNumbers.Scaled] {
    let fitCount = Int((Double(predictions.count) * settings.fitShare).rounded())
    guard (1..<predictions.count).contains(fitCount) else { return [] }
    let (fit, rest) = (
      predictions.select(0..<fitCount), predictions.select(fitCount..<predictions.count)
    )
    let before = try calibration(rest)
    return try Scaling.Method.allCases
      .filter { $0 != .platt || predictions.classCount == 2 }
      .map { method in
        let scaling = try Scaling(method, fittedOn: fit)
        let after = try calibration(scaling(rest))
        return .init(
          scaling: scaling, errorBefore: before.equalWidthError, errorAfter: after.equalWidthError,
          lossBefore: before.negativeLogLikelihood, lossAfter: after.negativeLogLikelihood)
      }
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

  /// Of each sample among all others, or in the gallery.
  private mutating func mateRanks(
    _ features: Embeddings, _ similarity: PairSimilarity
  ) throws -> MateRanks {
    if let found = mates[similarity] { return found }
    let found =
      try gallery.map { try MateRanks(queries: features, gallery: $0, similarity) }
      ?? MateRanks(features, similarity)
    mates[similarity] = found
    return found
  }

  private mutating func judgeIdentification() throws {
    let features = try features()
    try features.requireFinite()
    let gallery: Embeddings
    let mates: MateRanks
    if let own = self.gallery {
      gallery = own
      mates = try mateRanks(features, searchSimilarity)
    } else {
      let (known, probes) = Identification.split(features.labels)
      guard !known.isEmpty else {
        throw EvaluationError(
          .data, "every class has a single sample, so that no probe has a mate in a gallery")
      }
      gallery = features.select(known)
      mates = try MateRanks(
        queries: features.select(probes), gallery: gallery, searchSimilarity)
    }
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
      normalizedMutualInformation: gallery == nil
        ? try Clustering(features, seed: settings.resampling.seed).normalizedMutualInformation
        : nil)
  }

  private mutating func judgeGeometry() throws {
    let features = try features()
    let geometry = try Geometry(features, proxies: input.proxies)
    var failing: [EvaluationResults.GeometryNumbers.Failing] = []
    if features.values.allSatisfy(\.isFinite), features.count > 1 {
      failing = try PairSimilarity.allCases.map { similarity in
        let triples = FailingTriples(
          features, similarity,
          gallery == nil
            ? try mateRanks(features, similarity) : try MateRanks(features, similarity))
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
