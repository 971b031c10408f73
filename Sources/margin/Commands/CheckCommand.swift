import ArgumentParser
import Foundation
import Losses
import Torch

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prove the gradient of every loss, or of one, by finite differences in float64.",
    discussion: """
      Examples:

        margin check
        margin check arcface --draws 100000

      Prints the worst relative error of each loss over several shapes and settings, and evaluates it
      at random extreme inputs in float32, where nothing may be infinite or NaN. Exits with 1 if an
      error is above \(CheckCommand.limit) or anything is not finite.

      A difference that crosses a kink (of a hinge, of a maximum) is taken again with a shorter step,
      down to 1e-6: points closer to a kink than 2e-6 are not proved.
      """)

  @Argument(help: "The loss to check (default: all).")
  var name: String?

  @Option(help: "How many extreme inputs to draw for each way to call a loss.")
  var draws = 300

  static let limit = 1e-7

  func validate() throws {
    guard draws >= 0 else { throw ValidationError("--draws must be at least 0, not \(draws)") }
  }

  func run() throws {
    let entries = try name.map { [try LossCatalog.entry(named: $0)] } ?? LossCatalog.all
    let width = LossCatalog.all.map(\.name.count).max()! + 2
    func line(_ name: String, _ rest: String...) {
      let columns = [(name, width), (rest[0], 13), (rest[1], 13), (rest[2], 18)]
      print(
        columns.map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined() + rest[3])
    }
    line("loss", "worst error", "derivatives", "input", "at")
    var failed: [String] = []
    for entry in entries {
      let proofs = try proveGradient(of: entry)
      func rank(_ error: Double) -> Double { error.isNaN ? .infinity : error }
      let worst = proofs.max { rank($0.proof.error) < rank($1.proof.error) }!
      line(
        entry.name, String(format: "%.1e", worst.proof.error),
        String(proofs.reduce(0) { $0 + $1.proof.probeCount }), worst.proof.input.rawValue,
        worst.name)
      if !(worst.proof.error <= Self.limit) {
        failed.append("\(entry.name): the error is above \(Self.limit)")
      }
      if let failure = try firstFailure(of: entry.makeLoss(), draws: draws) {
        failed.append("\(entry.name): \(failure)")
      }
    }
    print("\(draws) extreme draws for each way to call each loss")
    guard failed.isEmpty else { throw Failure(.failed, failed.joined(separator: "\n")) }
  }
}
