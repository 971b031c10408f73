import Foundation
import Testing

/// TensorBoard itself, by `Utilities/Reference/tensorboard_reader.py`.
enum TensorBoardReader {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let python = package.appending(path: ".deps/tensorboard/bin/python")

  static let isInstalled = FileManager.default.isExecutableFile(atPath: python.path)
  static let remedy: Comment = "TensorBoard is not there: run 'Utilities/setup --tensorboard'"

  /// The values of a tag, one a step.
  struct Series<Value: Decodable>: Decodable {
    let metadata: [String: Double]
    let description: String
    let dataClass: Int
    let steps: [Int]
    let values: [Value]
  }

  struct Pixels: Decodable {
    let size: [Int]
    let mode: String
    let pixels: [UInt8]
  }

  struct Pictures: Decodable {
    let size: [Int]
    let pictures: [Pixels]
  }

  enum Value: Decodable, Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .number(try container.decode(Double.self))
      }
    }
  }

  struct HyperParameters: Decodable {
    struct Experiment: Decodable {
      struct Parameter: Decodable {
        let name, type: String
        let domainDiscrete: [Value]?
        let domainInterval: [String: Double]?
        let differs: Bool?
      }
      struct Metric: Decodable {
        let name: [String: String]
        let displayName, description: String
      }
      let hparamInfos: [Parameter]
      let metricInfos: [Metric]
    }
    struct Start: Decodable {
      let hparams: [String: Value]
      let groupName: String?
    }
    struct End: Decodable {
      let status: String
      let endTimeSecs: Double
    }
    let experiment: Experiment?
    let sessionStartInfo: Start?
    let sessionEndInfo: End?
  }

  struct Projector: Decodable {
    let name, path: String
    let shape: [Int]
    let values: [[Float]]
    let metadata: [[String]]?
    let sprites: Pixels?
    let spriteSize: [Int]?
  }

  struct Run: Decodable {
    let fileVersion: Double
    let scalars: [String: Series<Double>]
    let histograms: [String: Series<[[Double]]>]
    let images: [String: Series<Pictures>]
    let prCurves: [String: Series<[[Double]]>]
    let hparams: HyperParameters
    let projector: Projector?
  }

  /// Everything that TensorBoard finds in a folder, by the folders of runs in it.
  static func read(_ folder: String) throws -> [String: Run] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode([String: Run].self, from: ask("read", folder))
  }

  private static func ask(_ mode: String, _ folder: String) throws -> Data {
    let answer = folder + "/answer-\(UUID())"
    let errors = folder + "/errors-\(UUID())"
    let process = Process()
    process.executableURL = python
    process.arguments = [
      package.appending(path: "Utilities/Reference/tensorboard_reader.py").path, mode, folder,
    ]
    // Files instead of pipes: nothing blocks, however much is written.
    for path in [answer, errors] { try Data().write(to: URL(filePath: path)) }
    process.standardOutput = FileHandle(forWritingAtPath: answer)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    try #require(process.terminationStatus == 0, "\(said)")
    return try Data(contentsOf: URL(filePath: answer))
  }
}
