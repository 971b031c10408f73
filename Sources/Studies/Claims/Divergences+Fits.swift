import Foundation
import Losses
import RandomNumbers
import Torch
import Training

/// A divergence to fit by.
struct FittingRule {
  let name: String
  let loss: any DistributionLoss

  static func all() throws -> [FittingRule] {
    [
      FittingRule(name: "KL(p‖q)", loss: try KLDivergence(.forward, reduction: .sum)),
      FittingRule(name: "KL(q‖p)", loss: try KLDivergence(.reverse, reduction: .sum)),
      FittingRule(name: "Jensen–Shannon", loss: try JSDivergence(reduction: .sum)),
    ]
  }
}

/// Two normal modes around 0, as probabilities of places along a line.
struct TwoModes {
  static let deviation = 0.7
  static let leftShare = 0.6
  static let spacing = 0.05
  /// Far enough that the widest fit ends within them: five deviations.
  static let places = (0...600).map { (Double($0) - 300) * spacing }

  let distance: Double
  init(_ distance: Double) { self.distance = distance }

  var centers: [Double] { [-distance / 2, distance / 2] }
  var mean: Double { Self.leftShare * centers[0] + (1 - Self.leftShare) * centers[1] }
  var wholeDeviation: Double {
    (Self.deviation * Self.deviation
      + Self.leftShare * (1 - Self.leftShare) * distance * distance).squareRoot()
  }

  var probabilities: [Double] {
    zip(Self.normal(centers[0], Self.deviation), Self.normal(centers[1], Self.deviation)).map {
      Self.leftShare * $0 + (1 - Self.leftShare) * $1
    }
  }

  func density(at x: Double) -> Double {
    Self.leftShare * normalDensity(x, centers[0], Self.deviation)
      + (1 - Self.leftShare) * normalDensity(x, centers[1], Self.deviation)
  }

  /// Whether a fit is one of the modes, to a tenth.
  func isOn(_ center: Double, _ mean: Double, _ deviation: Double) -> Bool {
    abs(mean - center) < 0.1 && abs(deviation / Self.deviation - 1) < 0.1
  }

  /// The probabilities of a normal distribution at the places.
  static func normal(_ mean: Double, _ deviation: Double) -> [Double] {
    places.map { normalDensity($0, mean, deviation) * spacing }
  }
}

private func normalDensity(_ x: Double, _ mean: Double, _ deviation: Double) -> Double {
  let z = (x - mean) / deviation
  return exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot())
}

struct FitStarts {
  let means, deviations: [Double]
  var count: Int { means.count }

  init(count: Int, seed: UInt64) {
    var random = SplitMix64(seed)
    means = (0..<count).map { _ in .random(in: -4...4, using: &random) }
    deviations = (0..<count).map { _ in .random(in: 0.3...3, using: &random) }
  }
}

/// Normal distributions fitted from several starts.
struct ModeFits: Codable {
  var means, deviations, losses: [Double]
  /// The start that ends with the least loss.
  var best: Int { losses.indices.min { losses[$0] < losses[$1] }! }

  init(
    of loss: any DistributionLoss, to modes: TwoModes, from starts: FitStarts, steps: Int,
    step: (Double) throws -> Void
  ) throws {
    let places = try Tensor(TwoModes.places, shape: [1, TwoModes.places.count])
    let target = try Tensor(modes.probabilities, shape: places.shape)
      .broadcast(to: [starts.count, TwoModes.places.count])
    // A row for each start: they do not touch each other, nor does AdamW mix them.
    let mean = try Tensor(starts.means, shape: [starts.count, 1]).requireGradient()
    let logDeviation = try Tensor(starts.deviations.map { log($0) }, shape: [starts.count, 1])
      .requireGradient()
    func logits() throws -> Tensor {
      let z = try (places - mean) / logDeviation.exp()
      return try z * z * -0.5
    }
    let optimizer = try AdamW([ParameterGroup([mean, logDeviation])])
    for index in 0..<steps {
      try optimizer.minimize(
        loss(logits(), probabilities: target),
        learningRate: 0.05 * Schedule.cosine.factor(step: index, of: steps))
      if index % 100 == 0 { try step(Double(index) / Double(steps)) }
    }
    means = try mean.elements()
    deviations = try logDeviation.exp().elements()
    losses = try withoutGradients {
      let logits = try logits()
      return try (0..<starts.count).map { row in
        try loss(
          logits.slice(row..<row + 1), probabilities: target.slice(row..<row + 1)
        ).item()
      }
    }
  }

