import Foundation

/// TensorBoard itself, by `Utilities/Reference/tensorboard_reader.py`.
package enum TensorBoardReader {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let python = package.appending(path: ".deps/tensorboard/bin/python")

  package static let isInstalled = FileManager.default.isExecutableFile(atPath: python.path)
  package static let remedy = "TensorBoard is not there: run 'Utilities/setup --tensorboard'"

  /// Everything that TensorBoard finds in a folder, by the folders of runs in it.
  package static func read(_ folder: String) throws -> [String: Run] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode([String: Run].self, from: ask("read", folder))
  }

  /// What `tensorboard` answers over HTTP when it serves a folder: JSON.
  package static func serve(_ folder: String) throws -> Data { try ask("serve", folder) }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private static func ask(_ mode: String, _ folder: String) throws -> Data {
    let name = FileManager.default.temporaryDirectory.appending(path: "tensorboard-\(UUID())").path
    let (answer, errors) = (name + ".json", name + ".log")
    defer { for path in [answer, errors] { try? FileManager.default.removeItem(atPath: path) } }
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
    guard process.terminationStatus == 0 else {
      throw Failure(description: try String(contentsOfFile: errors, encoding: .utf8))
    }
    return try Data(contentsOf: URL(filePath: answer))
  }
}
