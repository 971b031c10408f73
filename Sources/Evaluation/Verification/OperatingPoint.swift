/// A threshold to put a model to work with: what it accepts, how often it errs, and how sure that is.
public struct OperatingPoint: Sendable, Codable, Equatable {
  /// What is compared with the threshold.
  public enum Measure: String, Sendable, Codable, CaseIterable {
    /// cos θ: accepted at or above.
    case cosine
    /// ⟨a, b⟩: accepted at or above.
    case innerProduct = "inner-product"
    /// ‖a − b‖: accepted at or below.
    case euclidean
    /// ‖a − b‖²: accepted at or below.
    case squaredEuclidean = "squared-euclidean"

    /// Whether a pair is accepted at or above the threshold.
    public var acceptsAbove: Bool { self == .cosine || self == .innerProduct }
  }

  public let measure: Measure
  /// Whether features are brought to unit length before.
  public let normalizesFeatures: Bool
  /// Whether features of the mirrored picture are added before.
  public let addsMirrored: Bool
  /// With the interval of drawing the pairs again.
  public let threshold: Estimate
  /// What was asked for, and what was measured at the threshold.
  public let wantedFalseAcceptRate: Double
  public let falseAcceptRate, trueAcceptRate: Estimate
  /// The pairs it was measured with.
  public let positiveCount, negativeCount: Int

  /// The lowest threshold whose false accept rate is at most `rate`.
  ///
  /// - Parameters:
  ///   - rate: The false accept rate, in 0...1.
  ///   - curve: Of scores by `similarity`.
  ///   - similarity: What the scores are.
  ///   - normalizesFeatures: Whether the features were of unit length.
  ///   - addsMirrored: Whether features of mirrored pictures were added.
  ///   - resampling: For the intervals.
  /// - Throws: `EvaluationError` where the negatives are too few to tell such a rate.
  public init(
    falseAcceptRate rate: Double, curve: RankingCurve, similarity: PairSimilarity,
    normalizesFeatures: Bool, addsMirrored: Bool = false, resampling: Resampling = Resampling()
  ) throws {
    guard (0...1).contains(rate) else {
      throw EvaluationError(.usage, "a false accept rate must be in 0...1, not \(rate)")
    }
    guard curve.resolves(falseAcceptRate: rate) else {
      let wanted = Double(RankingCurve.leastFalseAccepts) / rate
      throw EvaluationError(
        .data,
        "a false accept rate of \(rate) is not resolvable with \(curve.negativeCount) pairs of "
          + "different classes: it needs \(wanted.isFinite ? "\(Int(wanted.rounded(.up)))" : "infinitely many")"
      )
    }
    let point = curve.point(falseAcceptRate: rate)
    let threshold = curve.threshold(forFalseAcceptRate: rate, resampling)
    wantedFalseAcceptRate = rate
    self.falseAcceptRate = .share(
      Int((point.falseAcceptRate * Double(curve.negativeCount)).rounded()),
      of: curve.negativeCount)
    trueAcceptRate =
      curve.trueAcceptRate(atFalseAcceptRate: rate, resampling) ?? Estimate(point.trueAcceptRate)
    (positiveCount, negativeCount) = (curve.positiveCount, curve.negativeCount)
    self.addsMirrored = addsMirrored
    switch similarity {
    case .cosine:
      (measure, self.normalizesFeatures, self.threshold) = (.cosine, true, threshold)
    case .innerProduct:
      (measure, self.normalizesFeatures) = (.innerProduct, normalizesFeatures)
      self.threshold = threshold
    case .euclidean:
      // A score is a distance with the sign changed.
      (measure, self.normalizesFeatures) = (.euclidean, normalizesFeatures)
      self.threshold = threshold.mapped { -$0 }
    }
  }

  private init(_ other: OperatingPoint, _ measure: Measure, _ threshold: Estimate) {
    self.measure = measure
    self.threshold = threshold
    normalizesFeatures = other.normalizesFeatures
    addsMirrored = other.addsMirrored
    wantedFalseAcceptRate = other.wantedFalseAcceptRate
    (falseAcceptRate, trueAcceptRate) = (other.falseAcceptRate, other.trueAcceptRate)
    (positiveCount, negativeCount) = (other.positiveCount, other.negativeCount)
  }

  /// The same threshold in another measure, by ‖a − b‖² = 2 − 2 · cos θ for features of unit length.
  ///
  /// - Throws: `EvaluationError` for features that are not, where only the distance and its square say
  ///   the same.
  public func converted(to other: Measure) throws -> OperatingPoint {
    if other == measure { return self }
    let areDistances = [measure, other].allSatisfy { !$0.acceptsAbove }
    guard normalizesFeatures || areDistances else {
      throw EvaluationError(
        .usage,
        "\(measure.rawValue) and \(other.rawValue) say the same only of features of unit length")
    }
    let square: Estimate =
      switch measure {
      case .cosine, .innerProduct: threshold.mapped { 2 - 2 * $0 }
      case .euclidean: threshold.mapped { $0 * $0 }
      case .squaredEuclidean: threshold
      }
    let converted: Estimate =
      switch other {
      case .cosine, .innerProduct: square.mapped { 1 - $0 / 2 }
      case .euclidean: square.mapped { max(0, $0).squareRoot() }
      case .squaredEuclidean: square
      }
    return OperatingPoint(self, other, converted)
  }

  /// Whether a pair with this similarity or distance is accepted.
  public func accepts(_ value: Double) -> Bool {
    measure.acceptsAbove ? value >= threshold.value : value <= threshold.value
  }
}

extension Estimate {
  /// The value and the ends of the interval by a monotonic function.
  func mapped(_ body: (Double) -> Double) -> Estimate {
    let ends = interval.map { [body($0.lowerBound), body($0.upperBound)].sorted() }
    return Estimate(body(value), ends.map { $0[0]...$0[1] })
  }
}
