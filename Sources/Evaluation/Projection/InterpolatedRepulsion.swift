import Foundation
import LossKernels
import Torch

/// The repulsion in a plane by way of a grid: O(N + A log A) for an area A of the embedding.
///
/// The forces are convolutions of the points with g(r) = r / (1 + ‖r‖²)². Points are spread onto the nodes
/// of a grid, the nodes are convolved by Fourier transforms, and the results are collected at the points;
/// both by cubic splines that go through the kernel's values at the nodes. Z = Σ q falls off on the way, as
/// a product of transforms (Parseval). g is odd, so the forces of two points on each other cancel exactly.
///
/// The step between nodes is kept, whatever the size of the embedding (as long as that is neither tiny nor
/// vast), so that the kernel's transforms are computed anew only when the grid has to grow.
///
/// Linderman, Rachh, Hoskins, Steinerberger and Kluger, "Fast interpolation-based t-SNE for improved
/// visualization of single-cell RNA-seq data", Nature Methods 2019, whose interpolation is by polynomials
/// in boxes, with a convolution for each of four charges.
final class InterpolatedRepulsion: Repulsion {
  /// Points that one thread spreads and collects in a fraction of a millisecond.
  private static let grain = 20_000

  private let usualStep: Float
  private var kernel: GridKernel?
  /// The nodes of each part of the points.
  private var nodes: Tensor?
  private var products: Tensor?

  /// - Parameter step: Between nodes, for embeddings of the usual size. The kernel's own width is 1.
  init(step: Float = 0.4) { usualStep = step }

  func callAsFunction(_ points: Planes, forces: Planes) throws -> Double {
    let (x, y) = (Self.bounds(points, 0), Self.bounds(points, 1))
    let extent = max(x.upper - x.lower, y.upper - y.lower)
    let step = step(extent)
    let width = Int(extent / step) + SplineGrid.margin + 2
    let kernel = try kernel(width: width, step: step)
    let size = kernel.size
    let grid = SplineGrid(x: x.lower, y: y.lower, step: step)

    let field = try spread(points, grid, width: width)
      .fourierTransform2D(height: size, width: size)
    let products: Tensor
    if let kept = self.products, kept.shape[1] == size {
      products = kept
    } else {
      products = try Tensor.uninitialized([2, size, size / 2 + 1, 2])
      self.products = products
    }
    let total = try kernel.respond(field, products)
    let potentials = try products.inverseFourierTransform2D(height: size, width: size)
    try potentials.contiguous().withUnsafeElements { (values: UnsafeBufferPointer<Float>) in
      nonisolated(unsafe) let values = values.baseAddress!
      _ = try summed(points.count, grain: Self.grain) { _, rows in
        grid.collect(
          rows, x: points[0], y: points[1], first: values, second: values + size * size,
          width: size, into: forces[0], forces[1])
        return 0
      }
    }
    return total - Double(points.count) * kernel.itself
  }

  private static func bounds(_ points: Planes, _ axis: Int) -> (lower: Float, upper: Float) {
    let values = points[axis]
    var (lower, upper) = (values[0], values[0])
    for point in 1..<points.count {
      let value = values[point]
      lower = value < lower ? value : lower
      upper = value > upper ? value : upper
    }
    return (lower, upper)
  }

  /// The usual step, or that by a power of two: at least 32 steps, at most 2,000 across.
  private func step(_ extent: Float) -> Float {
    var step = usualStep
    while extent < 32 * step, step > 1e-12 { step /= 2 }
    while extent > 2000 * step { step *= 2 }
    return step
  }

  private func kernel(width: Int, step: Float) throws -> GridKernel {
    // Room for what splines reach beyond their nodes, which falls by 0.27 a node.
    let least = 2 * width + 24
    if let kernel, kernel.step == step, kernel.size >= least, kernel.size < 2 * least {
      return kernel
    }
    let kernel = try GridKernel(size: Self.transformSize(least), step: step)
    self.kernel = kernel
    return kernel
  }

  /// The next size that transforms are fast for.
  static func transformSize(_ least: Int) -> Int {
    var factor = 1
    while 16 * factor < least { factor *= 2 }
    return [8, 9, 10, 12, 14, 16].map { $0 * factor }.first { $0 >= least }!
  }

