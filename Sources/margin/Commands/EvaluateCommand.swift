import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Torch
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judge a trained run on the test set.",
    discussion: """
      Example:

        margin evaluate runs/first/arcface
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
  var folder: String

  @Option(
    name: .customLong("protocol"),
    help: "classification | verification | geometry (default: all).")
  var part: Part?

  @Option(help: "Where the data set's files are now (default: where they were in training).")
  var data: String?

  @Flag(help: "Print JSON.")
  var json = false

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case classification, verification, geometry
  }

  func run() throws {
    let directory = RunDirectory(folder)
    var configuration = try storedConfiguration(directory)
    configuration.dataFolder = data ?? configuration.dataFolder
    try Runtime.setThreadCount(configuration.training.threads)
    let run = try TrainingRun(
      resuming: directory, dataset: configuration.loadDataset { printError($0) })
    try run.loadWeights()
    let results = Results(try Judgement(run), parts: part.map { [$0] } ?? Part.allCases)
    if json {
      print(String(decoding: try JSONFile.encode(results), as: UTF8.self))
    } else {
      print(results.text)
    }
  }

  /// What is printed: every number with half its 95 % interval.
  private struct Results: Encodable {
    struct Number: Encodable {
      var value: Double
      var spread: Double?

      init(_ estimate: Estimate) { (value, spread) = (estimate.value, estimate.spread) }
    }
    struct Classification: Encodable { var accuracy: Number }
    struct Verification: Encodable {
      var similarity: String
      var accuracy, accuracyNormalized: Number
    }
    struct GeometryNumbers: Encodable {
      var angleWithinClasses: Number
      var smallestAngleBetweenCenters: Double
      var nearestClasses: [String]
      var meanNorm, normDeviation: Double
      var directionlessCount: Int
    }

    var classification: Classification?
    var verification: [Verification]?
    var geometry: GeometryNumbers?

    init(_ judgement: Judgement, parts: [Part]) {
      if parts.contains(.classification) {
        classification = Classification(accuracy: Number(judgement.accuracy))
      }
      if parts.contains(.verification) {
        verification = PairSimilarity.allCases.compactMap { similarity in
          judgement.verification[similarity].map {
            Verification(
              similarity: similarity.rawValue, accuracy: Number($0.plain),
              accuracyNormalized: Number($0.normalized))
          }
        }
      }
      if parts.contains(.geometry) {
        let geometry = judgement.geometry
        self.geometry = GeometryNumbers(
          angleWithinClasses: Number(geometry.angleWithinClasses),
          smallestAngleBetweenCenters: geometry.smallestAngleBetweenCenters,
          nearestClasses: geometry.nearestClasses.map {
            [judgement.classNames[$0.0], judgement.classNames[$0.1]]
          } ?? [],
          meanNorm: geometry.meanNorm, normDeviation: geometry.normDeviation,
          directionlessCount: geometry.directionlessCount)
      }
    }

    var text: String {
      func percent(_ number: Number) -> String {
        let spread = number.spread.map { " ± \(($0 * 100).formatted(2))" } ?? ""
        return "\((number.value * 100).formatted(2))\(spread) %"
      }
      var parts: [String] = []
      if let classification {
        parts.append("Test accuracy: \(percent(classification.accuracy))")
      }
      if let verification {
        parts.append(
          verification.isEmpty
            ? "This test set has too few pictures, or no pairs, for verification."
            : TextTable(
              header: ["Pairs told apart by", "features as they are", "normalised"],
              rows: verification.map {
                [$0.similarity, percent($0.accuracy), percent($0.accuracyNormalized)]
              }
            ).text)
      }
      if let geometry {
        let spread = geometry.angleWithinClasses.spread.map { " ± \($0.formatted(2))" } ?? ""
        parts.append(
          """
          Mean angle within classes: \(geometry.angleWithinClasses.value.formatted(2))\(spread)°
          Smallest angle between class centres: \
          \(geometry.smallestAngleBetweenCenters.formatted(1))° \
          (\(geometry.nearestClasses.joined(separator: " and ")))
          Feature norm: mean \(geometry.meanNorm.formatted(2)), standard deviation \
          \(geometry.normDeviation.formatted(2))
          """)
        if geometry.directionlessCount > 0 {
          parts.append(
            "\(geometry.directionlessCount) features are zero or not finite, without a direction")
        }
      }
      return parts.joined(separator: "\n\n")
    }
  }
}
