import Datasets
import Formats
import Foundation
import Losses
import Networks
import Torch
import Training

/// How far a study is.
public struct StudyProgress: Sendable {
  /// The place of the stage among those of the study, from 1.
  public var stage, stageCount: Int
  /// What is being done: "arcface, seed 2".
  public var part: String
  /// Its place among the parts of this stage, from 1.
  public var index, count: Int
  /// The share of the part that is done, in 0...1.
  public var share: Double
  /// Until this stage ends, from the time that its parts took; nil before anything can be said.
  public var secondsLeft: Double?
  /// Whether the part has just ended.
  public var isEnd: Bool
}

/// The run of one study: where its data are, how much is to be done, and what is done already.
///
/// Every part of a study is stored when it is done. A study that was stopped goes on behind the last
/// one, and a run within a part (`train`) behind its last checkpoint, with the same results.
public final class StudySession {
  public let form: StudyForm
  /// The seeds of repeated trainings.
  public let seeds: [UInt64]
  public private(set) var threads: Int
  /// What the study writes.
  public let folder: String
  private let data: String?
  private let report: (StudyProgress) -> Void
  private let isInterrupted: () -> Bool
  /// How many times the study asks for `results`, or for a `result`: what is left of later stages cannot be
  /// told, but that there are some.
  public var stageCount = 1
  /// The stage that is being done or was done last, from 1.
  private(set) var stageIndex = 0
  /// Whether any part was computed, and not read.
  private(set) var hasComputed = false
  private var stage: Stage?
  /// That all parts took, those of earlier sessions too.
  private(set) var seconds = 0.0
  /// Of the parts so far, of all stages.
  private var files: Set<String> = []
  /// Figures in the order they were made: file name without ending, caption.
  private(set) var figures: [(name: String, caption: String)] = []

  private struct Stage {
    var part: String
    var index, count: Int
    /// Of the parts of this stage that were done now or before.
    var seconds: [Double]
    var began: Date
  }

  /// - Parameters:
  ///   - form: How much is done.
  ///   - seeds: How many repeated trainings have, at least 1; the form's `seedCount` if nil.
  ///   - folder: Is made if need be; what it holds of the study is taken as done.
  ///   - data: The folder that has the folders of data sets; nil for those that are drawn or downloaded.
  ///   - threads: Of libtorch.
  ///   - report: Is told how far the study is.
  ///   - isInterrupted: Is asked between parts and steps.
  public init(
    form: StudyForm, seeds: Int? = nil, folder: String, data: String?,
    threads: Int = Runtime.threadCount, report: @escaping (StudyProgress) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) throws {
    self.form = form
    self.seeds = (1...UInt64(seeds ?? form.seedCount)).map { $0 }
    self.threads = threads
    (self.folder, self.data) = (folder, data)
    (self.report, self.isInterrupted) = (report, isInterrupted)
    try Runtime.setThreadCount(threads)
    for name in ["parts", "figures"] {
      do {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      } catch {
        throw FileError(
          .inputOutput, path: folder,
          problem: "the folder cannot be made: \(error.localizedDescription)",
          remedy: "Choose a place that you may write to.")
      }
    }
  }

  /// Goes on with a single thread: for models so small that threads wait for each other longer than they
  /// work.
  public func useOneThread() throws {
    threads = 1
    try Runtime.setThreadCount(1)
  }

  /// The one of three that fits the form.
  public func choose<Value>(smoke: Value, quick: Value, full: Value) -> Value {
    switch form {
    case .smoke: smoke
    case .quick: quick
    case .full: full
    }
  }

  // MARK: Data

  /// The folder of a data set, or nil where none was named.
  public func path(_ set: StudyData) -> String? { data.map { "\($0)/\(set.rawValue)" } }

  /// Loads a data set of the catalogue.
  ///
  /// - Precondition: It is one for classification.
  /// - Throws: What its loader throws: what is missing, where it was looked for, and its address.
  public func dataset(
    _ set: StudyData, trainCount: Int? = nil, testCount: Int? = nil
  ) throws -> Dataset {
    guard let entry = set.catalogName.flatMap({ DatasetCatalog.entry(named: $0) }) else {
      preconditionFailure("'\(set.rawValue)' is not in the catalogue of data sets")
    }
    return try entry.load(
      DatasetOptions(folder: path(set), trainCount: trainCount, testCount: testCount))
  }

  // MARK: Parts

