import Torch

/// How a feature vector is compared with the proxy of each class: the first choice of a proxy head.
///
///     z_j = scale · ⟨x, w_j⟩ (+ b_j),   x and w_j as they are or brought to unit length
public struct Similarity: Sendable, Equatable {
  /// Whether features are brought to unit length.
  public var normalizesFeatures: Bool
  /// Whether proxies are brought to unit length.
  public var normalizesWeights: Bool
  /// The factor of the product, above 0.
  public var scale: Double
  /// Whether every class has an offset.
  public var hasBias: Bool

  /// ⟨x, w_j⟩ + b_j: the last layer of a plain classifier.
  public static func innerProduct(bias: Bool = true) -> Similarity {
    Similarity(normalizesFeatures: false, normalizesWeights: false, scale: 1, hasBias: bias)
  }

  /// s · cos θ_j, the cosine of the angle between feature and proxy.
  public static func cosine(scale: Double) -> Similarity {
    Similarity(normalizesFeatures: true, normalizesWeights: true, scale: scale, hasBias: false)
  }

  /// Whether the product is the cosine of an angle, which an angular margin needs.
  public var isCosine: Bool { normalizesFeatures && normalizesWeights && !hasBias }

  /// ⟨x, w_j⟩ [N, C], before scale and bias.
  func products(_ features: Tensor, _ weights: Tensor) throws -> Tensor {
    let x = try normalizesFeatures ? features.unitRows() : features
    let w = try normalizesWeights ? weights.unitRows() : weights
    return try x.matmul(w.transposed())
  }
}

extension Tensor {
  /// The rows brought to unit length: x / √(Σx² + ε), ε = 1e-12.
  ///
  /// ε keeps value and gradient finite at the zero vector (which stays zero) and is too small to
  /// be seen elsewhere: a unit vector changes by 5e-13. The published NormFace code uses 1e-6.
  public func unitRows() throws -> Tensor {
    // Dividing by the largest entry first, where it is above 1, keeps Σx² from overflowing. The
    // result does not depend on this divisor, so no gradient has to flow through it.
    let largest = try withoutGradients {
      try detached().magnitude().max(axis: -1, keepingAxis: true).clamped(min: 1)
    }
    let x = try self / largest
    let squares = try (x * x).sum(axis: -1, keepingAxis: true)
    return try x / (squares + largest.power(-2) * 1e-12).squareRoot()
  }
}