  /// The points on the nodes [width, width].
  private func spread(_ points: Planes, _ grid: SplineGrid, width: Int) throws -> Tensor {
    let parts = partCount(points.count, grain: Self.grain)
    let nodes: Tensor
    if let kept = self.nodes, kept.shape == [parts, width, width] {
      nodes = kept
    } else {
      nodes = try Tensor.uninitialized([parts, width, width])
      self.nodes = nodes
    }
    try nodes.withUnsafeMutableElements { (elements: UnsafeMutableBufferPointer<Float>) in
      nonisolated(unsafe) let elements = elements.baseAddress!
      _ = try summed(points.count, grain: Self.grain) { part, rows in
        let own = elements + part * width * width
        own.update(repeating: 0, count: width * width)
        grid.spread(rows, x: points[0], y: points[1], onto: own, width: width)
        return 0
      }
    }
    return try parts == 1 ? nodes.reshaped([width, width]) : nodes.sum(axis: 0)
  }
}

/// The transforms of the kernels q and g on a periodic grid, with what undoes the splines' smoothing.
private struct GridKernel: @unchecked Sendable {
  let size: Int
  let step: Float
  /// q, so that its products with squares add up to Z: [size, size / 2 + 1].
  private let power: [Float]
  /// q of a point with itself, as the splines have it: the mean over places between nodes. Nearly 1.
  let itself: Double
  /// The imaginary parts of g along both axes.
  private let slopes: ([Float], [Float])

  init(size: Int, step: Float) throws {
    self.size = size
    self.step = step
    let half = size / 2 + 1
    var q = [Double](repeating: 0, count: size * size)
    var g = q
    for i in 0..<size {
      for j in 0..<size {
        let x = Double(step) * Double(i <= size / 2 ? i : i - size)
        let y = Double(step) * Double(j <= size / 2 ? j : j - size)
        let value = 1 / (1 + x * x + y * y)
        q[i * size + j] = value
        // Odd, so 0 where both signs meet.
        g[i * size + j] = 2 * i == size ? 0 : x * value * value
      }
    }
    func transform(_ values: [Double], part: Int) throws -> [Double] {
      let pairs = try Tensor(values, shape: [size, size])
        .fourierTransform2D(height: size, width: size).elements(Double.self)
      return (0..<size * half).map { pairs[2 * $0 + part] }
    }
    let (powers, slope) = (try transform(q, part: 0), try transform(g, part: 1))
    // The transform of a cubic spline's values at the nodes, 1/6, 4/6, 1/6; there and back.
    let table = try Tensor(
      [4.0 / 6, 1.0 / 6] + [Double](repeating: 0, count: size - 3) + [1.0 / 6]
    )
    .reshaped([1, size]).fourierTransform2D(height: 1, width: size).elements(Double.self)
    let smoothing = (0..<half).map { table[2 * $0] * table[2 * $0] }
    // That of the products of a spline with itself some nodes further, which are a spline's of degree 7.
    let overlap = (0..<half).map { index in
      let angle = 2 * Double.pi * Double(index) / Double(size)
      return (2416 + 2382 * cos(angle) + 240 * cos(2 * angle) + 2 * cos(3 * angle)) / 5040
    }
    var itself = 0.0
    var (power, first, second) = (
      [Float](repeating: 0, count: size * half), [Float](repeating: 0, count: size * half),
      [Float](repeating: 0, count: size * half)
    )
    for i in 0..<size {
      let mirrored = min(i, size - i)
      for j in 0..<half {
        let place = i * half + j
        let correction = 1 / (smoothing[mirrored] * smoothing[j])
        // Half of the transform stands for all of it.
        let multiplicity = j == 0 || 2 * j == size ? 1.0 : 2.0
        let share = powers[place] * correction * multiplicity / Double(size * size)
        power[place] = Float(share)
        itself += share * overlap[mirrored] * overlap[j]
        first[place] = Float(slope[place] * correction)
        // The other axis is this one turned: even along the one, odd along the other.
        second[place] = Float(slope[j * half + mirrored] * correction)
      }
    }
    self.power = power
    self.itself = itself
    slopes = (first, second)
  }

  /// Writes the transforms of both forces [2, size, size / 2 + 1, 2] and gives Z.
  func respond(_ field: Tensor, _ products: Tensor) throws -> Double {
    let half = size / 2 + 1
    return try field.withUnsafeElements { (field: UnsafeBufferPointer<Float>) in
      try products.withUnsafeMutableElements { (results: UnsafeMutableBufferPointer<Float>) in
        try power.withUnsafeBufferPointer { power in
          try slopes.0.withUnsafeBufferPointer { first in
            try slopes.1.withUnsafeBufferPointer { second in
              nonisolated(unsafe) let pointers = (
                field.baseAddress!, power.baseAddress!, first.baseAddress!, second.baseAddress!,
                results.baseAddress!
              )
              return try summed(size, grain: 1000) { _, lines in
                SplineGrid.respond(
                  lines: lines, width: half, field: pointers.0, power: pointers.1,
                  slopes: (pointers.2, pointers.3),
                  results: (pointers.4, pointers.4 + 2 * size * half))
              }
            }
          }
        }
      }
    }
  }
}
