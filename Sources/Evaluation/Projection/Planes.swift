import LossKernels
import Torch

/// Numbers of points by axis, [axes, stride], zeros at first: the coordinates, or something of each.
///
/// The stride is the number of points, filled up to a multiple of 16.
final class Planes: @unchecked Sendable {
  let count, axes, stride: Int
  let elements: UnsafeMutablePointer<Float>

  init(count: Int, axes: Int) {
    self.count = count
    self.axes = axes
    stride = (count + 15) & ~15
    elements = .allocate(capacity: axes * stride)
    elements.initialize(repeating: 0, count: axes * stride)
  }

  deinit { elements.deallocate() }

  subscript(axis: Int) -> UnsafeMutablePointer<Float> { elements + axis * stride }

  /// Row-major [count, axes].
  var rows: [Float] {
    get {
      (0..<count).flatMap { point in (0..<axes).map { self[$0][point] } }
    }
    set {
      for point in 0..<count {
        for axis in 0..<axes { self[axis][point] = newValue[point * axes + axis] }
      }
    }
  }
}

/// Calls `body` with the number and the run of each part of 0 ..< `count`, one for each thread, and gives
/// the sum of the results. What is no more than `grain` is one part: handing it out would take longer.
func summed(_ count: Int, grain: Int = 0, _ body: (Int, Range<Int>) -> Double) throws -> Double {
  let parts = partCount(count, grain: grain)
  var sums = [Double](repeating: 0, count: parts)
  try sums.withUnsafeMutableBufferPointer { sums in
    nonisolated(unsafe) let sums = sums
    try Runtime.concurrently(parts) { part in
      sums[part] = body(part, count * part / parts..<count * (part + 1) / parts)
    }
  }
  return sums.reduce(0, +)
}

/// The parts that `summed` makes.
func partCount(_ count: Int, grain: Int) -> Int {
  count <= grain ? 1 : max(Runtime.threadCount, 1)
}
