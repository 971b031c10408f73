import ArgumentParser
import Foundation
import Losses
import Torch

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prove the gradient of every loss, or of one, by finite differences in float64.",
    discussion: """
      Example:

        margin check arcface

      Prints the worst relative error of each loss over several shapes; exits with 1 if one is above
      \(CheckCommand.limit).
      """)

  @Argument(help: "The loss to check (default: all).")
  var name: String?

  static let limit = 1e-7

  func run() throws {
    let entries = try name.map { [try LossCatalog.entry(named: $0)] } ?? LossCatalog.all
    var table = TextTable(header: ["loss", "worst error", "input", "at", "derivatives"])
    var failed: [String] = []
    for entry in entries {
      let proofs = try proveGradient(of: entry)
      func rank(_ error: Double) -> Double { error.isNaN ? .infinity : error }
      let worst = proofs.max { rank($0.proof.error) < rank($1.proof.error) }!
      table.rows.append([
        entry.name, String(format: "%.1e", worst.proof.error), worst.proof.input.rawValue,
        worst.name,
        String(proofs.reduce(0) { $0 + $1.proof.probeCount }),
      ])
      if !(worst.proof.error <= Self.limit) { failed.append(entry.name) }
    }
    print(table.text)
    guard failed.isEmpty else {
      throw Failure(.failed, "the error is above \(Self.limit): \(failed.joined(separator: ", "))")
    }
  }
}
