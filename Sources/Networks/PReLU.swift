import Dispatch
import Torch

/// max(x, 0) + a · min(x, 0), with a slope a learned for each channel from .25.
///
/// He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
public struct PReLU: Layer {
  public let slope: Tensor

  public init(channels: Int) throws {
    slope = try Tensor.full(0.25, shape: [channels]).requireGradient()
  }

  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let isFast =
      x.rank == 4 && x.dtype == .float32 && x.device == .cpu && slope.count % Lanes.scalarCount == 0
      && x.shape[1] == slope.count && x.count > 0
    return try isFast ? blockedPReLU(x, slope) : x.prelu(slope)
  }

  public var parameters: [Parameter] { [Parameter(name: "slope", tensor: slope, decays: false)] }
}

private typealias Lanes = SIMD8<Float>

/// PReLU of float32 pictures [N, C, H, W] on the CPU, C a multiple of 8, fastest in channels-last
/// order.
///
/// libtorch's own backward pass is an eighth of the time of a LeNet++ step on a CPU: it writes the
/// slope's gradient out for every element before it sums. Here one pass does both.
private func blockedPReLU(_ x: Tensor, _ slope: Tensor) throws -> Tensor {
  try customFunction([x, slope]) { inputs in
    let x = try inputs[0].permuted([0, 2, 3, 1]).contiguous()
    let slope = inputs[1]
    let y = try Tensor.uninitialized(x.shape)
    let (xs, slopes, ys) = try (LaneBuffer(x), LaneBuffer(slope), LaneBuffer(y))
    let blocks = slopes.count
    inParts(of: xs.count / blocks) { _, pixels in
      for block in 0..<blocks {
        let a = slopes[block]
        for pixel in pixels {
          let v = xs[pixel &* blocks &+ block]
          ys[pixel &* blocks &+ block] = choose(v * a, v, negative: v)
        }
      }
    }
    return CustomFunctionResult(outputs: [try y.permuted([0, 3, 1, 2])]) { gradients in
      guard let gradient = gradients[0] else { return [nil, nil] }
      let g = try gradient.permuted([0, 2, 3, 1]).contiguous()
      let dx = try Tensor.uninitialized(x.shape)
      // Every part sums for itself, and the sums are added in order: the same result every time.
      let partialSums = try Tensor.zeros([Runtime.threadCount, slope.count])
      let (gs, dxs, sums) = try (LaneBuffer(g), LaneBuffer(dx), LaneBuffer(partialSums))
      inParts(of: xs.count / blocks) { part, pixels in
        for block in 0..<blocks {
          let a = slopes[block]
          var sum = Lanes.zero
          for pixel in pixels {
            let i = pixel &* blocks &+ block
            let (v, g) = (xs[i], gs[i])
            dxs[i] = choose(g * a, g, negative: v)
            sum += choose(g * v, .zero, negative: v)
          }
          sums[part * blocks + block] = sum
        }
      }
      return [try dx.permuted([0, 3, 1, 2]), try partialSums.sum(axis: 0)]
    }
  }[0]
}

/// `a` where `v` is negative, else `b`: by the sign bits, which compile to three instructions where
/// a mask of lanes does not.
@inline(__always)
private func choose(_ a: Lanes, _ b: Lanes, negative v: Lanes) -> Lanes {
  let mask = unsafeBitCast(v, to: SIMD8<Int32>.self) &>> 31
  let bits =
    (unsafeBitCast(a, to: SIMD8<Int32>.self) & mask)
    | (unsafeBitCast(b, to: SIMD8<Int32>.self) & ~mask)
  return unsafeBitCast(bits, to: Lanes.self)
}

/// The elements of a contiguous tensor, eight at a time. Threads may write to different places.
private struct LaneBuffer: @unchecked Sendable {
  private let start: UnsafeMutablePointer<Lanes>
  private let tensor: Tensor
  let count: Int

  init(_ tensor: Tensor) throws {
    // libtorch aligns what it allocates to 64 bytes, more than the lanes need.
    start = try tensor.withUnsafeMutableElements(of: Float.self) {
      UnsafeMutableRawPointer($0.baseAddress!).assumingMemoryBound(to: Lanes.self)
    }
    count = tensor.count / Lanes.scalarCount
    self.tensor = tensor
  }

  @inline(__always)
  subscript(i: Int) -> Lanes {
    get { start[i] }
    nonmutating set { start[i] = newValue }
  }
}

/// Cuts 0..<`count` into one part for each thread of libtorch, and works on them at once.
private func inParts(of count: Int, _ body: @Sendable (Int, Range<Int>) -> Void) {
  let parts = Runtime.threadCount
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    body(part, count * part / parts..<count * (part + 1) / parts)
  }
}
