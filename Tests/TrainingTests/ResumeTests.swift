import Datasets
import Formats
import Foundation
import Networks
import Testing
import Torch
import Training

@Suite("A training that is stopped and resumed ends bit for bit as one that never stopped")
struct ResumeTests {
  @Test(
    "after an interruption at any step",
    arguments: [
      (.sgd, .float32, nil), (.sgd, .bf16, nil), (.adamw, .float32, nil), (.adamw, .bf16, nil),
      (.sgd, .float32, 0.5), (.adamw, .float32, 0.5),
    ] as [(TrainingOptions.OptimizerKind, Precision, Double?)])
  func interruption(
    optimizer: TrainingOptions.OptimizerKind, precision: Precision, sampledClassShare: Double?
  ) throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.training.optimizer = optimizer
        $0.precision = precision
        if sampledClassShare != nil { $0.loss = "cosface" }
        $0.sampledClassShare = sampledClassShare
      }
      let whole = try newRun(configuration, at: folder + "/whole")
      #expect(try whole.train())
      let expected = try finalState(folder + "/whole")
      let metrics = try timelessMetrics(whole)
      #expect(metrics.count == 14)

      for stop in [0, 1, 5, 7, 13] {
        let path = folder + "/stopped-\(stop)"
        let resumed = try stoppedAndResumed(configuration, at: path, stop: stop)
        #expect(try finalState(path) == expected, "stopped at \(stop)")
        #expect(try timelessMetrics(resumed) == metrics, "stopped at \(stop)")
      }
    }
  }

  @Test(
    "with the running numbers of batch normalisation, and the draws of dropout",
    arguments: [("resnet20", nil), ("mlp", 0.5)] as [(String, Double?)])
  func buffers(network: String, dropout: Double?) throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.network = network
        $0.dropout = dropout
        // The last batch of an epoch has a single picture.
        $0.trainCount = 65
        $0.testCount = 10
      }
      #expect(try newRun(configuration, at: folder + "/whole").train())
      let expected = try finalState(folder + "/whole")
      let buffers = expected.keys.filter { $0.hasSuffix(dropout == nil ? "mean" : "draws") }
      #expect(buffers.count == (dropout == nil ? 19 : 1))
      for stop in [1, 3, 4] {
        let path = folder + "/stopped-\(stop)"
        _ = try stoppedAndResumed(configuration, at: path, stop: stop)
        #expect(try finalState(path) == expected, "stopped at \(stop)")
      }
      // What is judged afterwards has the running numbers, too.
      let judged = try TrainingRun(
        resuming: RunDirectory(folder + "/whole"), dataset: configuration.loadDataset())
      let fresh = try judged.network.features(of: judged.dataset.test)
      try judged.loadWeights()
      let loaded = try judged.network.features(of: judged.dataset.test)
      #expect(try loaded.elements(Float.self) != fresh.elements(Float.self))
      for (name, tensor) in judged.network.buffers {
        #expect(
          try Safetensors.Entry(tensor).bytes == expected["network.\(name)"], "\(name)")
      }
    }
  }

  @Test("after a kill, from what was on the disk at that moment")
  func kill() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration()
      let whole = try newRun(configuration, at: folder + "/whole")
      var snapshots: [String] = []
      // A copy of the folder in the middle of the work is what a kill leaves behind.
      #expect(
        try whole.train(
          checkpointSteps: 3,
          report: { progress in
            let copy = folder + "/killed-\(progress.step)"
            try? FileManager.default.copyItem(atPath: folder + "/whole", toPath: copy)
            snapshots.append(copy)
          }))
      #expect(snapshots.count == 14)
      let expected = try finalState(folder + "/whole")
      let metrics = try timelessMetrics(whole)
      for copy in snapshots {
        let resumed = try TrainingRun(
          resuming: RunDirectory(copy), dataset: configuration.loadDataset())
        #expect(try resumed.train())
        #expect(try finalState(copy) == expected, "\(copy)")
        #expect(try timelessMetrics(resumed) == metrics, "\(copy)")
      }
    }
  }

  @Test("and one that is finished stays as it is")
  func finished() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration()
      #expect(try newRun(configuration, at: folder + "/a").train())
      let state = try finalState(folder + "/a")
      let again = try TrainingRun(
        resuming: RunDirectory(folder + "/a"), dataset: configuration.loadDataset())
      #expect(try again.train())
      #expect(try finalState(folder + "/a") == state)
    }
  }
}

@Suite("The same seed gives the same run, another seed another")
struct SeedTests {
  @Test func seeds() throws {
    try withTemporaryFolder { folder in
      func state(_ name: String, seed: UInt64) throws -> [String: [UInt8]] {
        let configuration = smallConfiguration { $0.training.seed = seed }
        #expect(try newRun(configuration, at: folder + name).train())
        return try finalState(folder + name)
      }
      let first = try state("/a", seed: 1)
      #expect(try state("/b", seed: 1) == first)
      #expect(try state("/c", seed: 2) != first)
    }
  }
}
