import Foundation

/// A change of a classifier's scores, fitted on a validation part, that makes its probabilities what they
/// say. z are logits, or log p where there are only probabilities.
public struct Scaling: Sendable, Codable, Equatable {
  public enum Method: String, Sendable, CaseIterable, Codable {
    /// z / T: the order of the classes stays. Guo et al., "On calibration of modern neural networks", 2017.
    case temperature
    /// a_j · z_j + b_j: as many numbers again as classes, twice; the same paper.
    case vector
    /// For two classes: p = σ(a · (z_1 − z_0) + b). Platt, "Probabilistic outputs for support vector
    /// machines", 1999, with his targets (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2).
    case platt
  }

  public let method: Method
  /// 1/T, or a.
  public let factors: [Double]
  /// Nothing, or b.
  public let offsets: [Double]
  /// The samples it was fitted on, and the mean of −log p before and after.
  public let sampleCount: Int
  public let lossBefore, lossAfter: Double

  /// T, of a temperature.
  public var temperature: Double? { method == .temperature ? 1 / factors[0] : nil }

  /// Fits the least mean of −log p, which is convex, by L-BFGS.
  ///
  /// - Throws: `EvaluationError` for Platt's method with more than two classes.
  public init(_ method: Method, fittedOn predictions: Predictions) throws {
    let (n, c) = (predictions.count, predictions.classCount)
    guard method != .platt || c == 2 else {
      throw EvaluationError(
        .usage, "Platt scaling is for two classes, not \(c); take temperature or vector")
    }
    let z = predictions.logits.map(Double.init)
    let labels = predictions.labels
    func loss(_ logits: (_ sample: Int, _ label: Int) -> Double) -> Double {
      var sum = 0.0
      for sample in 0..<n {
        let row = (0..<c).map { logits(sample, $0) }
        let largest = row.max()!
        sum += largest + log(row.reduce(0) { $0 + exp($1 - largest) }) - row[labels[sample]]
      }
      return sum / Double(n)
    }
    lossBefore = loss { z[$0 * c + $1] }
    sampleCount = n
    self.method = method
    switch method {
    case .temperature:
      let x = minimize(from: [1]) { x, gradient in
        Self.softmaxLoss(n, c, labels, { x[0] * z[$0 * c + $1] }) { sample, label, slope in
          gradient[0] += slope * z[sample * c + label]
        }
      }
      (factors, offsets) = ([x[0]], [])
    case .vector:
      let start = [Double](repeating: 1, count: c) + [Double](repeating: 0, count: c)
      let x = minimize(from: start) { x, gradient in
        Self.softmaxLoss(n, c, labels, { x[$1] * z[$0 * c + $1] + x[c + $1] }) {
          sample, label, slope in
          gradient[label] += slope * z[sample * c + label]
          gradient[c + label] += slope
        }
      }
      (factors, offsets) = (Array(x[..<c]), Array(x[c...]))
    case .platt:
      let positives = Double(labels.count { $0 == 1 })
      let targets = (
        positive: (positives + 1) / (positives + 2),
        negative: 1 / (Double(n) - positives + 2)
      )
      let x = minimize(from: [1, 0]) { x, gradient in
        var sum = 0.0
        for sample in 0..<n {
          let score = z[sample * 2 + 1] - z[sample * 2]
          let a = x[0] * score + x[1]
          let target = labels[sample] == 1 ? targets.positive : targets.negative
          // −t·log σ(a) − (1 − t)·log σ(−a).
          sum += max(a, 0) - a * target + log1p(exp(-abs(a)))
          let slope = 1 / (1 + exp(-a)) - target
          gradient[0] += slope * score / Double(n)
          gradient[1] += slope / Double(n)
        }
        return sum / Double(n)
      }
      (factors, offsets) = ([x[0]], [x[1]])
    }
    let (factors, offsets) = (factors, offsets)
    lossAfter = loss { Self.scaled(method, factors, offsets, c, z, $0, $1) }
  }

  /// The predictions with scaled scores.
  ///
  /// - Throws: `EvaluationError` for another number of classes.
  public func callAsFunction(_ predictions: Predictions) throws -> Predictions {
    let c = predictions.classCount
    guard method != .vector || factors.count == c, method != .platt || c == 2 else {
      throw EvaluationError(
        .data, "the scaling is for \(method == .platt ? 2 : factors.count) classes, not \(c)")
    }
    let z = predictions.logits.map(Double.init)
    let values = (0..<predictions.count).flatMap { sample in
      (0..<c).map { Float(Self.scaled(method, factors, offsets, c, z, sample, $0)) }
    }
    return try Predictions(.logits, values, classCount: c, labels: predictions.labels)
  }

  private static func scaled(
    _ method: Method, _ factors: [Double], _ offsets: [Double], _ c: Int, _ z: [Double],
    _ sample: Int, _ label: Int
  ) -> Double {
    switch method {
    case .temperature: factors[0] * z[sample * c + label]
    case .vector: factors[label] * z[sample * c + label] + offsets[label]
    case .platt:
      label == 1 ? factors[0] * (z[sample * 2 + 1] - z[sample * 2]) + offsets[0] : 0
    }
  }

  /// The mean of −log softmax, and its slopes by the logits, divided by N.
  private static func softmaxLoss(
    _ n: Int, _ c: Int, _ labels: [Int], _ logit: (Int, Int) -> Double,
    _ addSlope: (Int, Int, Double) -> Void
  ) -> Double {
    var row = [Double](repeating: 0, count: c)
    var sum = 0.0
    for sample in 0..<n {
      var largest = -Double.infinity
      for label in 0..<c {
        row[label] = logit(sample, label)
        largest = max(largest, row[label])
      }
      let own = row[labels[sample]]
      var total = 0.0
      for label in 0..<c {
        row[label] = exp(row[label] - largest)
        total += row[label]
      }
      sum += largest + log(total) - own
      for label in 0..<c {
        addSlope(
          sample, label, (row[label] / total - (label == labels[sample] ? 1 : 0)) / Double(n))
      }
    }
    return sum / Double(n)
  }
}
