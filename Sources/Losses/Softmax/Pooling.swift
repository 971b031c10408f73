import Torch

/// How many proxies a class has, and how their scores become the score of the class.
///
/// The proxies of a class are adjacent rows of `weights`: row j · K + k is proxy k of class j.
public enum Pooling: Sendable, Equatable {
  /// One proxy for each class.
  case single
  /// The score of the nearest of K: sub-center ArcFace.
  case nearest(Int)
  /// Σ_k softmax_k(z_jk / γ) · z_jk, a soft maximum of K: SoftTriple. `penaltyWeight` is τ of the
  /// penalty that draws the proxies of a class together,
  /// τ · Σ_j Σ_{k<l} √(2 − 2·⟨w_jk, w_jl⟩) / (C · K · (K − 1)).
  case soft(Int, gamma: Double, penaltyWeight: Double)

  /// K.
  public var proxiesPerClass: Int {
    switch self {
    case .single: 1
    case .nearest(let k), .soft(let k, _, _): k
    }
  }

  /// The rows of the proxies of each label [N·K].
  func rows(of labels: Tensor) throws -> Tensor {
    let count = Int64(proxiesPerClass)
    guard count > 1 else { return labels }
    let rows = try labels.elements(Int64.self).flatMap { label in
      (0..<count).map { label * count + $0 }
    }
    return try Tensor(rows).to(labels.device)
  }

  /// [N, C·K] to [N, C].
  func callAsFunction(_ products: Tensor) throws -> Tensor {
    switch self {
    case .single, .nearest(1), .soft(1, _, _): return products
    case .nearest(let k):
      return try products.reshaped([products.shape[0], -1, k]).max(axis: 2)
    case .soft(let k, let gamma, _):
      let scores = try products.reshaped([products.shape[0], -1, k])
      return try ((scores / gamma).softmax(axis: 2) * scores).sum(axis: 2)
    }
  }

  /// The penalty for the proxies [C·K, D], nil if there is none.
  func penalty(_ weights: Tensor) throws -> Tensor? {
    guard case .soft(let k, _, let tau) = self, tau > 0, k > 1 else { return nil }
    let classCount = weights.shape[0] / k
    let w = try weights.unitRows().reshaped([classCount, k, -1])
    let pairs = (0..<k).flatMap { first in (first + 1..<k).map { Int64(first * k + $0) } }
    let cosines = try w.matmul(w.transposed()).reshaped([classCount, k * k])
      .select(Tensor(pairs).to(weights.device), axis: 1)
    // The bound keeps the slope of the root finite where two proxies coincide.
    let distances = try (2 - cosines * 2).clamped(min: 1e-6).squareRoot()
    return try distances.sum() * (tau / Double(classCount * k * (k - 1)))
  }
}
