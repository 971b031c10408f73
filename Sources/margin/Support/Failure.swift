import ArgumentParser
import Datasets
import Evaluation
import Formats
import Foundation
import Losses
import Networks
import Torch
import Training

/// The end of a command that did not succeed: a message for people, and an exit code by sysexits
/// for programs.
struct Failure: Error {
  enum Code: Int32 {
    /// A check found something wrong.
    case failed = 1
    case usage = 64
    case badData = 65
    case missingInput = 66
    case software = 70
    case inputOutput = 74
    case interrupted = 130
    case terminated = 143
  }

  let code: Code
  /// nil where all has been said.
  let message: String?
  private var original: (any Error)?

  init(_ code: Code, _ message: String?) {
    self.code = code
    self.message = message
  }

  init(_ error: any Error) {
    switch error {
    case let failure as Failure:
      self = failure
    case let error as FileError:
      let code: Code =
        switch error.kind {
        case .missing: .missingInput
        case .malformed: .badData
        case .inputOutput: .inputOutput
        }
      self.init(code, "\(error)")
    case let error as DatasetError:
      self.init(.badData, "\(error)")
    case let error as LossError:
      self.init(error.kind == .usage ? .usage : .badData, "\(error)")
    case let error as ProjectionError:
      self.init(error.kind == .usage ? .usage : .badData, "\(error)")
    case let error as NetworkError:
      self.init(.usage, "\(error)")
    case let error as TrainingError:
      let code: Code =
        switch error.kind {
        case .usage: .usage
        case .data: .badData
        case .diverged: .software
        }
      self.init(code, "\(error)")
    case let error as TorchError:
      self.init(.software, "libtorch: \(error)")
    default:
      self.init(.software, "\(error)")
      if Margin.exitCode(for: error) != .failure { original = error }
    }
  }

  func exit() -> Never {
    // Help, versions and what is wrong with a command line are ArgumentParser's to say.
    if let original { Margin.exit(withError: original) }
    if let message { printError("margin: error: \(message)") }
    Foundation.exit(code.rawValue)
  }
}

/// Writes a line to stderr.
func printError(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}
