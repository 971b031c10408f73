import Datasets
import Losses
import Networks
import RandomNumbers
import Torch
import Training

/// A loss of predictions and targets.
struct RobustLoss {
  let name: String
  let loss: any ElementwiseLoss

  static let all = [
    RobustLoss(name: "L2", loss: L2()), RobustLoss(name: "L1", loss: L1()),
    RobustLoss(name: "smooth L1", loss: try! SmoothL1()),
    RobustLoss(name: "Huber", loss: try! Huber(delta: 1.345)),
  ]
}

/// How far predictions of clean test targets are off, in standard deviations of the target.
struct RegressionScores: Codable {
  var rootMeanSquare, meanAbsolute: Double
  var diverged = false
  /// The norm of all gradients before the first step.
  var firstGradient = 0.0

  init(_ predictions: Tensor, _ targets: Tensor) throws {
    let differences = try (predictions - targets).detached().elements(Float.self).map { Double($0) }
    let count = Double(differences.count)
    rootMeanSquare = (differences.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    meanAbsolute = differences.reduce(0) { $0 + abs($1) } / count
  }
}

/// The trainings of one split of a table.
struct RobustPlan {
  /// What is added to a target, in standard deviations.
  static let outlier = 10.0
  /// Of the training with exploding targets.
  static let rate = 0.01

  enum Model: String {
    case linear
    case perceptron

    func network(_ inputs: Int, seed: UInt64) throws -> Network {
      try self == .linear
        ? .linear(inputs, 1, seed: seed) : .perceptron(inputs, hidden: [32], 1, seed: seed)
    }
  }

  enum Key {
    case outliers(Model, String, Double)
    case delta(Double, Double)
    case exploding(String, Double)

    var name: String {
      switch self {
      case .outliers(let model, let loss, let share):
        "\(model.rawValue), \(loss), \(share) outliers"
      case .delta(let delta, let share): "delta \(delta), \(share) outliers"
      case .exploding(let loss, let factor): "\(loss), times \(factor)"
      }
    }
  }

  let models: [Model] = [.linear, .perceptron]
  let shares, deltas, factors: [Double]
  /// The outliers of the sweep of δ, one of `shares`.
  let sweptShare: Double
  let splitsOfSeed, steps: Int

  init(_ form: StudyForm) {
    switch form {
    case .smoke:
      (shares, deltas, factors) = ([0, 0.2], [0.01, 30], [1, 1000])
      (splitsOfSeed, steps) = (2, 20)
    case .quick:
      (shares, deltas, factors) = ([0, 0.1, 0.2], [0.01, 0.1, 1, 3, 30], [1, 10, 100, 1000])
      (splitsOfSeed, steps) = (4, 1000)
    case .full:
      (shares, deltas) = ([0, 0.05, 0.1, 0.2, 0.4], [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30])
      factors = [1, 10, 100, 1000, 10_000]
      (splitsOfSeed, steps) = (5, 1500)
    }
    sweptShare = 0.2
  }

  func run(
    _ task: RegressionTask, _ seed: UInt64, _ progress: (Double) throws -> Void
  ) throws -> [String: RegressionScores] {
    let outliers: [(Key, Model, any ElementwiseLoss, Double)] =
      models.flatMap { model in
        RobustLoss.all.flatMap { loss in
          shares.map { (.outliers(model, loss.name, $0), model, loss.loss, $0) }
        }
      }
      + (try deltas.flatMap { delta in
        try [0, sweptShare].map { (.delta(delta, $0), .linear, try Huber(delta: delta), $0) }
      })
    let exploding = RobustLoss.all.flatMap { loss in factors.map { (loss, $0) } }
    var results: [String: RegressionScores] = [:]
    func keep(_ key: Key, _ scores: RegressionScores) throws {
      results[key.name] = scores
      try progress(Double(results.count) / Double(outliers.count + exploding.count))
    }
    for (key, model, loss, share) in outliers {
      try keep(key, fit(task, model, loss, outliers: share, seed))
    }
    for (loss, factor) in exploding {
      try keep(.exploding(loss.name, factor), explode(task, loss.loss, factor, seed))
    }
    return results
  }

  private func order(_ task: RegressionTask, _ seed: UInt64) -> BatchOrder {
    let perEpoch = (task.trainCount + 31) / 32
    return BatchOrder(
      count: task.trainCount, batchSize: 32, epochs: max(1, steps / perEpoch), seed: seed)
  }

  private func fit(
    _ task: RegressionTask, _ model: Model, _ loss: any ElementwiseLoss, outliers: Double,
    _ seed: UInt64
  ) throws -> RegressionScores {
    var random = SplitMix64(seed)
    // Drawn for every row, so that a larger share has the outliers of a smaller one.
    let raised = (0..<task.trainCount).map { _ in
      Double.random(in: 0..<1, using: &random) < outliers ? Float(Self.outlier) : 0
    }
    let targets = try task.train.targets + Tensor(raised, shape: [task.trainCount, 1])
    let network = try model.network(task.featureCount, seed: seed)
    try network.fit(order(task, seed), learningRate: model == .linear ? 0.02 : 0.005) { batch in
      let rows = try batch.rows()
      return try loss(
        network(task.train.features.select(rows)), targets: targets.select(rows))
    }
    return try RegressionScores(network(task.test.features), task.test.targets)
  }

  /// Trains on targets that are multiplied by a factor; the errors are divided by it.
  private func explode(
    _ task: RegressionTask, _ loss: any ElementwiseLoss, _ factor: Double, _ seed: UInt64
  ) throws -> RegressionScores {
    let network = try Model.perceptron.network(task.featureCount, seed: seed)
    let targets = try task.train.targets * factor
    let optimizer = try SGD([ParameterGroup(network.parameters.map(\.tensor))], momentum: 0.9)
    try loss(network(task.train.features), targets: targets).backward()
    let firstGradient = try optimizer.clipGradients(to: .infinity)
    var diverged = false
    do {
      for batch in order(task, seed) {
        let rows = try batch.rows()
        try optimizer.minimize(
          loss(network(task.train.features.select(rows)), targets: targets.select(rows)),
          learningRate: Self.rate)
      }
    } catch is DivergenceError {
      diverged = true
    }
    var scores = try RegressionScores(network(task.test.features) / factor, task.test.targets)
    scores.firstGradient = firstGradient
    if diverged || !(scores.rootMeanSquare < 10) {
      // What a broken model predicts is no number to keep.
      (scores.diverged, scores.rootMeanSquare, scores.meanAbsolute) = (true, 10, 10)
    }
    return scores
  }
}