  /// What there is of each item: read, if it was computed before, else computed and stored.
  ///
  /// - Parameters:
  ///   - items: The parts of this stage.
  ///   - names: Of the parts, as they are told and as their files are called: no two alike in the study,
  ///     nor alike but for signs, which file names do not have.
  ///   - settings: What decides each part's result, where it can be told: a part that was computed with others
  ///     is refused.
  ///   - compute: May call `train` and `step`.
  /// - Throws: `StudyInterruption` between two parts or two steps of training; `FileError` for a part that
  ///   was computed with other settings.
  public func results<Item, Result: Codable>(
    for items: [Item], named names: [String], settings: [RunConfiguration]? = nil,
    _ compute: (Item) throws -> Result
  ) throws -> [Result] {
    precondition(names.count == items.count)
    precondition(settings.map { $0.count == items.count } ?? true)
    for name in names {
      precondition(files.insert(Self.fileName(name)).inserted, "two parts are called '\(name)'")
    }
    stageIndex += 1
    var seconds: [Double] = []
    return try zip(items, names).enumerated().map { index, part in
      let (item, part) = part
      let path = "\(folder)/parts/\(Self.fileName(part)).json"
      if FileManager.default.fileExists(atPath: path) {
        let stored = try JSONFile.read(Stored<Result>.self, from: path)
        guard stored.settings == nil || stored.settings == settings?[index] else {
          throw Self.otherSettings(path)
        }
        seconds.append(stored.seconds)
        self.seconds += stored.seconds
        return stored.result
      }
      try stopIfAsked()
      stage = Stage(
        part: part, index: index + 1, count: items.count, seconds: seconds, began: .now)
      progress(0)
      let result = try compute(item)
      hasComputed = true
      let taken = Date.now.timeIntervalSince(stage!.began)
      try JSONFile.write(
        Stored(seconds: taken, settings: settings?[index], result: result), to: path)
      seconds.append(taken)
      self.seconds += taken
      stage!.seconds = seconds
      tell(share: 1, isEnd: true)
      return result
    }
  }

  /// What there is of one part.
  public func result<Result: Codable>(
    _ name: String, _ compute: () throws -> Result
  ) throws -> Result {
    try results(for: [name], named: [name]) { _ in try compute() }[0]
  }

  private struct Stored<Result: Codable>: Codable {
    var seconds: Double
    /// Nil where none were given.
    var settings: RunConfiguration?
    var result: Result
  }

  private static func otherSettings(_ path: String) -> FileError {
    FileError(
      .malformed, path: path, problem: "this was begun with other settings",
      remedy: "Remove the study's folder, or give another.")
  }

  private static func fileName(_ part: String) -> String {
    String(part.map { $0.isLetter || $0.isNumber || "-=.+".contains($0) ? $0 : "_" })
  }

  /// Says how much of the part is done, and stops if the user wants it.
  ///
  /// - Parameter share: In 0...1.
  public func step(_ share: Double) throws {
    progress(share)
    try stopIfAsked()
  }

  private func progress(_ share: Double) { tell(share: share, isEnd: false) }

  private func tell(share: Double, isEnd: Bool) {
    guard let stage else { return }
    let taken = Date.now.timeIntervalSince(stage.began)
    // A part that is nearly begun says little of how long it takes.
    let whole = isEnd ? nil : share > 0.02 ? taken / share : stage.seconds.max()
    let others = stage.seconds + (whole.map { [$0] } ?? [])
    let mean = others.isEmpty ? nil : others.reduce(0, +) / Double(others.count)
    let rest = isEnd ? 0 : whole.map { max(0, $0 - taken) }
    let secondsLeft = mean.flatMap { mean in
      rest.map { $0 + mean * Double(stage.count - stage.index) }
    }
    report(
      StudyProgress(
        stage: stageIndex, stageCount: stageCount, part: stage.part, index: stage.index,
        count: stage.count, share: share,
        secondsLeft: secondsLeft, isEnd: isEnd))
  }

  private func stopIfAsked() throws {
    if isInterrupted() { throw StudyInterruption() }
  }

  // MARK: Training

  /// Trains a run, or goes on with it, and gives it with its trained weights.
  ///
  /// - Parameters:
  ///   - configuration: Of the run; its threads are the session's, where it begins.
  ///   - dataset: What it is trained on.
  ///   - name: Of its folder, unlike that of any other run of the study.
  /// - Throws: `StudyInterruption` after saving; what training throws.
  public func train(
    _ configuration: RunConfiguration, on dataset: Dataset, as name: String
  ) throws -> TrainingRun {
    var configuration = configuration
    configuration.training.threads = threads
    // Studies cut sets to their forms.
    (configuration.trainCount, configuration.testCount) = (dataset.train.count, dataset.test.count)
    let directory = RunDirectory("\(folder)/runs/\(Self.fileName(name))")
    let run =
      directory.holdsRun
      ? try TrainingRun(resuming: directory, dataset: dataset)
      : try TrainingRun(
        TrainingRun.Record(
          configuration: configuration, command: CommandLine.arguments,
          versions: ["libtorch": Runtime.version]),
        dataset: dataset, directory: directory)
    // A study may go on with another number of threads; a training keeps that of its beginning.
    configuration.training.threads = run.configuration.training.threads
    guard run.configuration == configuration else {
      throw Self.otherSettings(directory.path)
    }
    let isFinished = try run.train(
      writesTensorBoard: false,
      report: { self.progress(Double($0.step) / Double($0.totalSteps)) },
      isInterrupted: isInterrupted)
    guard isFinished else { throw StudyInterruption() }
    return run
  }

  // MARK: Figures

  /// Keeps a figure for the page.
  ///
  /// - Parameters:
  ///   - name: Of the file, without its ending.
  ///   - svg: The figure.
  ///   - caption: What it shows, in a sentence.
  public func figure(_ name: String, _ svg: String, caption: String) throws {
    precondition(!figures.contains { $0.name == name }, "two figures are called '\(name)'")
    try AtomicFile.write(svg, to: "\(folder)/figures/\(name).svg")
    figures.append((name, caption))
  }
}
