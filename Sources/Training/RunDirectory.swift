import Formats
import Foundation

/// The folder of a run and the files in it.
public struct RunDirectory: Sendable {
  public let path: String

  public var configurationPath: String { file("run.json") }
  public var metricsPath: String { file("metrics.jsonl") }
  public var summaryPath: String { file("summary.json") }
  public var embeddingsPath: String { file("embeddings.safetensors") }
  public var spritePath: String { file("sprite.png") }
  public var figuresPath: String { file("figures") }
  public var reportPath: String { file("report.html") }

  public init(_ path: String) { self.path = path }

  /// What TensorBoard shows of a run besides its course, and of a comparison besides its runs.
  public var resultEventsPath: String { file("events.out.tfevents.results") }
  public var experimentEventsPath: String { file("events.out.tfevents.experiment") }

  public func file(_ name: String) -> String { path + "/" + name }

  /// Whether a run was begun here.
  public var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }

  /// Makes the folder, with all above it.
  ///
  /// - Throws: `FileError` if there is a file, or a folder that is not empty, or no right to write.
  public func create() throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw FileError(
          .inputOutput, path: path, problem: "this is a file, not a folder",
          remedy: "Give another --output.")
      }
      guard (try? manager.contentsOfDirectory(atPath: path))?.isEmpty == true else {
        throw FileError(
          .inputOutput, path: path, problem: "the folder is not empty",
          remedy: "Give another --output, or --resume to go on with a run that is there.")
      }
    }
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        .inputOutput, path: path,
        problem: "the folder cannot be made: \(error.localizedDescription)",
        remedy: "Give another --output.")
    }
    guard access(path, W_OK) == 0 else {
      throw FileError(
        .inputOutput, path: path, problem: "the folder cannot be written to",
        remedy: "Give another --output.")
    }
  }

  /// The newest checkpoint, nil if there is none.
  public func newestCheckpoint() -> String? {
    checkpoints().last.map(file)
  }

  func checkpointPath(step: Int) -> String {
    let digits = String(step)
    return file(
      "checkpoint-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        + ".safetensors")
  }

  /// Removes all checkpoints but the newest.
  func removeOldCheckpoints() {
    for name in checkpoints().dropLast() {
      try? FileManager.default.removeItem(atPath: file(name))
    }
  }

  private func checkpoints() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix("checkpoint-") && $0.hasSuffix(".safetensors") }.sorted()
  }
}

/// How Margin writes JSON: readable, and always in the same order. NaN and infinities, which JSON
/// lacks, are written as text.
public enum JSONFile {
  public static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    encoder.dateEncodingStrategy = .iso8601
    return try encoder.encode(value)
  }

  public static func write(_ value: some Encodable, to path: String) throws {
    try AtomicFile.write(encode(value) + Data("\n".utf8), to: path)
  }

  /// - Throws: `FileError` if the file is missing or is not what is expected.
  public static func read<Value: Decodable>(_: Value.Type, from path: String) throws -> Value {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileError(
        .missing, path: path, problem: "the file cannot be read",
        remedy:
          "Give the folder of a run: that of 'margin train', or one inside that of 'margin compare'."
      )
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(Value.self, from: data)
    } catch {
      throw FileError(
        .malformed, path: path, problem: "this is not the file of a run: \(error)",
        remedy:
          "Give the folder of a run: that of 'margin train', or one inside that of 'margin compare'."
      )
    }
  }
}
