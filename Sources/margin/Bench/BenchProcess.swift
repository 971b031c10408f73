import Foundation

/// A worker, seen from the side that asks.
final class BenchProcess {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var buffer = Data()

  init(_ name: String, _ command: [String], threads: Int) throws {
    self.name = name
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = input
    process.standardOutput = output
    var environment = ProcessInfo.processInfo.environment
    environment["OMP_NUM_THREADS"] = String(threads)
    process.environment = environment
    try process.run()
    guard try line() == "ready" else { throw Failure(.software, "\(name) did not start") }
  }

  /// Asks, and waits for the answer.
  func ask(_ question: String) throws -> String {
    input.fileHandleForWriting.write(Data((question + "\n").utf8))
    return try line()
  }

  func milliseconds(_ question: String) throws -> Double? {
    let answer = try ask(question)
    if answer == "-" { return nil }
    guard let number = Double(answer) else {
      throw Failure(.software, "\(name) answered '\(answer)' to '\(question)'")
    }
    return number
  }

  func end() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private func line() throws -> String {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeSubrange(...end) }
        return String(decoding: buffer[..<end], as: UTF8.self)
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw Failure(.software, "\(name) ended before it answered; see its message above")
      }
      buffer.append(more)
    }
  }
}
