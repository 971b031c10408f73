import Datasets
import Formats
import Foundation
import Losses
import Networks
import Testing
import Torch
import Training

@Suite("Training")
struct TrainerTests {
  @Test("makes the loss fall and the test accuracy rise far above chance")
  func learns() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.trainCount = 2000
        $0.testCount = 500
        $0.featureCount = 16
        $0.loss = "softmax"
        $0.training.epochs = 3
      }
      let run = try newRun(configuration, at: folder + "/a")
      #expect(try run.train())
      let losses = try run.metrics().compactMap(\.loss)
      #expect(losses.last! < losses.first! / 2)
      #expect(try run.testAccuracy() > 0.6)
    }
  }

  @Test("batches cover every picture once in an epoch, in another order in the next")
  func batches() throws {
    let pictures = try PictureSet(
      pixels: (0..<10).map { UInt8($0) }, labels: (0..<10).map { Int32($0) }, channels: 1,
      height: 1, width: 1)
    let batch = try pictures.batch([3, 1])
    #expect(try batch.labels.elements() == [3, 1] as [Int64])
    #expect(
      try batch.pictures.elements() == [(3 - 127.5) / 128, (1 - 127.5) / 128] as [Float])
  }

  @Test("that diverges stops with step, batch and layer named, and keeps the last good checkpoint")
  func divergence() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.loss = "softmax"
        $0.training.optimizer = .sgd
        $0.training.learningRate = 1e18
        $0.training.warmUp = 0
      }
      let run = try newRun(configuration, at: folder + "/a")
      let error = #expect(throws: TrainingError.self) { try run.train(checkpointSteps: 1) }
      let text = try #require(error?.description)
      #expect(error?.kind == .diverged)
      for part in ["step ", "epoch 1, batch ", "--learning-rate"] { #expect(text.contains(part)) }
      #expect(text.contains("layer") || text.contains("head"), "\(text)")
      if let checkpoint = run.directory.newestCheckpoint() {
        #expect(text.contains(checkpoint))
        for entry in try Safetensors(contentsOf: checkpoint).entries.values {
          #expect(entry.floats?.allSatisfy(\.isFinite) != false)
        }
      }
    }
  }

  @Test("of pictures that are not numbers names the pictures, or the layer")
  func notANumber() throws {
    let network = try #require(NetworkCatalog.entry(named: "lenet")).network(
      NetworkOptions(channels: 1, height: 28, width: 28, featureCount: 2))
    for bad in [Float.nan, .infinity] {
      let pictures = try Tensor([Float](repeating: bad, count: 784), shape: [1, 1, 28, 28])
      #expect(try network(pictures).isAllFinite() == false)
    }
  }

  @Test("options out of range are refused by name")
  func options() throws {
    let pictures = try smallConfiguration().loadDataset().train
    let changes: [(String, (inout TrainingOptions) -> Void)] = [
      ("epochs", { $0.epochs = 0 }), ("batch size", { $0.batchSize = 0 }),
      ("--batch-size 200", { $0.batchSize = 201 }), ("learning rate", { $0.learningRate = -1 }),
      ("head learning rate", { $0.headLearningRate = .nan }), ("momentum", { $0.momentum = 1 }),
      ("weight decay", { $0.weightDecay = -1 }), ("gradient limit", { $0.gradientLimit = 0 }),
      ("threads", { $0.threads = 0 }), ("warm-up", { $0.warmUp = 1 }),
      ("scale's warm-up", { $0.scaleWarmUp = 2 }),
      ("step schedule", { $0.schedule = .step(factor: 0, at: [0.5]) }),
    ]
    for (part, change) in changes {
      var options = TrainingOptions()
      change(&options)
      let error = #expect(throws: TrainingError.self) { try options.validate(for: pictures) }
      #expect(error?.description.contains(part) == true)
    }
  }
}

@Suite("Schedules")
struct ScheduleTests {
  @Test func shapes() {
    #expect(Schedule.constant.factor(step: 99, of: 100) == 1)
    #expect(Schedule.cosine.factor(step: 0, of: 100) == 1)
    #expect(abs(Schedule.cosine.factor(step: 50, of: 100) - 0.5) < 1e-15)
    let step = Schedule.step(factor: 0.1, at: [0.5, 0.75])
    #expect(
      [0, 49, 50, 74, 75, 99].map { step.factor(step: $0, of: 100) } == [
        1, 1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1,
      ])
  }
}

