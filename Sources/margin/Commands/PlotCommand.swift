import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reports
import Torch
import Training

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw features in two or three dimensions, by PCA or t-SNE.",
    discussion: """
      Examples:

        margin plot runs/first/arcface --method tsne --output tsne.svg
        margin plot embeddings.safetensors --method pca --dimensions 3
      """)

  @Argument(
    help: ArgumentHelp(
      "The folder of a run, or a file (safetensors, npz, csv) of 'features' [N, D] and 'labels' [N].",
      valueName: "run-or-file"))
  var source: String

  @Option(help: "pca | tsne.")
  var method = Method.tsne

  @Option(
    help: """
      2 or 3. t-SNE in 3 holds every sample against every other at each step: 26 s of processor time for \
      10,000 samples, a hundred times that for 100,000; --limit takes fewer.
      """)
  var dimensions = 2

  @Option(help: "t-SNE: about how many neighbours count.")
  var perplexity = 30.0

  @Option(help: "t-SNE: steps after the 250 early ones.")
  var iterations = 500

  @Option(help: "Of t-SNE's start, and of the choice of --limit.")
  var seed: UInt64 = 1

  @Option(help: "Take as many samples, drawn evenly from all (default: all).")
  var limit: Int?

  @Option(help: "The number of threads (default: all cores).")
  var threads: Int?

  @Option(help: "The figure to write; the coordinates go to a .safetensors beside it.")
  var output: String?

  @Flag(help: "Print JSON.")
  var json = false

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case pca, tsne

    var title: String { self == .pca ? "PCA" : "t-SNE" }
  }

  func validate() throws {
    guard dimensions == 2 || dimensions == 3 else {
      throw ValidationError("--dimensions must be 2 or 3, not \(dimensions)")
    }
    if let output, (output as NSString).pathExtension.lowercased() != "svg" {
      throw ValidationError("--output is a figure in SVG: give a name that ends in .svg")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit)") }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
  }

  func run() throws {
    if let threads { try Runtime.setThreadCount(threads) }
    // Not after minutes of work.
    let folder = ((output ?? "") as NSString).deletingLastPathComponent
    guard access(folder.isEmpty ? "." : folder, W_OK) == 0 else {
      throw Failure(
        .inputOutput,
        "\(folder.isEmpty ? "." : folder): there is no folder to write to; give another --output")
    }
    let labelled = try LabelledEmbeddings(contentsOf: source).limited(to: limit, seed: seed)
    let embeddings = labelled.embeddings
    let features = try embeddings.tensor()
    let start = Date.now
    var outcome = try method == .pca ? pca(features) : tsne(features)
    outcome.numbers.seconds = Date.now.timeIntervalSince(start)
    let points = try Tensor(outcome.points, shape: [embeddings.count, dimensions])
    if embeddings.count > 1 {
      outcome.numbers.neighborPreservation = try neighborPreservation(of: features, in: points)
    }
    let numbers = outcome.numbers
    let path = output ?? "\(method.rawValue).svg"
    let figure = Figures.projection(
      RunSummary.Features(
        dimension: dimensions, values: outcome.points,
        labels: embeddings.labels.map(Int32.init)),
      title: "\(labelled.title) by \(method.title)", subtitle: numbers.line,
      notes: [notes], classNames: labelled.classNames)
    try AtomicFile.write(figure, to: path)
    let coordinates = coordinatesPath(path)
    try Safetensors(entries: [
      "points": Safetensors.Entry(outcome.points, shape: [embeddings.count, dimensions]),
      "labels": Safetensors.Entry(
        embeddings.labels.map(Int64.init), shape: [embeddings.count]),
    ]).write(to: coordinates)
    if json {
      print(String(decoding: try JSONFile.encode(numbers), as: UTF8.self))
    } else {
      print("\(numbers.text)\n\(path)\n\(coordinates)")
    }
  }

  private var notes: String {
    method == .pca
      ? "The directions of the largest variance; distances are at most those of the features."
      : "Near points are near in the features; distances between groups and their sizes mean little."
  }

  private func coordinatesPath(_ path: String) -> String {
    (path.hasSuffix(".svg") ? String(path.dropLast(4)) : path) + ".safetensors"
  }

  // MARK: Methods

  private func pca(_ features: Tensor) throws -> (points: [Float], numbers: Numbers) {
    let pca = try PCA(features, count: dimensions)
    return (
      try pca.transform(features).elements(),
      Numbers(
        method: method.rawValue, samples: features.shape[0],
        explainedVariance: pca.explainedVariance,
        explainedVarianceRatio: pca.explainedVarianceRatio)
    )
  }

  private func tsne(_ features: Tensor) throws -> (points: [Float], numbers: Numbers) {
    var tsne = TSNE()
    (tsne.dimensions, tsne.perplexity) = (dimensions, perplexity)
    (tsne.iterations, tsne.seed) = (iterations, seed)
    let interruption = Interruption()
    let progress = StepLine(source)
    do {
      let result = try tsne(
        features,
        report: {
          progress.show(
            "step \($0.iteration) of \($0.iterations), KL divergence \($0.divergence.formatted(4))",
            isLast: $0.iteration == $0.iterations)
        }, isInterrupted: { interruption.isRequested })
      return (
        result.points,
        Numbers(
          method: method.rawValue, samples: features.shape[0], perplexity: perplexity,
          divergence: result.divergence)
      )
    } catch is CancellationError {
      throw Failure(interruption.code, "interrupted; nothing was written")
    }
  }

  /// What is printed.
  private struct Numbers: Encodable {
    var method: String
    var samples: Int
    var explainedVariance, explainedVarianceRatio: [Double]?
    var perplexity, divergence: Double?
    /// Of the 10 nearest.
    var neighborPreservation: Double?
    /// Of the projection alone.
    var seconds: Double?

    var line: String {
      if let ratio = explainedVarianceRatio {
        return "\((ratio.reduce(0, +) * 100).formatted(1)) % of the variance"
      }
      return "perplexity \(perplexity!.formatted(0)) · KL divergence \(divergence!.formatted(3))"
    }

    var text: String {
      var lines: [String] = []
      if let variance = explainedVariance, let ratio = explainedVarianceRatio {
        var table = TextTable(header: ["component", "variance", "share %"])
        for (index, pair) in zip(variance, ratio).enumerated() {
          table.rows.append([
            "\(index + 1)", String(format: "%.4g", pair.0), (pair.1 * 100).formatted(2),
          ])
        }
        lines.append(table.text)
      }
      if let divergence { lines.append("KL divergence: \(divergence.formatted(4))") }
      if let neighborPreservation {
        lines.append("10 nearest neighbours kept: \((neighborPreservation * 100).formatted(1)) %")
      }
      return lines.joined(separator: "\n")
    }
  }
}
