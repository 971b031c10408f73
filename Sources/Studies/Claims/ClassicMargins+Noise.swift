import Datasets
import Losses
import Networks
import RandomNumbers
import Torch
import Training

/// Telling some digits apart by a linear model whose training labels are wrong in part.
struct NoiseTask {
  static let learningRates = [0.0003, 0.001, 0.003]
  let classes: [Int]

  var name: String {
    classes.count == 2 ? "\(classes[0]) against \(classes[1])" : "Ten digits, one against the rest"
  }

  struct Result: Codable {
    var isRight: [Bool]
    var learningRate: Double
  }

  func result(
    of loss: MarginLoss, noise: Double, on dataset: Dataset, seed: UInt64, epochs: Int,
    progress: (Double) throws -> Void
  ) throws -> Result {
    var random = SplitMix64(seed)
    var indices = places(in: dataset.train.pictures!).shuffled(using: &random)
    if classes.count == 2 { indices = Array(indices.prefix(2_000)) }
    let labels = indices.map { place -> Int in
      let own = classes.firstIndex(of: Int(dataset.train.labels[place]))!
      // Drawn for every sample, so that more noise changes more of the same labels.
      let (share, other) = (
        Double.random(in: 0..<1, using: &random),
        Int.random(in: 1..<classes.count, using: &random)
      )
      return share < noise ? (own + other) % classes.count : own
    }
    let pictures = try pixels(dataset.train.pictures!, indices)
    let signs = try signs(labels)
    let count = indices.count - indices.count / 6
    let held = (try pictures.slice(count..<indices.count), Array(labels[count...]))

    var best: (network: Network, rate: Double, score: Int)?
    for (trial, rate) in Self.learningRates.enumerated() {
      let network = try Network.linear(784, classes.count == 2 ? 1 : classes.count, seed: seed)
      let order = BatchOrder(count: count, batchSize: 100, epochs: epochs, seed: seed)
      func tell(_ share: Double) throws {
        try progress((Double(trial) + share) / Double(Self.learningRates.count))
      }
      try network.fit(order, learningRate: rate, progress: tell) { batch in
        let rows = try batch.rows()
        return try loss.value(network(pictures.select(rows)), signs.select(rows), .mean)
      }
      let score = zip(try predictions(network, held.0), held.1).count { $0 == $1 }
      if best == nil || score > best!.score { best = (network, rate, score) }
    }
    let test = places(in: dataset.test.pictures!)
    let predicted = try predictions(best!.network, pixels(dataset.test.pictures!, test))
    return Result(
      isRight: zip(predicted, test).map { classes[$0] == Int(dataset.test.labels[$1]) },
      learningRate: best!.rate)
  }

  private func places(in pictures: PictureSet) -> [Int] {
    pictures.labels.indices.filter { classes.contains(Int(pictures.labels[$0])) }
  }

  private func pixels(_ pictures: PictureSet, _ indices: [Int]) throws -> Tensor {
    try pictures.batch(indices).inputs.reshaped([indices.count, 784])
  }

  /// [N, 1] for two classes, 1 for the second; else [N, C], 1 for the own.
  private func signs(_ labels: [Int]) throws -> Tensor {
    let outputs = classes.count == 2 ? [1] : Array(classes.indices)
    return try Tensor(
      labels.flatMap { label in outputs.map { $0 == label ? 1 : -1 as Float } },
      shape: [labels.count, outputs.count])
  }

  private func predictions(_ network: Network, _ pictures: Tensor) throws -> [Int] {
    try withoutGradients {
      let scores = try network(pictures)
      return classes.count == 2
        ? try scores.elements(Float.self).map { $0 > 0 ? 1 : 0 }
        : try scores.argmax(axis: 1).elements(Int64.self).map { Int($0) }
    }
  }
}
