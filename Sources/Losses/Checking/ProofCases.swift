import Torch

/// Inputs at which the gradient of a loss is proved.
public struct ProofCase: Sendable {
  public let name: String
  public let sampleCount, featureCount, classCount: Int
  /// Whether the target is a distribution for each sample, not a label.
  public var usesProbabilities = false
  public var seed: UInt64 = 1

  /// Ordinary and odd shapes: one sample, one feature, two classes, sizes that no block divides.
  public static let standard: [ProofCase] = [
    ProofCase(name: "ordinary", sampleCount: 6, featureCount: 5, classCount: 7),
    ProofCase(name: "one sample", sampleCount: 1, featureCount: 5, classCount: 3, seed: 2),
    ProofCase(name: "one feature", sampleCount: 4, featureCount: 1, classCount: 3, seed: 3),
    ProofCase(name: "two classes", sampleCount: 5, featureCount: 3, classCount: 2, seed: 4),
    ProofCase(
      name: "probabilities", sampleCount: 5, featureCount: 4, classCount: 6,
      usesProbabilities: true, seed: 5),
    ProofCase(name: "252×123×507", sampleCount: 252, featureCount: 123, classCount: 507, seed: 6),
  ]

  /// Whether a loss can be evaluated here.
  public func fits(_ loss: any Loss) -> Bool {
    !usesProbabilities || loss.optionalInputs.contains(.probabilities)
  }

  /// Random float64 inputs for everything that `loss` takes, away from the kink of `ArcFace` at
  /// θ = π − m, which a random draw does not meet.
  public func inputs(for loss: any Loss) throws -> LossInputs {
    let generator = try RandomGenerator(seed: seed)
    let (n, d, c) = (sampleCount, featureCount, classCount)
    func normal(_ shape: [Int]) throws -> Tensor {
      try Tensor.randomNormal(shape, dtype: .float64, using: generator)
    }
    var inputs: LossInputs = [:]
    for input in loss.requiredInputs + loss.optionalInputs {
      switch input {
      case .features: inputs[input] = try normal([n, d])
      case .weights, .centers: inputs[input] = try normal([c, d])
      case .bias: inputs[input] = try normal([c])
      case .labels where !usesProbabilities:
        inputs[input] = try Tensor((0..<n).map { Int64(($0 * 7 + Int(seed)) % c) })
      case .probabilities where usesProbabilities:
        inputs[input] = try normal([n, c]).logSoftmax(axis: 1).exp()
      case .labels, .probabilities: break
      }
    }
    return inputs
  }
}
