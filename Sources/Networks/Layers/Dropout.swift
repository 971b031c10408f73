import RandomNumbers
import Torch

/// In training each number is set to 0 with a probability, and divided by that of being kept otherwise;
/// else nothing happens.
///
/// What is drawn follows from the seed and the count of draws, which is a buffer: a training that is
/// taken up again draws as one that never stopped.
///
/// Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout: a simple way to prevent neural
/// networks from overfitting", JMLR 2014.
public struct Dropout: Layer {
  /// In 0..<1.
  public let probability: Double
  private let seed: UInt64
  /// How often it has drawn.
  private let draws: Tensor

  /// - Parameters:
  ///   - probability: Of being set to 0, in 0..<1.
  ///   - seed: Of the draws; another one for each dropout of a network, or they draw alike.
  /// - Precondition: The probability is in 0..<1.
  public init(_ probability: Double, seed: UInt64) throws {
    precondition((0..<1).contains(probability), "a dropout's probability is in 0..<1")
    self.probability = probability
    self.seed = seed
    draws = try Tensor.zeros([])
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    guard isTraining, probability > 0 else { return x }
    var words = SplitMix64(seed, UInt64(try draws.item()))
    try draws.add(Tensor.ones([]))
    return try x.dropout(probability, using: RandomGenerator(seed: words.next()))
  }

  public var buffers: [(name: String, tensor: Tensor)] { [("draws", draws)] }
}
