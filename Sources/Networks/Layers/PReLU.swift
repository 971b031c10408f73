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

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    let isFast =
      x.rank == 4 && x.device == .cpu && slope.count % Lanes.scalarCount == 0
      && x.shape[1] == slope.count && x.count > 0
    return switch x.dtype {
    case .float32 where isFast: try blockedPReLU(x, slope, Float.self)
    case .bfloat16 where isFast: try blockedPReLU(x, slope, BFloat16.self)
    default: try x.prelu(slope.matching(x))
    }
  }

  public var parameters: [Parameter] { [Parameter(name: "slope", tensor: slope, decays: false)] }
}

private typealias Lanes = SIMD8<Float>

/// PReLU of pictures [N, C, H, W] on the CPU, C a multiple of 8, fastest in channels-last order.
///
/// libtorch's own backward pass is an eighth of the time of a LeNet++ step on a CPU: it writes the
/// slope's gradient out for every element before it sums. Here one pass does both. Slopes and sums
/// are float32 whatever the pictures are.
private func blockedPReLU<Element: LaneElement>(_ x: Tensor, _ slope: Tensor, _: Element.Type)
  throws -> Tensor
{
  try customFunction([x, slope]) { inputs in
    let x = try inputs[0].permuted([0, 2, 3, 1]).contiguous()
    let channelOrder = [-1, Lanes.scalarCount / Element.perWord, Element.perWord]
    let slope = try inputs[1].reshaped(channelOrder).transposed().contiguous()
    let y = try Tensor.uninitialized(x.shape, dtype: Element.dtype)
    let (xs, ys) = try (LaneBuffer<Element>(x), LaneBuffer<Element>(y))
    let slopes = try LaneBuffer<Float>(slope)
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
      let dx = try Tensor.uninitialized(x.shape, dtype: Element.dtype)
      // Every part sums for itself, and the sums are added in order: the same result every time.
      let partialSums = try Tensor.zeros([Runtime.threadCount] + slope.shape)
      let (gs, dxs) = try (LaneBuffer<Element>(g), LaneBuffer<Element>(dx))
      let sums = try LaneBuffer<Float>(partialSums)
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
      return [
        try dx.permuted([0, 3, 1, 2]), try partialSums.sum(axis: 0).transposed().reshaped([-1]),
      ]
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

/// Elements that are worked on as eight floats at a time.
private protocol LaneElement: TensorElement {
  /// Eight elements in memory.
  associatedtype Block
  /// How many elements share a word of 32 bits. The lanes hold the first ones of all words of a
  /// block, then the second ones.
  static var perWord: Int { get }
  static func lanes(_ block: Block) -> Lanes
  static func block(_ lanes: Lanes) -> Block
}

extension Float: LaneElement {
  fileprivate static var perWord: Int { 1 }
  @inline(__always) fileprivate static func lanes(_ block: Lanes) -> Lanes { block }
  @inline(__always) fileprivate static func block(_ lanes: Lanes) -> Lanes { lanes }
}

extension BFloat16: LaneElement {
  fileprivate static var perWord: Int { 2 }

  @inline(__always)
  fileprivate static func lanes(_ block: SIMD4<UInt32>) -> Lanes {
    unsafeBitCast(
      SIMD8(lowHalf: block &<< 16, highHalf: block & SIMD4(repeating: 0xFFFF_0000)), to: Lanes.self)
  }

  /// Rounded to the nearest, to the even one of two that are as near.
  @inline(__always)
  fileprivate static func block(_ lanes: Lanes) -> SIMD4<UInt32> {
    let bits = unsafeBitCast(lanes, to: SIMD8<UInt32>.self)
    let one = SIMD8<UInt32>(repeating: 1)
    let rounded = bits &+ SIMD8(repeating: 0x7FFF) &+ ((bits &>> 16) & one)
    return (rounded.lowHalf &>> 16) | (rounded.highHalf & SIMD4(repeating: 0xFFFF_0000))
  }
}

/// The elements of a contiguous tensor, eight at a time. Threads may write to different places.
private struct LaneBuffer<Element: LaneElement>: @unchecked Sendable {
  private let start: UnsafeMutablePointer<Element.Block>
  private let tensor: Tensor
  let count: Int

  init(_ tensor: Tensor) throws {
    // libtorch aligns what it allocates to 64 bytes, more than the lanes need.
    start = try tensor.withUnsafeMutableElements(of: Element.self) {
      UnsafeMutableRawPointer($0.baseAddress!).assumingMemoryBound(to: Element.Block.self)
    }
    count = tensor.count / Lanes.scalarCount
    self.tensor = tensor
  }

  @inline(__always)
  subscript(i: Int) -> Lanes {
    get { Element.lanes(start[i]) }
    nonmutating set { start[i] = Element.block(newValue) }
  }
}

/// Cuts 0..<`count` into one part for each thread of libtorch, and works on them at once.
private func inParts(of count: Int, _ body: @Sendable (Int, Range<Int>) -> Void) {
  let parts = Runtime.threadCount
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    body(part, count * part / parts..<count * (part + 1) / parts)
  }
}
