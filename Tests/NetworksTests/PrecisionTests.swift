import Networks
import Testing
import Torch

@Suite("Networks in bf16")
struct PrecisionTests {
  /// A layer's output for rounded pictures and gradients of it, and all gradients.
  func results(_ layer: some Layer, _ x: Tensor, _ outputGradient: Tensor) throws -> [Tensor] {
    let leaf = try x.detached().copy(.channelsLast).requireGradient()
    for parameter in layer.parameters { try parameter.tensor.setGradient(nil) }
    let y = try layer(leaf)
    try (y * outputGradient.reshaped(y.shape)).sum().backward()
    return try [y, #require(try leaf.gradient())]
      + layer.parameters.map { try #require(try $0.tensor.gradient()) }
  }

  /// All sums are in float32, so what comes out is the exact result of rounded inputs and weights,
  /// rounded by up to 2⁻⁸ of each number.
  @Test("compute each layer as float32 does, rounded once")
  func layers() throws {
    let generator = try RandomGenerator(seed: 1)
    let layers: [any Layer] = [
      try Conv2d(16, 32, size: 3, padding: 1, using: generator),
      try Linear(16 * 36, 32 * 36, using: generator), MaxPool2d(1, stride: 1), ReLU(),
      try PReLU(channels: 16),
    ]
    for layer in layers {
      for parameter in layer.parameters {
        let tensor = try parameter.tensor.detached()
        try tensor.copy(from: tensor.to(.bfloat16))
      }
      func draw(_ channels: Int) throws -> Tensor {
        try Tensor.randomNormal([4, channels, 6, 6], using: generator).to(.bfloat16)
      }
      let (x, g) = try (draw(16), draw(layer is Conv2d || layer is Linear ? 32 : 16))
      let exact = try results(layer, x.to(.float32), g.to(.float32))
      let rounded = try results(layer, x, g)
      #expect(rounded[0].dtype == .bfloat16)
      for (rounded, exact) in zip(rounded, exact) {
        let error = try relativeError(rounded, exact)
        #expect(error <= 0x1p-8, "\(type(of: layer)) \(exact.shape) \(error)")
      }
      #expect(rounded[2...].allSatisfy { $0.dtype == .float32 })
    }
  }

  func relativeError(_ a: Tensor, _ b: Tensor) throws -> Double {
    try (a.detached().to(.float32) - b.detached()).norm().item() / b.detached().norm().item()
  }

  /// The features of a few random inputs, and the gradients of a function of them.
  func results(_ name: String, _ precision: Precision) throws -> [(name: String, tensor: Tensor)] {
    let entry = try #require(NetworkCatalog.entry(named: name))
    let network = try entry.network(
      NetworkOptions(
        input: entry.sampleInput, featureCount: 3, precision: precision, seed: 1))
    let generator = try RandomGenerator(seed: 2)
    let features = try network(entry.sampleInput.samples(8, using: generator))
    try (features * Tensor.randomNormal([8, 3], using: generator)).sum().backward()
    return try [("features", features.detached())]
      + network.parameters.map { ($0.name, try #require(try $0.tensor.gradient())) }
  }

  /// Features are off by the roundings of all layers. Gradients are off by more: of numbers that are
  /// nearly the same, or nearly 0, another is the largest or positive.
  @Test(
    "give features in float32 off by 1/16 at most, and gradients by 1/3",
    arguments: NetworkCatalog.all.map(\.name))
  func networks(name: String) throws {
    for (exact, rounded) in zip(try results(name, .float32), try results(name, .bf16)) {
      #expect(rounded.tensor.dtype == .float32)
      let error = try relativeError(rounded.tensor, exact.tensor)
      #expect(error <= (exact.name == "features" ? 1.0 / 16 : 1.0 / 3), "\(exact.name) \(error)")
    }
  }
}
