import Torch

/// Inputs at which the gradient of a loss is proved.
public struct ProofCase: Sendable {
  public let name: String
  public let sampleCount, featureCount, classCount: Int
  public var seed: UInt64 = 1
  /// Changes of the random draw.
  public var variation = Variation.none

  public enum Variation: Sendable {
    case none
    /// Every sample has label 0, so that the other classes have no samples.
    case oneLabel
  }

  /// Ordinary and odd shapes: one sample, one feature, two classes, classes without samples, sizes
  /// that no block divides.
  public static let standard: [ProofCase] = [
    ProofCase(name: "ordinary", sampleCount: 6, featureCount: 5, classCount: 7),
    ProofCase(name: "one sample", sampleCount: 1, featureCount: 5, classCount: 3, seed: 2),
    ProofCase(name: "one feature", sampleCount: 4, featureCount: 1, classCount: 3, seed: 3),
    ProofCase(name: "two classes", sampleCount: 8, featureCount: 3, classCount: 2, seed: 4),
    ProofCase(
      name: "labels all the same", sampleCount: 5, featureCount: 4, classCount: 3, seed: 7,
      variation: .oneLabel),
    ProofCase(name: "252×123×507", sampleCount: 252, featureCount: 123, classCount: 507, seed: 6),
  ]

  /// Random float64 inputs for a signature.
  ///
  /// Inputs whose axes are "…" get the shape [features, 3], after their other axes.
  public func inputs(for signature: Signature) throws -> LossInputs {
    let generator = try RandomGenerator(seed: seed)
    let sizes: [Character: Int] = [
      "N": sampleCount, "D": featureCount, "C": classCount, "S": 1, "B": 1, "H": 6, "W": 5,
    ]
    var inputs: LossInputs = [:]
    for declaration in signature {
      let examples = declaration.examples(
        sizes: sizes, further: [min(featureCount, 12), 3],
        draw: { $0.isPrimed || $0.isOwn ? 3 : 2 })
      for (name, shape) in examples {
        func normal() throws -> Tensor {
          try Tensor.randomNormal(shape, dtype: .float64, using: generator)
        }
        inputs[name] =
          switch declaration.elements {
          case .real: try normal()
          case .classes:
            try Tensor(
              (0..<shape.reduce(1, *)).map { index in
                // Of three samples two have a class in common, so that there are pairs of both
                // kinds, samples without a partner, and classes without samples.
                variation == .oneLabel ? 0 : Int64((index * 2 / 3 * 5 + Int(seed)) % classCount)
              }, shape: shape)
          case .nonnegative where declaration.input == .probabilities:
            try normal().logSoftmax(axis: -1).exp()
          case .nonnegative: try normal().exp()
          case .shares: try normal().sigmoid()
          case .signs: try normal().sign()
          }
      }
    }
    return inputs
  }
}
