import Foundation
import TensorBoardReader
import Testing

@testable import Formats

@Suite(
  "What is written for TensorBoard is what TensorBoard reads",
  .enabled(if: TensorBoardReader.isInstalled, Comment(rawValue: TensorBoardReader.remedy)))
struct TensorBoardTests {
  @Test("numbers over the steps, as float32")
  func scalars() throws {
    let run = try read { folder in
      let file = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: 1)
      for step in [1, 2, 300, 5_000_000_000] {
        try file.write(
          [
            .scalar("training/loss", 1 / Double(step), description: "The *mean* loss."),
            .scalar("größe", -0.0),
          ], step: step)
      }
      try file.write([.scalar("infinite", -.infinity)], step: 0)
    }
    #expect(run.fileVersion == 2)
    let loss = try #require(run.scalars["training/loss"])
    #expect(loss.steps == [1, 2, 300, 5_000_000_000])
    #expect(loss.values == [1, 0.5, Double(Float(1.0 / 300)), Double(Float(2e-10))])
    #expect(loss.description == "The *mean* loss.")
    #expect(loss.dataClass == 1)
    #expect(run.scalars["größe"]?.values == [0, 0, 0, 0])
    #expect(run.scalars["infinite"]?.values == [-.infinity])
  }

  @Test("histograms: counts of bins of equal width")
  func histograms() throws {
    let values: [Float] = (0..<1000).map { Float($0) * 0.01 - 3 }
    let histogram = TensorBoard.Histogram(values + [.nan, .infinity], binCount: 7)
    let run = try read { folder in
      let file = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: 1)
      try file.write([.histogram("h", histogram), .histogram("none", .init([]))], step: 7)
    }
    let read = try #require(run.histograms["h"])
    #expect(read.steps == [7] && read.dataClass == 2)
    #expect(read.values == [histogram.bins.map { [$0.left, $0.right, Double($0.count)] }])
    #expect(run.histograms["none"]?.values == [.init(repeating: [0, 0, 0], count: 30)])
  }

  @Test("pictures, grey and coloured, pixel by pixel")
  func pictures() throws {
    let grey = (0..<2).map { n in
      Picture(width: 5, height: 3, channels: 1, pixels: (0..<15).map { UInt8(n * 100 + 3 * $0) })
    }
    let color = Picture(
      width: 2, height: 2, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3])
    let run = try read { folder in
      let summaries = try [
        TensorBoard.Summary.pictures("wrong/7", grey, description: "a **7**"),
        .pictures("color", [color]),
      ]
      try TensorBoard.write(
        summaries, step: 12, to: folder.path("events.out.tfevents.results"))
    }
    let wrong = try #require(run.images["wrong/7"])
    #expect(wrong.steps == [12] && wrong.dataClass == 3 && wrong.description == "a **7**")
    #expect(wrong.values[0].size == [5, 3])
    #expect(wrong.values[0].pictures.map(\.mode) == ["L", "L"])
    #expect(wrong.values[0].pictures.map(\.pixels) == grey.map(\.pixels))
    #expect(run.images["color"]?.values[0].pictures.map(\.mode) == ["RGB"])
    #expect(run.images["color"]?.values[0].pictures.map(\.pixels) == [color.pixels])
  }

  @Test("precision and recall at each threshold")
  func prCurves() throws {
    let curve = TensorBoard.PRCurve(
      scores: [0, 0.2, 0.5, 0.5, 0.9, 1], isPositive: [false, false, true, false, true, true],
      thresholdCount: 5)
    let run = try read { folder in
      try TensorBoard.write(
        [.prCurve("pr/one", curve)], step: 3, to: folder.path("events.out.tfevents.results"))
    }
    let read = try #require(run.prCurves["pr/one"])
    #expect(read.metadata == ["numThresholds": 5])
    let third = Double(Float(2.0 / 3))
    #expect(
      read.values == [
        [
          [3, 3, 3, 2, 1], [3, 1, 1, 0, 0], [0, 2, 2, 3, 3], [0, 0, 0, 1, 2],
          [0.5, 0.75, 0.75, 1, 1], [1, 1, 1, third, Double(Float(1.0 / 3))],
        ]
      ])
  }

  @Test("settings of trainings, and what they are compared by")
  func hyperParameters() throws {
    let sessions: [[TensorBoard.HyperParameter]] = [
      [.init("margin", .number(0.3)), .init("loss", .text("arcface")), .init("flip", .flag(true))],
      [.init("margin", .number(0.1)), .init("loss", .text("cosface")), .init("flip", .flag(true))],
      [.init("loss", .text("cosface")), .init("limit", .number(.infinity))],
    ]
    let runs = try readAll { folder in
      try TensorBoard.write(
        [
          .experiment(
            sessions: sessions,
            metrics: [.init(tag: "results/accuracy", title: "Accuracy", description: "In %.")])
        ], step: 0, to: folder.path("events.out.tfevents.experiment"))
      for (index, session) in sessions.enumerated() {
        let path = folder.path("run\(index)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try TensorBoard.write(
          [
            .sessionStart(session, group: index == 0 ? "a" : nil),
            .sessionEnd(at: Date(timeIntervalSince1970: 1000)),
          ], step: 0, to: path + "/events.out.tfevents.results")
      }
    }
    let experiment = try #require(runs["."]?.hparams.experiment)
    let parameters = Dictionary(
      uniqueKeysWithValues: experiment.hparamInfos.map { ($0.name, $0) })
    #expect(experiment.hparamInfos.map(\.name) == ["margin", "loss", "flip", "limit"])
    #expect(parameters["margin"]?.type == "DATA_TYPE_FLOAT64")
    #expect(parameters["margin"]?.domainInterval == ["min_value": 0.1, "max_value": 0.3])
    #expect(parameters["margin"]?.differs == true)
    #expect(parameters["loss"]?.type == "DATA_TYPE_STRING")
    #expect(parameters["loss"]?.domainDiscrete == [.text("arcface"), .text("cosface")])
    #expect(parameters["flip"]?.type == "DATA_TYPE_BOOL")
    #expect(parameters["flip"]?.domainDiscrete == [.flag(true)])
    #expect(parameters["flip"]?.differs == nil)
    #expect(parameters["limit"]?.domainDiscrete == [.text("inf")])
    #expect(experiment.metricInfos.map(\.name) == [["tag": "results/accuracy"]])
    #expect(experiment.metricInfos.map(\.displayName) == ["Accuracy"])
    #expect(experiment.metricInfos.map(\.description) == ["In %."])
    let first = try #require(runs["run0"]?.hparams)
    #expect(
      first.sessionStartInfo?.hparams == [
        "margin": .number(0.3), "loss": .text("arcface"), "flip": .flag(true),
      ])
    #expect(first.sessionStartInfo?.groupName == "a")
    #expect(first.sessionEndInfo?.status == "STATUS_SUCCESS")
    #expect(first.sessionEndInfo?.endTimeSecs == 1000)
    #expect(runs["run2"]?.hparams.sessionStartInfo?.hparams["limit"] == .text("inf"))
  }

  @Test("what follows a new start takes the place of what an earlier file holds of later steps")
  func resume() throws {
    let run = try read { folder in
      for (first, steps) in [(1, 1...6), (4, 4...8), (9, 9...9)] {
        let file = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: first)
        for step in steps {
          try file.write([.scalar("loss", Double(100 * first + step))], step: step)
        }
      }
      #expect(try folder.names().count == 3)
    }
    #expect(run.scalars["loss"]?.steps == Array(1...9))
    #expect(
      run.scalars["loss"]?.values == [101, 102, 103, 404, 405, 406, 407, 408, 909])
  }

  @Test("whole records of a file that a kill cut off, and the file after it")
  func kill() throws {
    let run = try read { folder in
      let file = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: 1)
      for step in 1...3 { try file.write([.scalar("loss", Double(step))], step: step) }
      let bytes = try contents(file.path)
      try Data(bytes.dropLast(5)).write(to: URL(filePath: file.path))
      let next = try TensorBoard.EventFileWriter(folder: folder.path, firstStep: 3)
      try next.write([.scalar("loss", 30)], step: 3)
    }
    #expect(run.scalars["loss"]?.values == [1, 2, 30])
  }

  @Test("points of the projector, raw or as text, with columns and sprites")
  func projector() throws {
    let pictures = (0..<5).map { n in
      Picture(width: 2, height: 1, channels: 1, pixels: [UInt8(n), UInt8(10 * n)])
    }
    // Small whole numbers as raw float32 happen to be valid UTF-8, so they are written as text; so
    // is 2.567…, whose bytes hold the end of a line before one that is not text.
    let cases: [([Float], String)] = [
      ((0..<10).map { Float($0) / 7 - 0.5 }, "projector/embeddings.bytes"),
      ([Float](repeating: 2, count: 10), "projector/embeddings.tsv"),
      (
        [Float(bitPattern: 0x4024_0A41), -1] + (2..<10).map { -Float($0) / 3 },
        "projector/embeddings.tsv"
      ),
    ]
    for (values, path) in cases {
      let run = try read { folder in
        try TensorBoard.Projector(
          name: "test \"features\"", values: values, dimension: 2,
          columns: [
            .init("class", ["a\tb", "b\n", "c", "d", "é"]),
            .init("picture", ["1", "2", "3", "4", "5"]),
          ], sprites: TensorBoard.Sprites(count: 5) { pictures[$0] }
        ).write(toRun: folder.path)
        try TensorBoard.write([], step: 0, to: folder.path("events.out.tfevents.results"))
      }
      let projector = try #require(run.projector)
      #expect(projector.name == "test \"features\"")
      #expect(projector.path == path)
      // The projector shows three dimensions and needs them: a third of zeros.
      #expect(projector.shape == [5, 3])
      let points = stride(from: 0, to: 10, by: 2).map { [values[$0], values[$0 + 1], 0] }
      #expect(projector.values == points)
      #expect(
        projector.metadata == [
          ["class", "picture"], ["a b", "1"], ["b ", "2"], ["c", "3"], ["d", "4"], ["é", "5"],
        ])
      #expect(projector.spriteSize == [2, 1])
      #expect(projector.sprites?.size == [6, 3])
      #expect(
        projector.sprites?.pixels == [0, 0, 1, 10, 2, 20, 3, 30, 4, 40]
          + [UInt8](repeating: 0, count: 8))
    }
  }

  private func read(_ write: (TemporaryFolder) throws -> Void) throws -> TensorBoardReader.Run {
    try #require(readAll(write)["."])
  }

  private func readAll(
    _ write: (TemporaryFolder) throws -> Void
  ) throws -> [String: TensorBoardReader.Run] {
    var runs: [String: TensorBoardReader.Run] = [:]
    try withTemporaryFolder { folder in
      try write(folder)
      runs = try TensorBoardReader.read(folder.path)
    }
    return runs
  }
}
