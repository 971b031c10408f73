import LossKernels

/// What drives the points of an embedding apart: of each point a the sum over all others of
/// q²·(a − b), where q = 1 / (1 + ‖a − b‖²).
protocol Repulsion {
  /// Writes the forces and gives Z = Σ q over all ordered pairs.
  func callAsFunction(_ points: Planes, forces: Planes) throws -> Double
}

/// Pair by pair: O(N²).
struct ExactRepulsion: Repulsion {
  func callAsFunction(_ points: Planes, forces: Planes) throws -> Double {
    let kernel = PointForces(
      coordinates: points.elements, forces: forces.elements, stride: points.stride,
      dimensions: points.axes)
    return try summed(points.count) { kernel.repel($1) }
  }
}
