import Evaluation
import Foundation
import Reports

/// A table of a study's page.
public struct StudyTable: Codable, Sendable, Equatable {
  public var title: String
  public var columns: [String]
  public var rows: [[String]]
  /// What its numbers are, beneath it.
  public var note: String

  /// - Precondition: Every row has as many cells as there are columns.
  public init(_ title: String, columns: [String], rows: [[String]], note: String = "") {
    precondition(rows.allSatisfy { $0.count == columns.count })
    (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
  }

  /// A row of a table in Markdown.
  static func line(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  var markdown: String {
    let rule = columns.indices.map { $0 == 0 ? "---" : "---:" }
    let table = ([columns, rule] + rows).map(Self.line).joined(separator: "\n")
    return "### \(title)\n\n\(table)\n" + (note.isEmpty ? "" : "\n\(note)\n")
  }
}

extension Double {
  /// With a fixed number of digits after the point; "–" for what is no number.
  package func cell(_ digits: Int) -> String {
    guard !isNaN else { return "–" }
    let text = String(format: "%.\(digits)f", self)
    return Double(text) == 0 ? text.replacing("-", with: "") : text
  }

  /// As a power of ten with digits before it: "2e-16".
  package var power: String { String(format: "%.0e", self) }
}

extension Estimate {
  /// The value and half the width of its 95 % interval, both multiplied: "99.12 ± 0.20".
  package func cell(_ digits: Int, times factor: Double = 1) -> String {
    let value = (self.value * factor).cell(digits)
    guard let spread, spread.isFinite else { return value }
    return "\(value) ± \((spread * factor).cell(digits))"
  }

  /// A point of a curve with the interval, all multiplied.
  func point(at x: Double, times factor: Double = 1) -> RunSummary.Point {
    RunSummary.Point(
      x: x, y: value * factor, lower: lower.map { $0 * factor }, upper: upper.map { $0 * factor })
  }

  /// A share in percent.
  package var percent: String { cell(2, times: 100) }

  /// The mean over seeds, where there are several, else the only one with its own interval.
  package static func over(_ seeds: [Estimate]) -> Estimate {
    seeds.count == 1 ? seeds[0] : .mean(seeds.map(\.value))
  }
}
