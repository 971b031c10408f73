import Foundation
import Networks
import Testing
import Torch

@Suite("Networks")
struct NetworkTests {
  func network(
    _ name: String, _ input: NetworkInput? = nil, features: Int = 2, seed: UInt64 = 0
  ) throws -> Network {
    let entry = try #require(NetworkCatalog.entry(named: name))
    return try entry.network(
      NetworkOptions(input: input ?? entry.sampleInput, featureCount: features, seed: seed))
  }

  func parameterCount(_ network: Network) -> Int {
    network.parameters.map(\.tensor.count).reduce(0, +)
  }

  @Test(
    "give the features asked for, with any activation", arguments: NetworkCatalog.all.map(\.name))
  func shapes(name: String) throws {
    let entry = try #require(NetworkCatalog.entry(named: name))
    let input = try entry.sampleInput.samples(2, seed: 1)
    for activation in FeatureActivation.allCases {
      for features in [1, 3, 64] {
        let network = try entry.network(
          NetworkOptions(
            input: entry.sampleInput, featureCount: features, activation: activation))
        for isTraining in [false, true] {
          let output = try network(input, isTraining: isTraining)
          #expect(output.shape == [2, features])
          #expect(try output.isAllFinite())
        }
        let names = network.parameters.map(\.name) + network.buffers.map(\.name)
        #expect(Set(names).count == names.count)
      }
    }
  }

  @Test("follow from the seed, in training as well", arguments: NetworkCatalog.all.map(\.name))
  func seeds(name: String) throws {
    func features(seed: UInt64) throws -> [Float] {
      let network = try network(name, seed: seed)
      let input = try #require(NetworkCatalog.entry(named: name)).sampleInput.samples(4, seed: 1)
      _ = try network(input, isTraining: true)
      return try network(input, isTraining: true).elements() + network(input).elements()
    }
    let first = try features(seed: 1)
    #expect(try features(seed: 1) == first)
    #expect(try features(seed: 2) != first)
  }

  @Test("are given gradients for every parameter", arguments: NetworkCatalog.all.map(\.name))
  func gradients(name: String) throws {
    let network = try network(name, features: 4)
    let input = try #require(NetworkCatalog.entry(named: name)).sampleInput.samples(4, seed: 1)
    try network(input, isTraining: true).power(2).sum().backward()
    for parameter in network.parameters {
      let gradient = try #require(try parameter.tensor.gradient(), "\(parameter.name)")
      #expect(try gradient.isAllFinite())
      // The pixels of padding alone are in reach of some.
      #expect(try gradient.norm().item() > 0, "\(parameter.name)")
    }
  }

