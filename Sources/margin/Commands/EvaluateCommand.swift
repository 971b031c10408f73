import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reports
import Torch
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judge features and scores by the field's protocols: of runs, or of any program.",
    discussion: """
      Examples:

        margin evaluate runs/first/arcface
        margin evaluate runs/first/softmax runs/first/arcface --protocol verification
        margin evaluate faces.safetensors --pairs pairs.txt --operating-point 0.01 --output judged
        margin evaluate scores.npz --array probabilities=predictions --protocol calibration
        margin evaluate probes.npz --gallery gallery.npz

      An input is the folder of a run, whose test set is judged, or a file: safetensors, npz, npy
      or csv. Its arrays are 'features' [N, D], 'logits' or 'probabilities' [N, C], and 'labels'
      [N]; --array names others. A table (csv) has a column 'label', may have 'name', and the rest
      are features, or with --array logits=array logits.

      Intervals are of 95 %. Several inputs are compared by paired tests on the same items.
      """)

  @Argument(help: ArgumentHelp("Folders of runs, or files.", valueName: "input"))
  var inputs: [String]

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "classification | calibration | verification | identification | retrieval | geometry; may be "
        + "given several times (default: all that the input has numbers for).",
      valueName: "protocol"))
  var parts: [EvaluationSettings.Part] = []

  @Option(help: "A pairs file, in the format of LFW's pairs.txt; rows are found by their names.")
  var pairs: String?

  @Flag(help: "With --pairs: add the features of the mirrored pictures ('margin embed --flip').")
  var flip = false

  @Option(help: "cosine | euclidean | inner-product (default: all in verification, else cosine).")
  var similarity: PairSimilarity?

  @Option(
    name: .customLong("false-accept-rate"),
    help: "A false accept rate to give the true accept rate at; may be given several times.")
  var falseAcceptRates: [Double] = []

  @Option(
    help: ArgumentHelp(
      "Choose the threshold with this false accept rate, and store it as operating-point.json.",
      valueName: "rate"))
  var operatingPoint: Double?

  @Option(help: "Bins of calibration errors.")
  var bins = 15

  @Option(
    help: "The share of the rows, the first ones, that scalings of the scores are fitted on.")
  var fitShare = 0.5

  @Option(help: "Draws of the bootstrap, for intervals.")
  var replicates = 1000

  @Option(help: "The seed of draws.")
  var seed: UInt64 = 1

  @OptionGroup var arguments: InputArguments

  @Option(
    help: """
      A file of features and labels in which the input's samples are looked for: identification and \
      retrieval with a gallery of its own. Samples of a class that it does not have are strangers.
      """)
  var gallery: String?

  @Option(help: "A file of the gallery's labels, where they are in one of their own.")
  var galleryLabels: String?

  @Option(
    help: """
      How many scores, samples × classes, are held in memory at once; of more, what takes all of them \
      is left out, and said so. Judging takes about 32 bytes for each.
      """)
  var scoreLimit = EvaluationInput.scoreLimit

  @Option(help: "Where a run's data set is now (default: where it was in training).")
  var data: String?

  @Option(
    help: """
      A folder for evaluation.json, calibration.json and operating-point.json, and of a file for \
      report.html and the figures (default: the run's own; without a run nothing is stored).
      """)
  var output: String?

  @Option(
    help: "The number of threads (default: of a run as in its training, else as many as cores).")
  var threads: Int?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard !inputs.isEmpty else { throw ValidationError("give the folder of a run, or a file") }
    guard inputs.count == 1 || output == nil && operatingPoint == nil else {
      throw ValidationError("--output and --operating-point are for one input")
    }
    guard !flip || pairs != nil else { throw ValidationError("--flip goes with --pairs") }
    for rate in falseAcceptRates + (operatingPoint.map { [$0] } ?? []) {
      guard rate > 0, rate < 1 else {
        throw ValidationError("a false accept rate must be above 0 and below 1, not \(rate)")
      }
    }
    guard (1...100_000).contains(bins) else {
      throw ValidationError("--bins must be 1 to 100000, not \(bins)")
    }
    guard fitShare >= 0, fitShare < 1 else {
      throw ValidationError("--fit-share must be 0 or more and below 1, not \(fitShare)")
    }
    guard (10...1_000_000).contains(replicates) else {
      throw ValidationError("--replicates must be 10 to 1000000, not \(replicates)")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be 1 or more") }
    guard gallery == nil || inputs.count == 1 else {
      throw ValidationError("--gallery is for one input: each embedding needs a gallery of its own")
    }
    guard galleryLabels == nil || gallery != nil else {
      throw ValidationError("--gallery-labels goes with --gallery")
    }
    guard scoreLimit >= 0 else {
      throw ValidationError("--score-limit must be 0 or more, not \(scoreLimit)")
    }
  }

  func run() throws {
    if let threads { try Runtime.setThreadCount(threads) }
    var settings = EvaluationSettings()
    settings.similarity = similarity
    settings.pairsPath = pairs
    settings.addsMirrored = flip
    if !falseAcceptRates.isEmpty { settings.falseAcceptRates = falseAcceptRates.sorted() }
    settings.operatingRate = operatingPoint
    settings.binCount = bins
    settings.fitShare = fitShare
    settings.resampling = Resampling(replicates: replicates, seed: seed)
    settings.scoreLimit = scoreLimit
    let sessions = try inputs.map { try session($0, settings) }
    let comparisons = try EvaluationComparison.all(sessions)
    try store(sessions)
    if json {
      let output = Output(
        threads: Runtime.threadCount, results: sessions.map(\.results), comparisons: comparisons)
      print(String(decoding: try JSONFile.encode(output), as: UTF8.self))
    } else {
      let texts = sessions.map { session in
        (sessions.count > 1 ? "\(session.input.name)\n\n" : "")
          + session.results.text(session.input)
      }
      print((texts + comparisons.map(\.text)).joined(separator: "\n\n"))
    }
  }

  private func session(_ path: String, _ settings: EvaluationSettings) throws -> EvaluationSession {
    let input = try read(path)
    var settings = settings
    settings.parts = parts.isEmpty ? defaultParts(input) : parts
    let known = try gallery.map { path in
      guard try !isFolderOfRun(path) else {
        throw Failure(.usage, "\(path): --gallery is a file; 'margin embed' makes one of a run")
      }
      return try input.gallery(file: path, arrays: arguments.roles(), labelsPath: galleryLabels)
    }
    return try EvaluationSession(input, settings, gallery: known)
  }

  /// What the input has numbers for; of pairs and a gallery that are given, what they are for.
  private func defaultParts(_ input: EvaluationInput) -> [EvaluationSettings.Part] {
    EvaluationSettings.Part.allCases.filter { part in
      guard pairs == nil, gallery == nil else {
        return part == .verification ? pairs != nil : part.isSearch && gallery != nil
      }
      return part.needsScores ? input.scores != nil : input.embeddings != nil
    }
  }

  private struct Output: Encodable {
    /// How many computed it.
    var threads: Int
    var results: [EvaluationResults]
    var comparisons: [EvaluationComparison]
  }

  private func read(_ path: String) throws -> EvaluationInput {
    if try isFolderOfRun(path) {
      return try EvaluationInput(
        openTrained(path, data: data, threads: threads), scoreLimit: scoreLimit)
    }
    return try EvaluationInput(
      file: path, arrays: arguments.roles(), labelsPath: arguments.labels, scoreLimit: scoreLimit)
  }

  /// What was measured stays with the model.
  private func store(_ sessions: [EvaluationSession]) throws {
    for session in sessions {
      let isRun = RunDirectory(session.input.name).holdsRun
      guard let folder = output ?? (isRun ? session.input.name : nil) else {
        if operatingPoint != nil {
          throw Failure(.usage, "--operating-point needs --output, a folder to store it in")
        }
        continue
      }
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw Failure(
          .inputOutput,
          "\(folder): the folder cannot be made: \(error.localizedDescription) Give another "
            + "--output.")
      }
      let directory = RunDirectory(folder)
      try JSONFile.write(session.results, to: directory.file("evaluation.json"))
      // A run has its page and figures from its training.
      if !isRun {
        let judged = try JudgedInput(session.input)
        try judged.summary.writeFigures(
          classNames: session.input.classNames, to: directory.figuresPath)
        try AtomicFile.write(inputReport([judged]), to: directory.reportPath)
      }
      if let point = session.results.operatingPoint {
        try JSONFile.write(point, to: directory.file("operating-point.json"))
      }
      if let scalings = session.results.calibration?.scalings, !scalings.isEmpty {
        try JSONFile.write(scalings.map(\.scaling), to: directory.file("calibration.json"))
      }
    }
  }
}

extension PairSimilarity: ExpressibleByArgument {}
