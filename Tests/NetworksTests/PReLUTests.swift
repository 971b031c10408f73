import Networks
import Testing
import Torch

@Suite("PReLU")
struct PReLUTests {
  @Test("is libtorch's, in value and both gradients")
  func reference() throws {
    let generator = try RandomGenerator(seed: 1)
    for (channels, dtype) in [
      (16, DType.float32), (48, .float32), (5, .float32), (16, .bfloat16), (48, .bfloat16),
    ] {
      let layer = try PReLU(channels: channels)
      try layer.slope.detached().copy(
        from: Tensor.randomNormal([channels], using: generator))
      func draw() throws -> Tensor {
        try Tensor.randomNormal([3, channels, 7, 5], using: generator).to(dtype).to(.float32)
      }
      let (x, weights) = try (draw(), draw())
      /// In bf16, what comes out is the exact result rounded, and the slope's gradient exact.
      func gradients(_ function: (Tensor) throws -> Tensor) throws -> [[Float]] {
        let leaf = try x.contiguous(.channelsLast).copy().requireGradient()
        try layer.slope.setGradient(nil)
        let y = try function(leaf)
        try (y * weights).sum().backward()
        return try [y, leaf.gradient()!].map { try $0.to(dtype).to(.float32).elements() }
          + [layer.slope.gradient()!.elements()]
      }
      let ours = try gradients { try layer($0.to(dtype)) }
      let theirs = try gradients { try $0.prelu(layer.slope) }
      for (a, b) in zip(ours, theirs) {
        #expect(a.count == b.count)
        #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) })
      }
    }
  }
}
