import Formats
import Foundation

/// A line of `metrics.jsonl`.
public struct MetricsLine: Codable, Sendable {
  /// Steps done.
  public var step: Int
  /// Epochs done, with their fraction.
  public var epoch: Double
  /// The mean loss since the last line with one.
  public var loss: Double?
  public var learningRate: Double?
  /// The share of test samples whose class is predicted, 0...1: without a head, by the nearest other.
  public var testAccuracy: Double?
  /// Wall-clock time since training began or was resumed.
  public var seconds: Double?
}

/// The course of a training, one JSON object a line, appended as it happens.
struct MetricsLog {
  private let path: String
  private let handle: FileHandle

  /// Opens the log, keeping the lines of up to `step` steps: what a killed training wrote after its
  /// last checkpoint happens again.
  init(path: String, keepingUpTo step: Int) throws {
    self.path = path
    let kept = step > 0 ? try Self.read(path).filter { $0.step <= step } : []
    let encoder = Self.encoder
    try AtomicFile.write(
      kept.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined(), to: path
    )
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw FileError(.inputOutput, path: path, problem: "the file cannot be opened for writing")
    }
    try handle.seekToEnd()
    self.handle = handle
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return encoder
  }

  func append(_ line: MetricsLine) throws {
    do {
      try handle.write(contentsOf: Self.encoder.encode(line) + Data("\n".utf8))
    } catch {
      throw FileError(
        .inputOutput, path: path, problem: "writing failed: \(error.localizedDescription)",
        remedy: "Free some space and go on with --resume.")
    }
  }

  /// All lines; one that was cut off by a kill ends the list.
  static func read(_ path: String) throws -> [MetricsLine] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let decoder = JSONDecoder()
    var lines: [MetricsLine] = []
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let line = try? decoder.decode(MetricsLine.self, from: line) else { break }
      lines.append(line)
    }
    return lines
  }
}
