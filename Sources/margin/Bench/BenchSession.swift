import Formats
import Foundation
import Torch
import Training

/// A row of the benchmark's table.
struct BenchRow: Encodable {
  let work, shape, implementation: String
  let milliseconds: Double
  /// To the bare products.
  let ratio: Double?
  /// On top of the inputs.
  let peakMegabytes: Int?
  /// The largest error, as a share of the largest number of the output that has it.
  let error: Double?
  let rounds: Int

  private static let widths = [30, 18, 26, 14, 8, 12, 0]

  private static func line(_ columns: [String]) -> String {
    zip(columns, widths).map {
      $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
    }
    .joined()
  }

  static func printHeading() {
    print(line(["work", "shape", "implementation", "milliseconds", "ratio", "peak MB", "error"]))
  }

  func printLine() {
    let line = Self.line([
      work, shape, implementation, String(format: "%.1f", milliseconds),
      ratio.map { String(format: "%.2f", $0) } ?? "", peakMegabytes.map(String.init) ?? "",
      error.map { String(format: "%.1e", $0) } ?? "",
    ])
    // At once, also where a file is written to: this takes long.
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}

/// Times the implementations of one work, which take turns.
struct BenchSession {
  let work: BenchWork
  let rounds, threads: Int
  let python: String?

  init(_ work: BenchWork, rounds: Int, threads: Int, python: String?) {
    self.work = work
    self.rounds = rounds
    self.threads = threads
    self.python = python
  }

  func run() throws -> (rows: [BenchRow], problems: [String]) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("margin-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let inputFile = folder.appendingPathComponent("inputs.safetensors").path
    let inputs = try work.makeInputs()
    try Safetensors(entries: inputs.mapValues { try Safetensors.Entry($0) }).write(to: inputFile)
    let expected = try work.reference(inputs)

    let processes = try commands(inputFile).map { try BenchProcess($0, $1, threads: threads) }
    defer {
      for process in processes { process.end() }
    }
    // The first times do not count: code is compiled, memory is taken.
    for process in processes { _ = try process.ask("run") }
    let memory = try processes.map { process -> Int? in
      for _ in 0..<2 { _ = try process.ask("run") }
      let numbers = try process.ask("memory").split(separator: " ").compactMap { Int($0) }
      return numbers.count == 2 ? numbers[0] - numbers[1] : nil
    }
    var errors: [Double] = []
    var problems: [String] = []
    for (index, process) in processes.enumerated() {
      let file = folder.appendingPathComponent("outputs-\(index).safetensors").path
      guard try process.ask("outputs \(file)") == "done" else {
        throw Failure(.software, "\(process.name) wrote no outputs")
      }
      let error = try error(of: BenchCommand.tensors(file), expected)
      errors.append(error)
      if !(error <= work.tolerance(of: process.name)) {
        problems.append(
          "\(work.id): the result of \(process.name) is wrong: its error is \(error), allowed are "
            + "\(work.tolerance(of: process.name))")
      }
    }
    // What was written may have moved the memory about.
    for process in processes { _ = try process.ask("run") }
    _ = try processes[0].ask("products")
    var times = [[Double]](repeating: [], count: processes.count)
    var products: [Double] = []
    for _ in 0..<rounds {
      if let time = try processes[0].milliseconds("products") { products.append(time) }
      for (index, process) in processes.enumerated() {
        // Threads of the one before are still waiting busily for more.
        Thread.sleep(forTimeInterval: 0.3)
        times[index].append(try process.milliseconds("run")!)
      }
    }
    func row(_ name: String, _ times: [Double], _ peak: Int?, _ error: Double?) -> BenchRow {
      BenchRow(
        work: work.name, shape: work.shape, implementation: name, milliseconds: median(times),
        ratio: products.isEmpty ? nil : median(zip(times, products).map { $0 / $1 }),
        peakMegabytes: peak, error: error, rounds: rounds)
    }
    return (
      (products.isEmpty ? [] : [row("bare products", products, nil, nil)])
        + processes.indices.map { row(processes[$0].name, times[$0], memory[$0], errors[$0]) },
      problems
    )
  }

  private func commands(_ inputFile: String) -> [(String, [String])] {
    let ours = work.implementations.map { implementation in
      (
        implementation.name,
        [
          Bundle.main.executablePath!, "bench", work.id, "--worker", implementation.name,
          "--inputs", inputFile,
        ]
      )
    }
    guard let python else { return ours }
    return ours
      + work.peers.map {
        ($0, [python, "Benchmarks/peers.py", work.name, $0, inputFile])
      }
  }

  /// The largest difference of any output, as a share of the largest number of that output.
  private func error(of outputs: [String: Tensor], _ expected: [String: Tensor]) throws -> Double {
    try expected.map { name, tensor in
      guard let output = outputs[name], output.shape == tensor.shape else { return .infinity }
      let (a, b) = (
        try tensor.to(.float64).elements(Double.self), try output.to(.float64).elements(Double.self)
      )
      let scale = a.map(\.magnitude).max() ?? 0
      let difference = zip(a, b).map { abs($0 - $1) }
      guard difference.allSatisfy({ $0.isFinite }) else { return .infinity }
      return (difference.max() ?? 0) / max(scale, .leastNormalMagnitude)
    }.max() ?? .infinity
  }

  private func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
