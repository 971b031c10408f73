import Foundation

/// Whether the probabilities of a classifier are what they say: of those predictions made with confidence
/// 0.8, eight of ten should be right.
public struct Calibration: Sendable {
  /// How confidences are dealt out to bins.
  public enum Binning: String, Sendable, CaseIterable, Codable {
    /// Bins of equal width in 0...1.
    case equalWidth = "equal-width"
    /// Bins of equally many samples.
    case equalMass = "equal-mass"
  }

  /// The predictions with a confidence in lower..<upper, the last bin with its upper bound.
  public struct Bin: Sendable, Codable, Equatable {
    public let lower, upper: Double
    public let count: Int
    /// NaN without samples.
    public let meanConfidence, accuracy: Double
  }

  /// Of the probability of the predicted class.
  public let equalWidthBins, equalMassBins: [Bin]
  /// The expected calibration error Σ_b n_b/N · |accuracy_b − confidence_b| by either binning.
  ///
  /// The absolute value makes it too large: even probabilities that are what they say have gaps by chance in
  /// each bin, about √(p · (1 − p) / n_b), and more bins or fewer samples make the sum grow. The interval is the
  /// bootstrap's of this same statistic, which has the bias too (and a draw of the draw has more of it): it says
  /// how much the number varies, not where the error of infinitely many samples lies, which may be below it.
  /// Compare errors of as many samples and bins only. Roelofs et al., "Mitigating bias in calibration error
  /// estimation", 2022.
  ///
  /// Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015;
  /// Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017.
  public let equalWidthError, equalMassError: Estimate
  /// The largest |accuracy_b − confidence_b|, by bins of equal width.
  public let maximumError: Double
  /// The mean over classes of the error of that class's probability against whether it is the class, by
  /// bins of equal width; NaN without the scores of all classes. Kull et al., "Beyond temperature scaling",
  /// 2019.
  public let classwiseError: Double
  /// The mean of Σ_j (p_j − y_j)², in 0...2. Brier, "Verification of forecasts expressed in terms of
  /// probability", 1950.
  public let brierScore: Estimate
  /// −log p of the samples' classes, the mean.
  public let negativeLogLikelihood: Estimate
  /// The share of confidences at or above 0.99, and of all probabilities at most 0.01 or at least 0.99, which
  /// is NaN without the scores of all classes.
  public let extremeConfidenceShare, extremeProbabilityShare: Double
  /// Where to accept: see `DecisionThreshold`; nil where no threshold reaches the wanted accuracy.
  public let decisionThreshold: DecisionThreshold?

  /// - Parameters:
  ///   - predictions: Of the samples to judge by.
  ///   - binCount: Of both binnings, at least 1.
  ///   - wantedAccuracy: Of accepted predictions, for the decision threshold.
  ///   - resampling: For the intervals.
  public init(
    _ predictions: Predictions, binCount: Int = 15, wantedAccuracy: Double = 0.95,
    resampling: Resampling = Resampling(replicates: 200)
  ) throws {
    try self.init(
      SampleScores(predictions), predictions, binCount: binCount, wantedAccuracy: wantedAccuracy,
      resampling: resampling)
  }

  /// Without what needs the scores of all classes for all samples.
  public init(
    _ scores: SampleScores, binCount: Int = 15, wantedAccuracy: Double = 0.95,
    resampling: Resampling = Resampling(replicates: 200)
  ) throws {
    try self.init(
      scores, nil, binCount: binCount, wantedAccuracy: wantedAccuracy, resampling: resampling)
  }

  private init(
    _ scores: SampleScores, _ predictions: Predictions?, binCount: Int, wantedAccuracy: Double,
    resampling: Resampling
  ) throws {
    guard binCount >= 1, binCount <= 100_000 else {
      throw EvaluationError(.usage, "there must be 1 to 100000 bins, not \(binCount)")
    }
    guard scores.count > 0 else { throw EvaluationError(.data, "there are no samples") }
    let (confidences, isRight) = (scores.confidences, scores.isRight)
    equalWidthBins = Self.bins(confidences, isRight, binCount, .equalWidth)
    equalMassBins = Self.bins(confidences, isRight, binCount, .equalMass)
    let items = [Int](repeating: 1, count: confidences.count)
    func estimate(_ bins: [Bin], _ places: [Int]) -> Estimate {
      Estimate(
        Self.error(bins),
        resampling.interval(items) { counts in
          Self.error(counts, places, confidences, isRight, bins.count)
        })
    }
    equalWidthError = estimate(
      equalWidthBins, confidences.map { Self.widthBin($0, binCount) })
    equalMassError = estimate(
      equalMassBins, Self.massBins(confidences, equalMassBins.count))
    maximumError =
      equalWidthBins.filter { $0.count > 0 }.map { abs($0.accuracy - $0.meanConfidence) }.max() ?? 0

    brierScore = .mean(scores.brierScores)
    negativeLogLikelihood = .mean(scores.negativeLogLikelihoods)
    (classwiseError, extremeProbabilityShare) =
      predictions.map { Self.overClasses($0, binCount) } ?? (.nan, .nan)
    extremeConfidenceShare =
      Double(confidences.count { $0 >= 0.99 }) / Double(confidences.count)
    decisionThreshold = DecisionThreshold(
      confidences: confidences, isRight: isRight, wantedAccuracy: wantedAccuracy,
      resampling: resampling)
  }

