import Foundation
import Studies
import Training

/// Shows how far a training is: on a terminal one line that changes, in a log a line now and then.
final class ProgressLine {
  private let label: String
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastPrint = Date.distantPast

  init(_ label: String) { self.label = label }

  func show(_ progress: TrainingProgress) {
    var line = "\(label): epoch \(progress.epoch.formatted(1)), loss \(progress.loss.formatted(4))"
    if let accuracy = progress.testAccuracy {
      line += ", test accuracy \((accuracy * 100).formatted(2)) %"
    }
    line +=
      ", \(Int(progress.samplesPerSecond)) samples/s, \(duration(progress.secondsLeft)) left"
    if isTerminal {
      let end = progress.testAccuracy == nil ? "" : "\n"
      FileHandle.standardError.write(Data("\r\u{1B}[K\(line)\(end)".utf8))
    } else if progress.testAccuracy != nil || Date.now.timeIntervalSince(lastPrint) > 10 {
      printError(line)
      lastPrint = .now
    }
  }
}

extension ProgressLine {
  /// How much of a count is done, on a line that the last one ends.
  func show(_ done: Int, of count: Int, _ what: String) {
    // A terminal that is written to for each of thousands of things would take most of the time.
    guard done == count || Date.now.timeIntervalSince(lastPrint) > (isTerminal ? 0.1 : 10)
    else { return }
    lastPrint = .now
    let line = "\(label): \(done) of \(count) \(what)"
    if isTerminal {
      FileHandle.standardError.write(
        Data("\r\u{1B}[K\(line)\(done == count ? "\n" : "")".utf8))
    } else {
      printError(line)
    }
  }
}

extension ProgressLine {
  func show(_ progress: StudyProgress) {
    guard
      progress.isEnd || Date.now.timeIntervalSince(lastPrint) > (isTerminal ? 0.1 : 10)
    else { return }
    lastPrint = .now
    let hasStages = progress.stageCount > 1
    var line = "\(label): "
    if hasStages { line += "stage \(progress.stage) of \(progress.stageCount), " }
    line += "part \(progress.index) of \(progress.count), \(progress.part)"
    line += progress.isEnd ? ": done" : ", \(Int(progress.share * 100)) %"
    if let seconds = progress.secondsLeft, seconds > 0 {
      line += ", \(duration(seconds)) left" + (hasStages ? " in this stage" : "")
    }
    if isTerminal {
      FileHandle.standardError.write(
        Data("\r\u{1B}[K\(line)\(progress.isEnd ? "\n" : "")".utf8))
    } else {
      printError(line)
    }
  }
}

/// Shows the steps of some work: on a terminal one line that changes, in a log only the last.
final class StepLine {
  private let label: String
  private let isTerminal = isatty(STDERR_FILENO) != 0

  init(_ label: String) { self.label = label }

  func show(_ text: String, isLast: Bool) {
    if isTerminal {
      let end = isLast ? "\n" : ""
      FileHandle.standardError.write(Data("\r\u{1B}[K\(label): \(text)\(end)".utf8))
    } else if isLast {
      printError("\(label): \(text)")
    }
  }
}

/// "1:05 min" or "12 s".
func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded(.up))
  guard whole >= 60 else { return "\(whole) s" }
  let rest = whole % 60
  return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest) min"
}

extension Double {
  /// With a fixed number of digits after the point; "–" for what is no number.
  func formatted(_ digits: Int) -> String {
    isNaN ? "–" : String(format: "%.\(digits)f", self)
  }
}
