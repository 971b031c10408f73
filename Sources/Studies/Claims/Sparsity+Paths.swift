import Datasets
import Losses
import Torch
import Training

/// A penalty on weights.
enum Penalty: String, CaseIterable, Codable {
  case l1 = "L1"
  case elasticNet = "elastic net"
  case l2 = "L2"

  func regularizer(_ weight: Double) throws -> any ProximalRegularizer {
    switch self {
    case .l1: try L1Regularization(weight: weight)
    case .elasticNet: try ElasticNet(weight: weight, alpha: 0.5)
    case .l2: try L2Regularization(weight: weight)
    }
  }
}

/// A linear model in double precision.
private struct LinearModel {
  let weight, bias: Tensor

  init(_ featureCount: Int) throws {
    weight = try Tensor.zeros([1, featureCount], dtype: .float64).requireGradient()
    bias = try Tensor.zeros([1], dtype: .float64).requireGradient()
  }

  var parameters: [(name: String, tensor: Tensor)] { [("weight", weight), ("bias", bias)] }

  func inputs(_ part: RegressionTask.Part) throws -> LossInputs {
    [.predictions: try part.features.linear(weight, bias: bias), .targets: part.targets]
  }

  /// Takes the weights with the least squared error, the shortest of several: what no penalty gives.
  func solveLeastSquares(_ part: RegressionTask.Part) throws {
    let (left, values, right) = try part.features.singularValues()
    let sizes: [Double] = try values.elements()
    // Directions in which standardised features hardly vary are rounding.
    let inverse = try Tensor(
      sizes.map { $0 > 1e-10 * sizes[0] ? 1 / $0 : 0 }, shape: [sizes.count, 1])
    let mean = try part.targets.mean()
    let solution = try right.transposed().matmul(
      left.transposed().matmul(part.targets - mean) * inverse)
    try weight.copy(from: solution.transposed())
    try bias.copy(from: mean.reshaped([1]))
  }

  func rootMeanSquare(_ part: RegressionTask.Part) throws -> Double {
    try withoutGradients { try L2().value(inputs(part)).item().squareRoot() }
  }

  /// The largest step that gradient descent on the mean squared error takes safely: one over the largest
  /// curvature.
  static func safeStep(_ features: Tensor) throws -> Double {
    let largest = try features.singularValues().values.max(axis: 0).item()
    return 1 / (2 * (largest * largest / Double(features.shape[0]) + 1))
  }

  /// The least λ with which L1 leaves no weight: the largest slope of the mean squared error without any.
  static func largestLambda(_ part: RegressionTask.Part) throws -> Double {
    let count = Double(part.targets.shape[0])
    let centered = try part.targets - part.targets.mean()
    return try part.features.transposed().matmul(centered).magnitude().reshaped([-1])
      .max(axis: 0).item() * 2 / count
  }
}

/// Fits with falling λ, each begun where the last one ended.
struct RiskPath: Codable {
  struct Fit: Codable {
    /// λ / λmax.
    var share: Double
    var weights: [Double]
    var testError, validationError: Double
    var zeroCount: Int { weights.count { $0 == 0 } }
  }
  var fits: [Fit]
  /// By how much a fit misses the conditions of the optimum, over λ.
  var largestViolation: Double
  /// The fit with the least error of validation.
  var chosen: Fit { fits.min { $0.validationError < $1.validationError }! }

