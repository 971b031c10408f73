import ArgumentParser
import Formats
import Foundation
import Torch
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Time the losses against the products they cannot avoid, and against other libraries.",
    discussion: """
      Examples:

        margin bench --list
        margin bench --peers .deps/peers/bin/python
        margin bench "arcface 256·512·100000" --rounds 5 --json

      Every implementation runs in a process of its own, on the same inputs and as many threads, and
      they take turns. A row is a median over the rounds; 'ratio' is the median of what each round took
      in relation to the bare matrix products, timed in the same process. 'peakMegabytes' is what the
      process took on top of its inputs, its results included.

      What comes out is compared with a float64 evaluation: exits with 1 if anything is wrong.
      """)

  @Argument(help: "The works to time, by name or by name and shape (default: all).")
  var works: [String] = []

  @Option(help: "How often each implementation is timed, after three times that do not count.")
  var rounds = 5

  @Option(help: "The number of threads (default: as many as cores).")
  var threads: Int?

  @Option(help: "A Python that has PyTorch and the other libraries, to time them as well.")
  var peers: String?

  @Flag(help: "List the works.")
  var list = false

  @Flag(help: "Print an array of rows as JSON.")
  var json = false

  @Option(help: .hidden)
  var worker: String?

  @Option(help: .hidden)
  var inputs: String?

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1, not \(rounds)") }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
  }

  func run() throws {
    if list { return print(BenchWork.all.map(\.id).joined(separator: "\n")) }
    if let worker, let inputs {
      let work = BenchWork.all.first { $0.id == works.first }!
      return try BenchWorker(
        work: work, implementation: worker, inputs: Self.tensors(inputs)
      ).answerQuestions()
    }
    let chosen = try chosenWorks()
    let threads = threads ?? Runtime.threadCount
    if !json { BenchRow.printHeading() }
    var rows: [BenchRow] = []
    var wrong: [String] = []
    for work in chosen {
      let (result, problems) = try BenchSession(
        work, rounds: rounds, threads: threads, python: peers
      ).run()
      if !json {
        for row in result { row.printLine() }
      }
      rows += result
      wrong += problems
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(rows), as: UTF8.self))
    }
    guard wrong.isEmpty else { throw Failure(.failed, wrong.joined(separator: "\n")) }
  }

  private func chosenWorks() throws -> [BenchWork] {
    guard !works.isEmpty else { return BenchWork.all }
    return try works.flatMap { name in
      let found = BenchWork.all.filter { $0.name == name || $0.id == name }
      guard !found.isEmpty else {
        throw ValidationError("there is no work '\(name)'; 'margin bench --list' lists them")
      }
      return found
    }
  }

  static func tensors(_ path: String) throws -> [String: Tensor] {
    try Safetensors(contentsOf: path).entries.mapValues { try Tensor($0) }
  }
}
