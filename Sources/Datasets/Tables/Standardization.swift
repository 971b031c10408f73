/// Brings each column of a table to mean 0 and deviation 1, and back.
///
/// It is fitted to the training part, and applied to all parts: the test part must not tell anything
/// about itself beforehand. A value x becomes (x − μ) / σ, with the mean μ of its column and its
/// deviation σ, the root of the mean squared difference from μ (divided by N, not N − 1). A column
/// of equal values is only shifted: its σ is 1. What a model predicts in standardized units
/// `restore(targets:)` brings back to those of the table.
public struct Standardization: Sendable, Equatable, Codable {
  /// For each feature μ and σ.
  public let featureMeans, featureDeviations: [Double]
  public let targetMean, targetDeviation: Double

  /// Means and deviations of the columns of a table.
  public init(fittedTo table: RegressionTable) {
    let columns = (0..<table.featureCount).map { column in
      Self.moments(
        stride(from: column, to: table.features.count, by: table.featureCount).map {
          table.features[$0]
        })
    }
    featureMeans = columns.map(\.mean)
    featureDeviations = columns.map(\.deviation)
    (targetMean, targetDeviation) = Self.moments(table.targets)
  }

  /// - Throws: `DecodingError` if there are no features, or not as many deviations as means, or a
  ///   value is not finite or a deviation not positive, besides what is not as encoded.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    featureMeans = try values.decode([Double].self, forKey: .featureMeans)
    featureDeviations = try values.decode([Double].self, forKey: .featureDeviations)
    targetMean = try values.decode(Double.self, forKey: .targetMean)
    targetDeviation = try values.decode(Double.self, forKey: .targetDeviation)
    guard !featureMeans.isEmpty, featureMeans.count == featureDeviations.count,
      (featureMeans + [targetMean]).allSatisfy(\.isFinite),
      (featureDeviations + [targetDeviation]).allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .featureDeviations, in: values,
        debugDescription: "expected as many positive deviations as means, one or more")
    }
  }

  /// Features [N, D], row-major, in standardized units.
  ///
  /// - Precondition: There are as many features as in the table of the fit, in whole rows.
  public func standardize(features: [Double]) -> [Double] {
    converted(features) { ($0 - featureMeans[$1]) / featureDeviations[$1] }
  }

  /// The inverse of `standardize(features:)`.
  ///
  /// - Precondition: There are as many features as in the table of the fit, in whole rows.
  public func restore(features: [Double]) -> [Double] {
    converted(features) { $0 * featureDeviations[$1] + featureMeans[$1] }
  }

  /// Targets in standardized units.
  public func standardize(targets: [Double]) -> [Double] {
    targets.map { ($0 - targetMean) / targetDeviation }
  }

  /// Targets, or predictions of them, in the units of the table.
  public func restore(targets: [Double]) -> [Double] {
    targets.map { $0 * targetDeviation + targetMean }
  }

  private func converted(
    _ features: [Double], _ value: (_ value: Double, _ column: Int) -> Double
  ) -> [Double] {
    precondition(
      features.count % featureMeans.count == 0,
      "\(features.count) values are no whole rows of \(featureMeans.count) features")
    return features.indices.map { value(features[$0], $0 % featureMeans.count) }
  }

  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + $1 / count }
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }
    // Rounding leaves a trace of a deviation where all values are equal.
    let isConstant = variance.squareRoot() <= 1e-12 * mean.magnitude
    return (mean, isConstant ? 1 : variance.squareRoot())
  }
}
