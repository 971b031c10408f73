import Datasets
import Evaluation
import Networks
import Reports
import Torch
import Training

extension RunSummary.Curve {
  /// Numbers over the values of a parameter.
  init(_ x: [Double], _ y: [Double]) {
    self.init(name: "", points: zip(x, y).map { .init(x: $0, y: $1) })
  }

  /// Numbers with their intervals over the values of a parameter.
  init(_ x: [Double], _ y: [Estimate], times factor: Double = 1) {
    self.init(
      name: "",
      points: zip(x, y).map { x, y in
        .init(
          x: x, y: y.value * factor, lower: y.lower.map { $0 * factor },
          upper: y.upper.map { $0 * factor })
      })
  }
}

extension Network {
  /// One linear layer.
  static func linear(_ inputs: Int, _ outputs: Int, seed: UInt64) throws -> Network {
    let generator = try RandomGenerator(seed: seed)
    return Network(
      name: "linear", featureCount: outputs,
      layers: [("out", try Linear(inputs, outputs, using: generator))])
  }

  /// Linear layers with a ReLU behind each but the last, `after` layers without parameters.
  static func perceptron(
    _ inputs: Int, hidden: [Int], _ outputs: Int, after: [(name: String, layer: any Layer)] = [],
    seed: UInt64
  ) throws -> Network {
    let generator = try RandomGenerator(seed: seed)
    var (layers, width) = (after, inputs)
    for (index, next) in hidden.enumerated() {
      layers.append(("hidden\(index + 1)", try Linear(width, next, gain: 2, using: generator)))
      layers.append(("relu\(index + 1)", ReLU()))
      width = next
    }
    layers.append(("out", try Linear(width, outputs, using: generator)))
    return Network(name: "perceptron", featureCount: outputs, layers: layers)
  }

  /// Trains by a plain loop, as `BatchOrder.fit`.
  func fit(
    _ order: BatchOrder, learningRate: Double, progress: (Double) throws -> Void = { _ in },
    loss: (BatchOrder.Batch) throws -> Tensor
  ) throws {
    try order.fit(parameters, learningRate: learningRate, progress: progress, loss: loss)
  }
}

extension BatchOrder {
  /// Trains by a plain loop: AdamW, and a learning rate that falls to 0 along half a cosine.
  ///
  /// - Parameters:
  ///   - parameters: What is trained.
  ///   - learningRate: Of the first step.
  ///   - progress: Is told the share that is done, about a hundred times.
  ///   - loss: Of the samples of a batch.
  /// - Throws: `DivergenceError`; what `progress` and `loss` throw.
  func fit(
    _ parameters: [Parameter], learningRate: Double,
    progress: (Double) throws -> Void = { _ in }, loss: (Batch) throws -> Tensor
  ) throws {
    let optimizer = try AdamW([ParameterGroup(parameters.map(\.tensor))])
    let every = Swift.max(1, totalSteps / 100)
    for batch in self {
      try optimizer.minimize(
        loss(batch),
        learningRate: learningRate * Schedule.cosine.factor(step: batch.step, of: totalSteps))
      if batch.step % every == 0 { try progress(Double(batch.step) / Double(totalSteps)) }
    }
  }
}
