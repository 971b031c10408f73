import Formats
import Foundation
import Testing

/// What a command left behind.
struct CommandResult {
  var code: Int32
  var output: String
  var errors: String
}

/// The program as it was built beside the tests.
let programPath: String = {
  // `swift test` builds the program into the folder of the test bundle.
  let bundle = CommandLine.arguments[0]
  var folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
  while folder.path != "/" {
    let candidate = folder.appendingPathComponent("margin").path
    if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
    folder.deleteLastPathComponent()
  }
  return "margin-not-found"
}()

/// Starts `margin`.
func start(_ arguments: [String], in folder: String) throws -> (Process, URL, URL) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: programPath)
  process.arguments = arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  // Files instead of pipes: nothing can fill up while nobody reads.
  let name = UUID().uuidString
  let output = FileManager.default.temporaryDirectory.appendingPathComponent("out-" + name)
  let errors = FileManager.default.temporaryDirectory.appendingPathComponent("err-" + name)
  for url in [output, errors] { try Data().write(to: url) }
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  process.standardInput = FileHandle.nullDevice
  try process.run()
  return (process, output, errors)
}

/// Waits for a started command.
func wait(_ started: (Process, URL, URL)) throws -> CommandResult {
  let (process, output, errors) = started
  process.waitUntilExit()
  defer { for url in [output, errors] { try? FileManager.default.removeItem(at: url) } }
  let isSignal = process.terminationReason == .uncaughtSignal
  return CommandResult(
    code: isSignal ? -process.terminationStatus : process.terminationStatus,
    output: try String(contentsOf: output, encoding: .utf8),
    errors: try String(contentsOf: errors, encoding: .utf8))
}

/// Runs `margin` to its end.
func margin(_ arguments: String..., in folder: String = NSTemporaryDirectory()) throws
  -> CommandResult
{
  try wait(start(arguments, in: folder))
}

/// A folder that goes when the test ends.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "margin-command-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// The names in a folder, with those in folders below.
func contents(_ folder: String) -> [String] {
  ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted()
}

/// A training of a second.
let small = [
  "--network", "lenet", "--train-count", "200", "--test-count", "60", "--epochs", "1",
  "--batch-size", "50",
  "--threads", "1",
]

/// The JSON that a command printed.
func json(_ result: CommandResult) throws -> Any {
  try JSONSerialization.jsonObject(with: Data(result.output.utf8))
}