@Suite("Checkpoints of something else are refused")
struct CheckpointTests {
  @Test func anotherNetwork() throws {
    try withTemporaryFolder { folder in
      let small = smallConfiguration { $0.training.epochs = 1 }
      #expect(try newRun(small, at: folder + "/a").train())
      // The same folder, but its configuration now says three features.
      let other = smallConfiguration { $0.featureCount = 3 }
      try JSONFile.write(record(other), to: folder + "/a/run.json")
      let run = try TrainingRun(
        resuming: RunDirectory(folder + "/a"), dataset: other.loadDataset())
      let error = #expect(throws: FileError.self) { try run.train() }
      #expect(error?.description.contains("lenet with 2 features") == true)
      #expect(throws: FileError.self) { try run.loadWeights() }
    }
  }

  @Test func corrupt() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration { $0.training.epochs = 1 }
      #expect(try newRun(configuration, at: folder + "/a").train())
      let path = try #require(RunDirectory(folder + "/a").newestCheckpoint())
      var bytes = [UInt8](FileManager.default.contents(atPath: path)!)
      bytes[9] = 0xFF
      try AtomicFile.write(bytes, to: path)
      #expect(throws: FileError.self) {
        try TrainingRun(resuming: RunDirectory(folder + "/a"), dataset: configuration.loadDataset())
      }
    }
  }
}

@Suite("Networks")
struct NetworkTests {
  @Test(
    "give the features asked for, with any activation", arguments: NetworkCatalog.all.map(\.name))
  func shapes(name: String) throws {
    for activation in FeatureActivation.allCases {
      for features in [1, 2, 3, 64] {
        let network = try #require(NetworkCatalog.entry(named: name)).network(
          NetworkOptions(
            channels: 1, height: 28, width: 28, featureCount: features, activation: activation))
        let output = try network(Tensor.ones([2, 1, 28, 28]))
        #expect(output.shape == [2, features])
        let names = network.parameters.map(\.name)
        #expect(Set(names).count == names.count)
      }
    }
  }

  @Test("LeNet++ has the published layers")
  func lenetPlusPlus() throws {
    let network = try #require(NetworkCatalog.entry(named: "lenet++")).network(
      NetworkOptions(channels: 1, height: 28, width: 28, featureCount: 2))
    let count = network.parameters.map(\.tensor.count).reduce(0, +)
    let convolutions = [(1, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128)]
    // 25 weights, an offset and a slope a channel; then 3·3·128 inputs for two features.
    #expect(count == convolutions.reduce(0) { $0 + 25 * $1.0 * $1.1 + 2 * $1.1 } + 1152 * 2 + 2)
  }

  @Test("VGG-16 has the published convolutions, and pads smaller pictures to 32×32")
  func vgg16() throws {
    let entry = try #require(NetworkCatalog.entry(named: "vgg16"))
    let network = try entry.network(
      NetworkOptions(channels: 3, height: 32, width: 32, featureCount: 7))
    let count = network.parameters.map(\.tensor.count).reduce(0, +)
    // The paper's 13 convolutions have 14,714,688 parameters; then 512 outputs, then the features.
    #expect(count == 14_714_688 + 512 * 512 + 512 + 512 * 7 + 7)
    var shapes: [String: [Int]] = [:]
    _ = try network(Tensor.ones([2, 3, 32, 32])) { shapes[$0] = $1.shape }
    #expect(shapes["conv1_1"] == [2, 64, 32, 32])
    #expect(
      (1...5).map { shapes["pool\($0)"]! } == [
        [2, 64, 16, 16], [2, 128, 8, 8], [2, 256, 4, 4], [2, 512, 2, 2], [2, 512, 1, 1],
      ])
    #expect(shapes["features"] == [2, 7])

    let padded = try PadToSize(5)(Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2]))
    #expect(padded.shape == [1, 1, 5, 5])
    let row: [Float] = [1, 1, 2, 2, 2]
    let nextRow: [Float] = [3, 3, 4, 4, 4]
    #expect(try padded.elements() == row + row + nextRow + nextRow + nextRow)
    let whole = try Tensor.ones([1, 1, 5, 6])
    #expect(try PadToSize(5)(whole) === whole)
  }

  @Test("refuse pictures that are too small")
  func tooSmall() throws {
    for entry in NetworkCatalog.all {
      #expect(throws: NetworkError.self) {
        try entry.network(NetworkOptions(channels: 1, height: 8, width: 8, featureCount: 2))
      }
      let least = entry.leastSize
      let network = try entry.network(
        NetworkOptions(channels: 3, height: least, width: least, featureCount: 2))
      #expect(try network(Tensor.ones([1, 3, least, least])).shape == [1, 2])
    }
  }
}

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
