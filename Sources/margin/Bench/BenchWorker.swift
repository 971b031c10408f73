import Formats
import Foundation
import Torch
import Training

/// The side of the benchmark that works: a process of its own for each implementation, so that memory
/// can be told apart. `Benchmarks/peers.py` does the same for the peers.
///
/// It reads commands from the standard input, a line each, and answers each with a line:
/// - `run`: milliseconds of one run.
/// - `products`: milliseconds of the bare products, or `-`.
/// - `outputs FILE`: writes what came of the last run, and says `done`.
/// - `memory`: megabytes at most since the inputs were there, and then, or `-` where the system does
///   not tell.
struct BenchWorker {
  let work: BenchWork
  let implementation: String
  let inputs: [String: Tensor]

  func answerQuestions() throws {
    let run = try work.implementations.first { $0.name == implementation }!.make(inputs)
    let products =
      try implementation == work.implementations[0].name
      ? work.bareProducts?(inputs) : nil
    let begin = ProcessMemory.resident
    ProcessMemory.forgetPeak()
    Runtime.keepMemory()
    answer("ready")
    while let line = readLine() {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      switch words.first {
      case "run": answer(try milliseconds(run.run))
      case "products":
        answer(try products.map { try milliseconds($0) } ?? "-")
      case "outputs":
        let entries = try run.outputs().mapValues { try Safetensors.Entry($0) }
        try Safetensors(entries: entries).write(to: words[1])
        answer("done")
      case "memory":
        answer(
          ProcessMemory.peak.map { peak in "\(peak) \(begin ?? 0)" } ?? "-")
      default: return
      }
    }
  }

  private func milliseconds(_ body: () throws -> Void) throws -> String {
    let time = try ContinuousClock().measure(body)
    return String(time / .milliseconds(1))
  }

  private func answer(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }
}

/// What the system says of this process's memory, in megabytes; nil where it does not.
enum ProcessMemory {
  static var peak: Int? { status("VmHWM:") }
  static var resident: Int? { status("VmRSS:") }

  /// Makes the present the peak.
  static func forgetPeak() {
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }

  private static func status(_ key: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes / 1024
  }
}
