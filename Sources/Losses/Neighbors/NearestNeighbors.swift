import LossKernels
import Torch

/// The k nearest of a set of features, for each of many queries: exact, in bounded memory.
///
/// What is found is what sorting all distances, computed in float64 from the float32 features, would give;
/// of equally near ones the first in the set come first. Products in float32, of blocks of queries with
/// blocks of the set, only choose what is looked at in float64: everything that the rounding of the product
/// (at most (D + 2)·2⁻²⁴ of the product of the lengths) leaves in doubt. Queries with more in doubt than
/// there is room for (a set with many equal features) are held against all of the set in float64.
///
/// Time is O(Q·M·D) for Q queries and M features, half of that for the neighbours of a set in itself;
/// memory O(Q·k), and a block of products of 32 MiB.
///
///     let neighbors = try NearestNeighbors(count: 10)
///     let found = try neighbors(features)      // of each among the others
public struct NearestNeighbors: Sendable {
  public enum Measure: String, Sendable, CaseIterable {
    /// ‖q − x‖.
    case euclidean
    /// ‖q − x‖².
    case squaredEuclidean = "squared-euclidean"
    /// 1 − cos ∠(q, x), in 0...2; 1 where either is 0.
    case cosine
    /// ⟨q, x⟩: the larger, the nearer.
    case innerProduct = "inner-product"
  }

  /// k, at least 1.
  public let count: Int
  public let measure: Measure

  /// - Throws: `LossError` for a count below 1 or above a million.
  public init(count: Int, measure: Measure = .squaredEuclidean) throws {
    guard (1...1_000_000).contains(count) else {
      throw LossError(.usage, "the count of neighbours must be 1 to 1000000, not \(count)")
    }
    self.count = count
    self.measure = measure
  }

  /// What was found for each query.
  public struct Found {
    /// The indices in the set, the nearest first: int64 [Q, k]; −1 where the set is too small.
    public let indices: Tensor
    /// Their distances (or inner products), rounded from float64: float32 [Q, k]. Where there is no
    /// neighbour they are infinite (−∞ for inner products).
    public let distances: Tensor
  }

  /// The nearest of each of features [N, D] among all of them.
  ///
  /// - Parameters:
  ///   - features: float32 [N, D].
  ///   - excludingItself: Whether a feature is no neighbour of itself. Others that are equal to it are.
  /// - Throws: `LossError` for features that are not float32 on the CPU, or not finite.
  public func callAsFunction(_ features: Tensor, excludingItself: Bool = true) throws -> Found {
    let excluded = { (index: Int) in excludingItself ? index..<index + 1 : index..<index }
    return try find(NeighborSearch(features, among: nil, measure, count: count), excluded)
  }

  /// The nearest of each of queries [Q, D] among features [M, D].
  ///
  /// - Throws: `LossError` for tensors that are not float32 on the CPU, not finite, or do not fit.
  public func callAsFunction(_ queries: Tensor, among features: Tensor) throws -> Found {
    try find(NeighborSearch(queries, among: features, measure, count: count)) { $0..<$0 }
  }

  private func find(_ search: NeighborSearch, _ excluded: (Int) -> Range<Int>) throws -> Found {
    let (indices, keys) = try search.run(
      excluding: (0..<search.queryCount).map { .init(excluded($0)) })
    let shape = [search.queryCount, count]
    return Found(
      indices: try Tensor(indices, shape: shape),
      distances: try Tensor(keys.map { Float(measure.distance($0)) }, shape: shape))
  }
}

extension NearestNeighbors.Measure {
  /// The distance (or inner product) of a key, which is the smaller, the nearer.
  func distance(_ key: Double) -> Double {
    switch self {
    case .euclidean: key.squareRoot()
    case .squaredEuclidean: key
    case .cosine: 1 + key
    case .innerProduct: -key
    }
  }
}
