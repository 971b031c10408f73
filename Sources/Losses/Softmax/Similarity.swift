import Torch

/// How a feature vector is compared with the proxies of each class: the first choice of a proxy head.
///
///     z_j = scale · ⟨x, w_j⟩ (+ b_j),   x and w_j as they are or brought to unit length
public struct Similarity: Sendable, Equatable {
  /// The offsets that are added to the scaled products.
  public enum Bias: Sendable, Equatable {
    case none
    /// One for each class [C].
    case perClass
    /// One for all classes [1].
    case shared
  }

  /// Whether features are brought to unit length.
  public var normalizesFeatures: Bool
  /// Whether proxies are brought to unit length.
  public var normalizesWeights: Bool
  /// The factor of the product, above 0.
  public var scale: Double
  /// Whether the factor is learned; `scale` is where it starts then.
  public var learnsScale = false
  public var bias = Bias.none
  /// How many proxies a class has, and how they become one score.
  public var pooling = Pooling.single

  /// ⟨x, w_j⟩ + b_j: the last layer of a plain classifier.
  public static func innerProduct(bias: Bias = .perClass) -> Similarity {
    Similarity(normalizesFeatures: false, normalizesWeights: false, scale: 1, bias: bias)
  }

  /// ‖x‖ · cos θ_j: proxies of unit length.
  public static let normalizedWeights = Similarity(
    normalizesFeatures: false, normalizesWeights: true, scale: 1)

  /// α · ⟨x / ‖x‖, w_j⟩ + b_j: features of length α.
  public static func normalizedFeatures(alpha: Double, learned: Bool = false) -> Similarity {
    Similarity(
      normalizesFeatures: true, normalizesWeights: false, scale: alpha, learnsScale: learned,
      bias: .perClass)
  }

  /// s · cos θ_j, the cosine of the angle between feature and proxy.
  public static func cosine(
    scale: Double, learned: Bool = false, pooling: Pooling = .single
  ) -> Similarity {
    Similarity(
      normalizesFeatures: true, normalizesWeights: true, scale: scale, learnsScale: learned,
      pooling: pooling)
  }

  /// Whether the product is the cosine of an angle.
  public var isCosine: Bool { normalizesFeatures && normalizesWeights }

  /// The least learned scale: NormFace's floor.
  static let leastScale = 0.01
}

/// The products of a batch with all proxies, and what margins need besides.
struct ProxyScores {
  /// ⟨x, w_j⟩ [N, C], before scale and bias.
  let products: Tensor
  /// The features as they came [N, D].
  let features: Tensor
  /// ‖x‖ · ‖w_j‖ [N, C], as far as they are not 1 by normalisation; nil for cosines.
  let lengths: Tensor?

  init(_ similarity: Similarity, features: Tensor, weights: Tensor) throws {
    let x = try similarity.normalizesFeatures ? features.unitRows() : features
    let w = try similarity.normalizesWeights ? weights.unitRows() : weights
    products = try similarity.pooling(x.matmul(w.transposed()))
    self.features = features
    if similarity.isCosine {
      lengths = nil
    } else {
      let xLength = try similarity.normalizesFeatures ? nil : features.rowNorms()
      let wLength = try similarity.normalizesWeights ? nil : weights.rowNorms().transposed()
      let ones = try products.detached().zerosLike() + 1
      lengths = try [xLength, wLength].compactMap { $0 }.reduce(ones) { try $0 * $1 }
    }
  }
}

extension ProxyScores {
  /// The products [N, 1] of each feature with its own class only, of whose proxies there are K:
  /// `targets` [N·K, D].
  init(_ similarity: Similarity, features: Tensor, targets: Tensor) throws {
    let x = try similarity.normalizesFeatures ? features.unitRows() : features
    let w = try similarity.normalizesWeights ? targets.unitRows() : targets
    let (n, d) = (features.shape[0], features.shape[1])
    products = try similarity.pooling(
      (x.reshaped([n, 1, d]) * w.reshaped([n, -1, d])).sum(axis: 2))
    self.features = features
    let xLength = try similarity.normalizesFeatures ? nil : features.rowNorms()
    let wLength = try similarity.normalizesWeights ? nil : targets.rowNorms()
    lengths =
      if let xLength, let wLength { try xLength * wLength } else { xLength ?? wLength }
  }

  /// cos θ_j [N, C].
  func cosines() throws -> Tensor { try lengths.map { try products / $0 } ?? products }

  /// What a margin's state may follow from.
  func batchCosines(_ target: Target) -> BatchCosines {
    func column() throws -> Tensor {
      try target.labels("the margin follows the angles to the targets").reshaped([-1, 1])
    }
    return BatchCosines(
      ofTargets: { try cosines().gather(column(), axis: 1).reshaped([-1]) },
      logSums: { scale in
        let scores = try cosines() * scale
        let nothing = try Tensor.full(
          -1e30, shape: [scores.shape[0], 1], dtype: scores.dtype ?? .float32,
          device: scores.device)
        return try scores.replacingElements(at: column(), with: nothing, axis: 1)
          .logSumExp(axis: 1)
      })
  }
}

extension Tensor {
  /// The rows brought to unit length: x / √(Σx² + ε), ε = 1e-12.
  ///
  /// ε keeps value and gradient finite at the zero vector (which stays zero) and is too small to
  /// be seen elsewhere: a unit vector changes by 5e-13. The published NormFace code uses 1e-6.
  public func unitRows() throws -> Tensor {
    // Dividing first, where entries are large, keeps Σx² from overflowing. The result does not
    // depend on this divisor, so no gradient has to flow through it.
    let divisor = try rowDivisors()
    let x = try self / divisor
    let squares = try (x * x).sum(axis: -1, keepingAxis: true)
    return try x / (squares + divisor.power(-2) * 1e-12).squareRoot()
  }

  /// The lengths of the rows, √(Σx² + ε) with the ε of `unitRows`, as a column.
  public func rowNorms() throws -> Tensor {
    let divisor = try rowDivisors()
    let x = try self / divisor
    let squares = try (x * x).sum(axis: -1, keepingAxis: true)
    return try (squares + divisor.power(-2) * 1e-12).squareRoot() * divisor
  }

  /// About the largest magnitude of each row, at least 1, without gradient: a power of two, since
  /// dividing by that rounds nothing.
  private func rowDivisors() throws -> Tensor {
    try withoutGradients {
      let largest = try detached().magnitude().max(axis: -1, keepingAxis: true)
      // Rounded to the nearest below, the largest number there is would become infinite.
      return try (largest.log2() - 0.5).roundedDown().exp2().clamped(min: 1)
    }
  }
}
