import Networks
import Torch

extension NetworkEntry {
  /// An input that it takes.
  var sampleInput: NetworkInput {
    input == .tokens
      ? .tokens(vocabularySize: 50) : .pictures(channels: 1, height: 28, width: 28)
  }
}

extension NetworkInput {
  /// Random pictures, or texts of 1 to 12 tokens.
  func samples(_ count: Int, seed: UInt64) throws -> Tensor {
    try samples(count, using: RandomGenerator(seed: seed))
  }

  func samples(_ count: Int, using generator: RandomGenerator) throws -> Tensor {
    switch self {
    case .pictures(let channels, let height, let width):
      return try Tensor.randomNormal(
        [count, channels, height, width], using: generator)
    case .tokens(let vocabularySize):
      let draws = try Tensor.randomUniform(
        [count, 13], in: 0...1, using: generator
      ).elements(Float.self)
      let tokens = draws.indices.map { index in
        let (text, step) = index.quotientAndRemainder(dividingBy: 13)
        let length = 1 + Int(draws[text * 13] * 11.99)
        return step < length ? Int64(1 + Float(vocabularySize - 2) * draws[index]) : 0
      }
      return try Tensor(tokens, shape: [count, 13])
    }
  }
}

/// The largest difference of two tensors of one shape.
func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
  precondition(a.shape == b.shape)
  return try (a.detached().to(.float64) - b.detached().to(.float64)).magnitude()
    .reshaped([-1]).max(axis: 0).item()
}
