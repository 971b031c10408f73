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
      try batch.inputs.elements() == [(3 - 127.5) / 128, (1 - 127.5) / 128] as [Float])
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
      NetworkOptions(input: .pictures(channels: 1, height: 28, width: 28), featureCount: 2))
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
