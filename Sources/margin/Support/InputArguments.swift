import ArgumentParser
import Foundation

/// How an input that is no run is read.
struct InputArguments: ParsableArguments {
  @Option(
    name: .customLong("array"),
    help: ArgumentHelp(
      "What an array of a file is: features | flipped | logits | probabilities | labels | weights.",
      valueName: "role>=<name"))
  var arrays: [String] = []

  @Option(help: "A file of the labels, where they are in one of their own.")
  var labels: String?

  func validate() throws { _ = try roles() }

  func roles() throws -> [EvaluationInput.Role: String] {
    try arrays.reduce(into: [:]) { roles, text in
      let words = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard words.count == 2, let role = EvaluationInput.Role(rawValue: words[0]) else {
        throw ValidationError(
          "--array is ROLE=NAME with a role of "
            + EvaluationInput.Role.allCases.map(\.rawValue).joined(separator: ", ")
            + ", not '\(text)'")
      }
      roles[role] = words[1]
    }
  }
}

/// Whether an input is a folder, which should be of a run, else a file.
///
/// - Throws: `Failure` if there is neither.
func isFolderOfRun(_ path: String) throws -> Bool {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    throw Failure(
      .missingInput,
      "\(path): there is no such file, and no run. Give the folder of a run, or a file of features or "
        + "scores")
  }
  return isFolder.boolValue
}
