import Torch

/// A vector for each token, looked up: int64 [N, T] to [N, T, D].
///
/// Token 0 is padding: its vector is zero, and stays so.
public struct Embedding: Layer {
  /// [tokens, D].
  public let weight: Tensor
  /// What the vectors are given in: there is no input to tell it.
  public let precision: Precision

  /// Independent normal numbers.
  ///
  /// - Parameters:
  ///   - vocabularySize: How many tokens there are, padding included.
  ///   - outputs: D.
  ///   - standardDeviation: Of the numbers, at least 0.
  ///   - precision: What the vectors are given in.
  ///   - generator: Of the initial weights.
  public init(
    vocabularySize: Int, _ outputs: Int, standardDeviation: Double = 1,
    precision: Precision = .float32, using generator: RandomGenerator
  ) throws {
    weight = try Tensor.randomNormal(
      [vocabularySize, outputs], standardDeviation: standardDeviation, using: generator)
    try weight.slice(0..<1).multiply(by: 0)
    try weight.requireGradient()
    self.precision = precision
  }

  /// - Throws: `TorchError` for a token that there is not.
  public func callAsFunction(_ tokens: Tensor, isTraining: Bool) throws -> Tensor {
    try weight.embedding(of: tokens, padding: 0).to(precision.dtype)
  }

  public var parameters: [Parameter] { [Parameter(name: "weight", tensor: weight, decays: true)] }
}