  @Test("LeNet++ has the published layers")
  func lenetPlusPlus() throws {
    let convolutions = [(1, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128)]
    // 25 weights, an offset and a slope a channel; then 3·3·128 inputs for two features.
    #expect(
      try parameterCount(network("lenet++"))
        == convolutions.reduce(0) { $0 + 25 * $1.0 * $1.1 + 2 * $1.1 } + 1152 * 2 + 2)
  }

  @Test("VGG-16 has the published convolutions, and pads smaller pictures to 32×32")
  func vgg16() throws {
    let input = NetworkInput.pictures(channels: 3, height: 32, width: 32)
    // The paper's 13 convolutions have 14,714,688 parameters; then 512 outputs, then the features.
    let plain = 14_714_688 + 512 * 512 + 512 + 512 * 7 + 7
    #expect(try parameterCount(network("vgg16", input, features: 7)) == plain)
    // A scale and an offset in place of the offset, for 4,224 channels and the 512 outputs.
    #expect(try parameterCount(network("vgg16-bn", input, features: 7)) == plain + 4224 + 512)
    for name in ["vgg16", "vgg16-bn"] {
      var shapes: [String: [Int]] = [:]
      _ = try network(name, input, features: 7)(Tensor.ones([2, 3, 32, 32])) {
        shapes[$0] = $1.shape
      }
      #expect(shapes["conv1_1"] == [2, 64, 32, 32])
      #expect(
        (1...5).map { shapes["pool\($0)"]! } == [
          [2, 64, 16, 16], [2, 128, 8, 8], [2, 256, 4, 4], [2, 512, 2, 2], [2, 512, 1, 1],
        ])
      #expect(shapes["features"] == [2, 7])
    }

    let padded = try PadToSize(5)(Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2]))
    #expect(padded.shape == [1, 1, 5, 5])
    let row: [Float] = [1, 1, 2, 2, 2]
    let nextRow: [Float] = [3, 3, 4, 4, 4]
    #expect(try padded.elements() == row + row + nextRow + nextRow + nextRow)
    let whole = try Tensor.ones([1, 1, 5, 6])
    #expect(try PadToSize(5)(whole) === whole)
  }

  @Test("ResNet-20 has the 0.27 million parameters of the paper, and halves the picture twice")
  func resnet20() throws {
    let network = try network(
      "resnet20", .pictures(channels: 3, height: 32, width: 32), features: 10)
    // 9 in a kernel, a scale and an offset a channel; 7 convolutions of 16 channels, the first on 3.
    let convolutions =
      9 * (3 * 16 + 6 * 16 * 16 + 16 * 32 + 5 * 32 * 32 + 32 * 64 + 5 * 64 * 64)
    #expect(
      parameterCount(network) == convolutions + 2 * (7 * 16 + 6 * 32 + 6 * 64) + 64 * 10 + 10)
    #expect(parameterCount(network) == 269_722)
    var shapes: [String: [Int]] = [:]
    _ = try network(Tensor.ones([2, 3, 32, 32])) { shapes[$0] = $1.shape }
    #expect(
      ["block1_3", "block2_3", "block3_3", "pool"].map { shapes[$0]! } == [
        [2, 16, 32, 32], [2, 32, 16, 16], [2, 64, 8, 8], [2, 64, 1, 1],
      ])
  }

  @Test("the large-margin network has the published layers; no feature is negative")
  func largeMargin() throws {
    let network = try network("large-margin", features: 512)
    let convolutions =
      9 * (64 + 3 * 64 * 64 + 64 * 128 + 2 * 128 * 128 + 128 * 256 + 2 * 256 * 256)
    #expect(
      parameterCount(network)
        == convolutions + 2 * (4 * 64 + 3 * 128 + 3 * 256) + 4 * 4 * 256 * 512 + 2 * 512)
    var shapes: [String: [Int]] = [:]
    let features = try network(Tensor.ones([2, 1, 28, 28])) { shapes[$0] = $1.shape }
    #expect(
      (1...3).map { shapes["pool\($0)"]! } == [
        [2, 64, 14, 14], [2, 128, 7, 7], [2, 256, 4, 4],
      ])
    #expect(try features.elements(Float.self).allSatisfy { $0 >= 0 })
  }

  @Test("the others have the layers that they list")
  func others() throws {
    #expect(try parameterCount(network("linear")) == 784 * 2 + 2)
    #expect(
      try parameterCount(network("mlp")) == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 2 + 2)
    let direction = 4 * 64 * (128 + 64 + 1)
    #expect(try parameterCount(network("lstm")) == 50 * 128 + direction + 64 * 2 + 2)
    #expect(try parameterCount(network("bilstm")) == 50 * 128 + 2 * direction + 256 * 2 + 2)
  }

  @Test("refuse pictures that are too small, and take the smallest that they say they take")
  func tooSmall() throws {
    for entry in NetworkCatalog.all {
      guard case .pictures(let least) = entry.input else { continue }
      func options(_ size: Int) -> NetworkOptions {
        NetworkOptions(
          input: .pictures(channels: 3, height: size, width: size), featureCount: 2)
      }
      #expect(throws: NetworkError.self) { try entry.network(options(least - 1)) }
      let network = try entry.network(options(least))
      #expect(try network(Tensor.ones([1, 3, least, least])).shape == [1, 2])
    }
  }

  @Test("refuse inputs of the other kind, naming both")
  func otherKind() throws {
    for entry in NetworkCatalog.all {
      let other: NetworkInput =
        entry.input == .tokens
        ? .pictures(channels: 1, height: 28, width: 28) : .tokens(vocabularySize: 50)
      let error = #expect(throws: NetworkError.self) {
        try entry.network(NetworkOptions(input: other, featureCount: 2))
      }
      for part in [entry.name, entry.input.description, other.description] {
        #expect(error?.description.contains(part) == true)
      }
    }
  }

  @Test("refuse a dropout out of range, or where there is none")
  func dropout() throws {
    func problem(_ name: String, _ dropout: Double) throws -> String? {
      let entry = try #require(NetworkCatalog.entry(named: name))
      let error = #expect(throws: NetworkError.self) {
        try entry.network(
          NetworkOptions(input: entry.sampleInput, featureCount: 2, dropout: dropout))
      }
      return error?.description
    }
    #expect(try problem("lenet", 0.5) == "lenet has no dropout")
    for probability in [-0.1, 1, .nan] {
      #expect(try problem("lstm", probability)?.contains("0..<1, not \(probability)") == true)
    }
  }

  @Test("start with features of the mean 0, where the last linear layer has an offset")
  func centering() throws {
    for name in ["lenet", "resnet20", "vgg16-bn", "lstm"] {
      let entry = try #require(NetworkCatalog.entry(named: name))
      let network = try entry.network(
        NetworkOptions(
          input: entry.sampleInput, featureCount: 3, dropout: entry.dropout.map { _ in 0 }))
      let input = try entry.sampleInput.samples(8, seed: 3)
      try network.centerFeatures(on: input)
      let mean = try network(input, isTraining: true).mean(axis: 0)
      #expect(try mean.magnitude().max(axis: 0).item() < 1e-5, "\(name)")
    }
  }

  @Test("are made of any layers; names of nested ones are joined")
  func ownNetwork() throws {
    let generator = try RandomGenerator(seed: 1)
    let block = Sequential([
      ("conv", try Conv2d(4, 4, size: 3, padding: 1, bias: false, using: generator)),
      ("bn", try BatchNorm(4)),
    ])
    let network = Network(
      name: "own", featureCount: 2,
      layers: [
        ("stem", try Conv2d(1, 4, size: 3, stride: 2, padding: 1, using: generator)),
        ("block", Residual(block)), ("pool", AveragePool2d(2, stride: 2)),
        ("sigmoid", Sigmoid()), ("features", try Linear(4 * 2 * 2, 2, using: generator)),
      ])
    #expect(try network(Tensor.ones([3, 1, 8, 8])).shape == [3, 2])
    #expect(
      network.parameters.map(\.name) == [
        "stem.weight", "stem.bias", "block.conv.weight", "block.bn.scale", "block.bn.bias",
        "features.weight", "features.bias",
      ])
    #expect(
      network.buffers.map(\.name) == ["block.bn.running_mean", "block.bn.running_variance"])
  }
}

