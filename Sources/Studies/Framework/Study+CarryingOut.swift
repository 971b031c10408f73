import Formats
import Foundation
import Torch
import Training

/// What is kept of a study that was carried out: `result.json`.
public struct StudyRecord: Codable, Sendable {
  public var study: String
  public var form: StudyForm
  public var seeds: [UInt64]
  /// What does it again, with the folder of the data sets for `FOLDER`.
  public var command: String
  public var versions: [String: String]
  public var processor: String
  public var threads: Int
  public var date: Date
  /// That its parts took.
  public var seconds: Double
  public var verdict: Finding.Verdict
  public var result: StudyResult
}

extension Study {
  /// What a session's folder was begun with: parts of another study or form would be taken for this one's.
  private struct Beginning: Codable, Equatable {
    var study: String
    var form: StudyForm
    var seedCount: Int
  }

  /// Does the study, or what is left of it, and writes `README.md`, `result.json` and the figures into the
  /// session's folder.
  ///
  /// - Throws: `StudyInterruption`; `FileError` for a data set that is missing, or a folder of another
  ///   study; what the study's own steps throw.
  public func carryOut(_ session: StudySession, versions: [String: String] = [:]) throws
    -> StudyRecord
  {
    let beginning = Beginning(study: name, form: session.form, seedCount: session.seeds.count)
    let path = "\(session.folder)/study.json"
    if FileManager.default.fileExists(atPath: path) {
      let found = try JSONFile.read(Beginning.self, from: path)
      guard found == beginning else {
        throw FileError(
          .malformed, path: session.folder,
          problem: "the folder has a part of '\(found.study)' (\(found.form.rawValue), "
            + "\(found.seedCount) seeds)",
          remedy: "Give another folder, or remove this one.")
      }
    } else {
      try JSONFile.write(beginning, to: path)
    }
    let result = try run(session)
    var record = StudyRecord(
      study: name, form: session.form, seeds: session.seeds, command: command(of: session),
      versions: versions.merging(["libtorch": Runtime.version]) { $1 },
      processor: Self.processor, threads: session.threads, date: .now, seconds: session.seconds,
      verdict: result.verdict, result: result)
    let recordPath = "\(session.folder)/result.json"
    // Where all parts were there already, nothing of how they came about has changed.
    if session.stageIndex > 0, !session.hasComputed,
      let earlier = try? JSONFile.read(StudyRecord.self, from: recordPath)
    {
      (record.versions, record.processor) = (earlier.versions, earlier.processor)
      (record.threads, record.date) = (earlier.threads, earlier.date)
    }
    try JSONFile.write(record, to: recordPath)
    try writePage(record, session.figures, remarks: nil, to: session.folder)
    return record
  }

  private func command(of session: StudySession) -> String {
    let seeds =
      session.seeds.count == session.form.seedCount ? "" : " --seeds \(session.seeds.count)"
    return "margin reproduce \(name) --form \(session.form.rawValue)\(seeds) --data FOLDER"
  }

  /// The processor as the system names it.
  private static var processor: String {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let name = information.split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return name ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// Writes the page and its figures into a folder of their own, as they are published.
  ///
  /// What a person has to say besides is in the folder's `remarks.md`, which becomes the page's last
  /// section.
  public func publish(_ record: StudyRecord, from session: StudySession, to folder: String) throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: "\(folder)/figures", withIntermediateDirectories: true)
    // Figures of an earlier page that this one does not have.
    let names = Set(session.figures.map { "\($0.name).svg" })
    for file in try manager.contentsOfDirectory(atPath: "\(folder)/figures")
    where file.hasSuffix(".svg") && !names.contains(file) {
      try manager.removeItem(atPath: "\(folder)/figures/\(file)")
    }
    for (name, _) in session.figures {
      let svg = try String(
        contentsOfFile: "\(session.folder)/figures/\(name).svg", encoding: .utf8)
      try AtomicFile.write(svg, to: "\(folder)/figures/\(name).svg")
    }
    let remarks = try? String(contentsOfFile: "\(folder)/remarks.md", encoding: .utf8)
    try JSONFile.write(record, to: "\(folder)/result.json")
    try writePage(record, session.figures, remarks: remarks, to: folder)
  }

  private func writePage(
    _ record: StudyRecord, _ figures: [(name: String, caption: String)], remarks: String?,
    to folder: String
  ) throws {
    try AtomicFile.write(
      StudyPage(study: self, record: record, figures: figures, remarks: remarks).markdown,
      to: "\(folder)/README.md")
  }
}