  /// - Parameter shares: λ / λmax, falling; 0 is solved without steps.
  init(
    _ penalty: Penalty, _ task: RegressionTask, shares: [Double], steps: Int,
    progress: (Double) throws -> Void
  ) throws {
    let lambdaMax = try LinearModel.largestLambda(task.train)
    let rate = try LinearModel.safeStep(task.train.features)
    let model = try LinearModel(task.featureCount)
    let optimizer = try SGD([ParameterGroup(model.parameters.map(\.tensor))])
    (fits, largestViolation) = ([], 0)
    for (index, share) in shares.enumerated() {
      let lambda = share * lambdaMax
      if lambda == 0 { try model.solveLeastSquares(task.train) }
      let regularizer = try penalty.regularizer(lambda)
      let risk = try StructuralRisk(losses: [LossSum.Term(L2())], regularizers: [regularizer])
      for step in 0..<(lambda == 0 ? 0 : steps) {
        try optimizer.minimize(risk.empirical(model.inputs(task.train)), learningRate: rate)
        try regularizer.shrink(model.parameters, learningRate: rate)
        if step % 200 == 0 {
          try progress((Double(index) + Double(step) / Double(steps)) / Double(shares.count))
        }
      }
      fits.append(
        Fit(
          share: share, weights: try model.weight.elements(),
          testError: try model.rootMeanSquare(task.test),
          validationError: try model.rootMeanSquare(task.validation!)))
      guard lambda > 0 else { continue }
      // At the optimum a step of both kinds changes nothing.
      let before: [Double] = try model.weight.elements()
      try optimizer.minimize(risk.empirical(model.inputs(task.train)), learningRate: rate)
      try regularizer.shrink(model.parameters, learningRate: rate)
      let after: [Double] = try model.weight.elements()
      let moved = zip(before, after).map { abs($0 - $1) }.max()! / rate
      largestViolation = max(largestViolation, moved / lambda)
    }
  }
}

/// What is left of the weights under L1, by the way of stepping.
struct OptimizerZeros: Codable {
  var name: String
  var zeros, small: Int
  var smallest, risk: Double

  static func all(_ task: RegressionTask, steps: Int) throws -> [OptimizerZeros] {
    let lambda = try LinearModel.largestLambda(task.train) * 0.2
    let lasso = try L1Regularization(weight: lambda)
    let risk = try StructuralRisk(losses: [LossSum.Term(L2())], regularizers: [lasso])
    let rate = try LinearModel.safeStep(task.train.features)
    func ways(_ model: LinearModel) throws -> [(String, () throws -> Void)] {
      let tensors = model.parameters.map(\.tensor)
      let (plain, adamW) = (
        try SGD([ParameterGroup(tensors)]), try AdamW([ParameterGroup(tensors)])
      )
      func value() throws -> Tensor {
        try risk(model.inputs(task.train), parameters: model.parameters)
      }
      func schedule(_ step: Int) -> Double { Schedule.cosine.factor(step: step, of: steps) }
      return [
        (
          "proximal steps",
          {
            for _ in 0..<steps {
              try plain.minimize(risk.empirical(model.inputs(task.train)), learningRate: rate)
              try lasso.shrink(model.parameters, learningRate: rate)
            }
          }
        ),
        (
          "gradient steps",
          { for _ in 0..<steps { try plain.minimize(value(), learningRate: rate) } }
        ),
        (
          "gradient steps, falling rate",
          {
            for step in 0..<steps {
              try plain.minimize(value(), learningRate: rate * schedule(step))
            }
          }
        ),
        (
          "AdamW, falling rate",
          {
            for step in 0..<steps {
              try adamW.minimize(value(), learningRate: 0.01 * schedule(step))
            }
          }
        ),
      ]
    }
    return try (0..<4).map { way in
      let model = try LinearModel(task.featureCount)
      let (name, run) = try ways(model)[way]
      try run()
      let sizes = try model.weight.elements(Double.self).map { abs($0) }
      return OptimizerZeros(
        name: name, zeros: sizes.count { $0 == 0 }, small: sizes.count { $0 < 0.001 },
        smallest: sizes.min()!,
        risk: try risk(model.inputs(task.train), parameters: model.parameters).item())
    }
  }
}

extension RegressionTable {
  /// With the squares of all features and their products of two.
  func withProducts() throws -> RegressionTable {
    let pairs = (0..<featureCount).flatMap { first in
      (first..<featureCount).map { (first, $0) }
    }
    return try RegressionTable(
      name: "\(name), with products",
      featureNames: featureNames + pairs.map { "\(featureNames[$0])·\(featureNames[$1])" },
      targetName: targetName,
      features: (0..<count).flatMap { index -> [Double] in
        let row = Array(row(index))
        return row + pairs.map { row[$0] * row[$1] }
      }, targets: targets)
  }
}