@Suite("Networks with an output for each pixel")
struct DenseNetworkTests {
  @Test("the dilated one takes pictures of any size")
  func dilated() throws {
    let network = try DilatedNetwork(width: 8, using: RandomGenerator(seed: 1))
    for (height, width) in [(1, 1), (17, 31), (40, 40)] {
      let pictures = try Tensor.ones([2, 3, height, width])
      for isTraining in [false, true] {
        #expect(try network(pictures, isTraining: isTraining).shape == [2, 1, height, width])
      }
    }
  }

  @Test("the dilated one starts with the logit of its prior")
  func prior() throws {
    let pictures = try Tensor.randomNormal([1, 3, 20, 20], using: RandomGenerator(seed: 2))
    func logits(_ prior: Double) throws -> Tensor {
      try DilatedNetwork(width: 8, prior: prior, using: RandomGenerator(seed: 1))(pictures)
    }
    for difference in try (logits(0.02) - logits(0.5)).elements(Float.self) {
      #expect(abs(Double(difference) - log(0.02 / 0.98)) < 1e-5)
    }
  }

  @Test("an output of the dilated one depends on the 35×35 pixels around it, and on no other")
  func receptiveField() throws {
    let network = try DilatedNetwork(channels: 1, width: 8, using: RandomGenerator(seed: 1))
    let x = try Tensor.randomNormal([1, 1, 61, 61], using: RandomGenerator(seed: 2))
      .requireGradient()
    try network(x).slice(30..<31, axis: 2).slice(30..<31, axis: 3).sum().backward()
    let gradient = try #require(try x.gradient()).elements(Float.self)
    let reached = gradient.indices.filter { gradient[$0] != 0 }
    #expect(reached.allSatisfy { abs($0 / 61 - 30) <= 17 && abs($0 % 61 - 30) <= 17 })
    #expect(reached.contains { $0 / 61 < 14 } && reached.contains { $0 % 61 > 46 })
  }

  @Test("the dilated one sees no edge at the border: one colour gives one logit everywhere")
  func border() throws {
    let network = try DilatedNetwork(width: 8, using: RandomGenerator(seed: 1))
    let logits = try network(Tensor.ones([1, 3, 40, 30]) * 0.7).elements(Float.self)
    #expect(logits.allSatisfy { abs($0 - logits[0]) < 1e-5 * max(1, abs(logits[0])) })
  }

  @Test("the encoder–decoder gives pictures of the same size through its bottleneck")
  func encoderDecoder() throws {
    for interpolation in [Upsample.Interpolation.nearest, .bilinear] {
      let network = try EncoderDecoder(
        channels: 3, height: 13, width: 22, featureCount: 5, widths: [4, 8],
        interpolation: interpolation, using: RandomGenerator(seed: 1))
      let pictures = try Tensor.randomNormal([2, 3, 13, 22], using: RandomGenerator(seed: 2))
      #expect(try network.encoder(pictures).shape == [2, 5])
      let output = try network(pictures, isTraining: true)
      #expect(output.shape == pictures.shape)
      try output.power(2).sum().backward()
      for parameter in network.parameters {
        #expect(try parameter.tensor.gradient()?.isAllFinite() == true, "\(parameter.name)")
      }
      let names = network.parameters.map(\.name) + network.buffers.map(\.name)
      #expect(Set(names).count == names.count)
    }
  }

  @Test("they compute in bf16 where the pictures are")
  func precision() throws {
    let generator = try RandomGenerator(seed: 1)
    let pictures = try Tensor.randomNormal([2, 3, 16, 16], using: generator)
    let layers: [any Layer] = [
      try DilatedNetwork(width: 8, using: generator),
      try EncoderDecoder(channels: 3, height: 16, width: 16, featureCount: 8, using: generator),
    ]
    for layer in layers {
      let rounded = try layer(pictures.to(.bfloat16))
      #expect(rounded.dtype == .bfloat16)
      let exact = try layer(pictures)
      #expect(
        try (rounded.to(.float32) - exact).norm().item() < exact.norm().item() / 16)
    }
  }
}
