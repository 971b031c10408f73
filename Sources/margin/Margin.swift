import ArgumentParser
import Foundation
import Torch

@main
struct Margin: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "margin",
    abstract: "Train, compare and judge classifiers and embeddings by their loss function.",
    discussion: """
      Example: compare a plain classifier with an angular margin on drawn digits:

        margin compare --losses softmax,arcface --output runs/first
      """,
    version: version,
    subcommands: [
      CompareCommand.self, TrainCommand.self, EvaluateCommand.self, EmbedCommand.self,
      PlotCommand.self, ReportCommand.self, LossesCommand.self, LossCommand.self,
      CheckCommand.self, AdviseCommand.self,
      ReproduceCommand.self, BenchCommand.self, DatasetsCommand.self, NetworksCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      // The bench holds inputs and results of very different sizes one after another, and measures
      // memory: a worker begins to keep it when it has its inputs.
      if !(command is BenchCommand) { Runtime.keepMemory() }
      try command.run()
    } catch {
      Failure(error).exit()
    }
  }
}
