import Torch

/// Long short-term memory, over sequences: [N, T, inputs] to the states [N, T, outputs] after each step,
/// those of the last of its layers.
///
///     i, f, o = σ(W x + U h + b)    g = tanh(W x + U h + b)
///     c ← f · c + i · g             h ← o · tanh(c)
///
/// It starts at states of 0. A state depends on what came before it alone: what follows a sequence as
/// padding does not change the states of the sequence.
///
/// Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 1997; with forget gates, Gers,
/// Schmidhuber, Cummins, "Learning to forget", 2000.
public struct LSTM: Layer {
  /// The parameters of one layer: W [4 H, inputs], U [4 H, H] and b [4 H], the gates in the order i, f,
  /// g, o.
  struct Level {
    let inputWeight, stateWeight, bias: Tensor
  }

  public let outputCount: Int
  let levels: [Level]

  /// Weights uniform in ±1/√outputs, offsets 0; those of the forget gates 1, so that what is stored stays
  /// at first: Jozefowicz, Zaremba, Sutskever, "An empirical exploration of recurrent network
  /// architectures", ICML 2015.
  ///
  /// - Precondition: There is a layer at least.
  public init(
    _ inputs: Int, _ outputs: Int, layerCount: Int = 1, using generator: RandomGenerator
  ) throws {
    precondition(layerCount >= 1, "an LSTM has a layer at least")
    outputCount = outputs
    let bound = 1 / Double(outputs).squareRoot()
    levels = try (0..<layerCount).map { level in
      func weight(_ columns: Int) throws -> Tensor {
        try Tensor.randomUniform([4 * outputs, columns], in: -bound...bound, using: generator)
          .requireGradient()
      }
      let offsets = (0..<4 * outputs).map { Float($0 / outputs == 1 ? 1 : 0) }
      return try Level(
        inputWeight: weight(level == 0 ? inputs : outputs), stateWeight: weight(outputs),
        bias: Tensor(offsets).requireGradient())
    }
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    // libtorch adds two offsets; one is enough.
    let noOffset = try Tensor.zeros([4 * outputCount], device: x.device).matching(x)
    return try x.lstm(
      levels.flatMap { level in
        try [level.inputWeight, level.stateWeight, level.bias].map { try $0.matching(x) }
          + [noOffset]
      }, stateCount: outputCount)
  }

  public var parameters: [Parameter] {
    levels.enumerated().flatMap { index, level in
      [
        Parameter(
          name: "layer\(index + 1).input_weight", tensor: level.inputWeight, decays: true),
        Parameter(
          name: "layer\(index + 1).state_weight", tensor: level.stateWeight, decays: true),
        Parameter(name: "layer\(index + 1).bias", tensor: level.bias, decays: false),
      ]
    }
  }
}
