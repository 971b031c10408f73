import Foundation
import TensorBoardReader
import Testing
import Training

@Suite("TensorBoard shows the course of a training as the metrics have it")
struct TrainingEventsTests {
  @Test(
    "every line of the metrics, and a slice of the histograms for each epoch",
    .enabled(if: TensorBoardReader.isInstalled, Comment(rawValue: TensorBoardReader.remedy)))
  func course() throws {
    try withTemporaryFolder { folder in
      let run = try newRun(smallConfiguration(), at: folder)
      #expect(try run.train())
      try expectMetrics(of: run, in: folder)
      let read = try #require(TensorBoardReader.read(folder)["."])
      let norms = try #require(read.histograms["test/feature-norms"])
      #expect(norms.steps == [7, 14])
      #expect(norms.values.map { $0.reduce(0) { $0 + $1[2] } } == [50, 50])
      let weights = try #require(read.histograms["head/weights"])
      #expect(weights.steps == [7, 14])
      #expect(weights.values.map { $0.reduce(0) { $0 + $1[2] } } == [20, 20])
    }
  }

  @Test(
    "after a kill the steps go on where the training goes on, each once",
    .enabled(if: TensorBoardReader.isInstalled, Comment(rawValue: TensorBoardReader.remedy)))
  func kill() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration()
      var snapshots: [String] = []
      // A copy of the folder in the middle of the work is what a kill leaves behind.
      #expect(
        try newRun(configuration, at: folder + "/whole").train(
          checkpointSteps: 3,
          report: { progress in
            guard [2, 5, 9].contains(progress.step) else { return }
            let copy = folder + "/killed-\(progress.step)"
            try? FileManager.default.copyItem(atPath: folder + "/whole", toPath: copy)
            snapshots.append(copy)
          }))
      #expect(snapshots.count == 3)
      for copy in snapshots {
        let resumed = try TrainingRun(
          resuming: RunDirectory(copy), dataset: configuration.loadDataset())
        #expect(try resumed.train())
        #expect(eventFiles(copy).count == 2)
        try expectMetrics(of: resumed, in: copy)
        // A training that is done does not open a file again.
        let again = try TrainingRun(
          resuming: RunDirectory(copy), dataset: configuration.loadDataset())
        #expect(try again.train())
        #expect(eventFiles(copy).count == 2)
      }
    }
  }

  @Test("nothing is written, and nothing else changes, where it is turned off")
  func off() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration()
      _ = try newRun(configuration, at: folder + "/on").train()
      _ = try newRun(configuration, at: folder + "/off").train(writesTensorBoard: false)
      #expect(eventFiles(folder + "/on").count == 1)
      #expect(eventFiles(folder + "/off").isEmpty)
      #expect(try finalState(folder + "/on") == finalState(folder + "/off"))
    }
  }

  private func eventFiles(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.contains("tfevents") }
  }

  private func expectMetrics(of run: TrainingRun, in folder: String) throws {
    let read = try #require(TensorBoardReader.read(folder)["."])
    let lines = try run.metrics()
    #expect(lines.count == 14)
    for (tag, value) in [
      ("training/loss", \MetricsLine.loss), ("training/learning-rate", \.learningRate),
      ("test/accuracy", \.testAccuracy),
    ] {
      let series = try #require(read.scalars[tag], "\(tag)")
      let expected = lines.filter { $0[keyPath: value] != nil }
      #expect(series.steps == expected.map(\.step), "\(tag)")
      #expect(series.values == expected.map { Double(Float($0[keyPath: value]!)) }, "\(tag)")
    }
  }
}