  /// The mean of the classes' errors, and the share of all probabilities that are near 0 or 1.
  private static func overClasses(
    _ predictions: Predictions, _ binCount: Int
  ) -> (classwiseError: Double, extremeShare: Double) {
    let classCount = predictions.classCount
    var (sum, extremeCount) = (0.0, 0)
    for label in 0..<classCount {
      let probabilities = predictions.labels.indices.map {
        exp(Double(predictions.logProbabilities[$0 * classCount + label]))
      }
      extremeCount += probabilities.count { $0 <= 0.01 || $0 >= 0.99 }
      sum += error(
        bins(probabilities, predictions.labels.map { $0 == label }, binCount, .equalWidth))
    }
    return (
      sum / Double(classCount),
      Double(extremeCount) / Double(predictions.logProbabilities.count)
    )
  }

  // MARK: Bins

  private static func widthBin(_ confidence: Double, _ count: Int) -> Int {
    min(Int(confidence * Double(count)), count - 1)
  }

  /// The bin of each sample in the order of the confidences.
  private static func massBins(_ confidences: [Double], _ count: Int) -> [Int] {
    var places = [Int](repeating: 0, count: confidences.count)
    let order = confidences.indices.sorted { (confidences[$0], $0) < (confidences[$1], $1) }
    for (rank, sample) in order.enumerated() { places[sample] = rank * count / confidences.count }
    return places
  }

  /// The bins of the predictions' confidences, which is all that a reliability diagram needs.
  ///
  /// - Parameters:
  ///   - scores: Of the samples to judge by.
  ///   - count: How many bins, at least 1.
  ///   - binning: How confidences are dealt out.
  public static func bins(
    _ scores: SampleScores, count: Int = 15, _ binning: Binning = .equalWidth
  ) -> [Bin] {
    precondition(count >= 1)
    return bins(scores.confidences, scores.isRight, count, binning)
  }

  private static func bins(
    _ confidences: [Double], _ isRight: [Bool], _ binCount: Int, _ binning: Binning
  ) -> [Bin] {
    let count = binning == .equalMass ? min(binCount, confidences.count) : binCount
    let places =
      binning == .equalMass
      ? massBins(confidences, count) : confidences.map { widthBin($0, count) }
    var sums = [(count: Int, confidence: Double, right: Int)](repeating: (0, 0, 0), count: count)
    var ends = [ClosedRange<Double>?](repeating: nil, count: count)
    for (sample, place) in places.enumerated() {
      let confidence = confidences[sample]
      sums[place].count += 1
      sums[place].confidence += confidence
      sums[place].right += isRight[sample] ? 1 : 0
      let range = ends[place] ?? confidence...confidence
      ends[place] = min(range.lowerBound, confidence)...max(range.upperBound, confidence)
    }
    return sums.enumerated().map { place, sum in
      let isWide = binning == .equalWidth
      return Bin(
        lower: isWide ? Double(place) / Double(count) : ends[place]?.lowerBound ?? .nan,
        upper: isWide ? Double(place + 1) / Double(count) : ends[place]?.upperBound ?? .nan,
        count: sum.count, meanConfidence: sum.confidence / Double(sum.count),
        accuracy: Double(sum.right) / Double(sum.count))
    }
  }

  private static func error(_ bins: [Bin]) -> Double {
    let total = Double(bins.reduce(0) { $0 + $1.count })
    return bins.filter { $0.count > 0 }.reduce(0) {
      $0 + Double($1.count) / total * abs($1.accuracy - $1.meanConfidence)
    }
  }

  /// The error of samples that are there several times or not.
  private static func error(
    _ counts: [Int], _ places: [Int], _ confidences: [Double], _ isRight: [Bool], _ binCount: Int
  ) -> Double {
    var gaps = [Double](repeating: 0, count: binCount)
    var total = 0
    for sample in counts.indices where counts[sample] > 0 {
      total += counts[sample]
      gaps[places[sample]] +=
        Double(counts[sample]) * ((isRight[sample] ? 1 : 0) - confidences[sample])
    }
    return gaps.reduce(0) { $0 + abs($1) } / Double(total)
  }
}

/// The lowest confidence from which on predictions are right as often as wanted: what a program would accept
/// by. A classifier whose scores crowd near 1 has a threshold that moves with every sample drawn.
public struct DecisionThreshold: Sendable, Codable, Equatable {
  public let wantedAccuracy: Double
  /// With the interval of drawing the samples again: how stable it is.
  public let threshold: Estimate
  /// The share of predictions at or above it.
  public let coverage: Double

  init?(
    confidences: [Double], isRight: [Bool], wantedAccuracy: Double, resampling: Resampling
  ) {
    let order = confidences.indices.sorted { confidences[$0] > confidences[$1] }
    func threshold(_ counts: [Int]) -> Double? {
      var (right, all) = (0, 0)
      var found: Double?
      for (place, sample) in order.enumerated() {
        all += counts[sample]
        if isRight[sample] { right += counts[sample] }
        let isLast =
          place + 1 == order.count || confidences[order[place + 1]] < confidences[sample]
        if isLast, all > 0, Double(right) >= wantedAccuracy * Double(all) {
          found = confidences[sample]
        }
      }
      return found
    }
    let items = [Int](repeating: 1, count: confidences.count)
    guard let value = threshold(items) else { return nil }
    self.wantedAccuracy = wantedAccuracy
    self.threshold = Estimate(value, resampling.interval(items) { threshold($0) ?? .nan })
    coverage = Double(confidences.count { $0 >= value }) / Double(confidences.count)
  }
}