  /// The density of the best fit.
  func density(at x: Double) -> Double { normalDensity(x, means[best], deviations[best]) }

  /// The places at which starts end, with their numbers.
  func rows(_ name: String) -> [[String]] {
    let ends = zip(zip(means, deviations), losses).map { moments, loss in
      [name, moments.0.cell(2), moments.1.cell(2), loss.cell(3)]
    }
    return Dictionary(grouping: ends) { $0 }.mapValues(\.count)
      .sorted {
        $0.value == $1.value ? $0.key.lexicographicallyPrecedes($1.key) : $0.value > $1.value
      }
      .map { $0.key + ["\($0.value) of \(means.count)"] }
  }
}

/// How far the library's losses are from what holds on paper.
struct DivergenceIdentities: Codable {
  var count: Int
  /// The share of pairs whose two divergences differ by more than 1 % of their mean.
  var differing: Double
  /// In the median, by how much of their mean.
  var medianDifference: Double
  var largestJSDifference, largestJS, disjointJS, largestGap, largestGradientGap: Double

  init(count: Int) throws {
    self.count = count
    let generator = try RandomGenerator(seed: 1)
    func logits() throws -> Tensor {
      try Tensor.randomNormal([count, 10], standardDeviation: 2, dtype: .float64, using: generator)
        .logSoftmax(axis: 1)
    }
    let (logP, logQ) = (try logits(), try logits().requireGradient())
    let p = try logP.exp()
    let q = try logQ.detached().exp()
    let divergence = try KLDivergence(reduction: .none)
    let jensenShannon = try JSDivergence(reduction: .none)

    let there: [Double] = try divergence(logQ, probabilities: p).elements()
    let back: [Double] = try divergence(logP, probabilities: q).elements()
    let differences = zip(there, back).map { abs($0 - $1) / (($0 + $1) / 2) }.sorted()
    differing = Double(differences.count { $0 > 0.01 }) / Double(count)
    medianDifference = differences[count / 2]
    let symmetric: [Double] = try jensenShannon(logQ, probabilities: p).elements()
    let swapped: [Double] = try jensenShannon(logP, probabilities: q).elements()
    largestJSDifference = zip(symmetric, swapped).map { abs($0 - $1) }.max()!
    largestJS = symmetric.max()!
    // The logits of classes that q does not have are so low that their exponentials are 0.
    disjointJS = try JSDivergence()(
      Tensor([0, 0, -1e4, -1e4], shape: [1, 4]),
      probabilities: Tensor([0, 0, 0.5, 0.5], shape: [1, 4])
    ).item()

    let crossEntropy = try LogitLoss(
      CrossEntropy(), options: SampleOptions(reduction: .none))(logQ, Target(.probabilities(p)))
    let sum = try Entropy(reduction: .none)(logP) + divergence(logQ, probabilities: p)
    largestGap = try (crossEntropy - sum).detached().magnitude().max(axis: 0).item()
    let slopes = try [crossEntropy, sum].map { value in
      try gradients(of: value.sum(), for: [logQ])[0]!
    }
    largestGradientGap = try slopes.map { slope in
      try (slope - (q - p)).magnitude().reshaped([-1]).max(axis: 0).item()
    }.max()!
  }
}
