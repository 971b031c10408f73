import ArgumentParser
import Formats
import Foundation
import Losses
import Studies
import Torch
import Training

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Put the literature's claims about losses to the test.",
    discussion: """
      Examples:

        margin reproduce --list
        margin reproduce feature-geometry --data data
        margin reproduce center-loss margins --form full --data data --publish Studies

      A study writes a page with its tables, figures and verdict into a folder of its own in --output. \
      Ctrl-C saves what is done; the same command goes on from there.
      """)

  @Argument(help: "The studies: see --list.")
  var studies: [String] = []

  @Flag(help: "List the studies and what they test.")
  var list = false

  @Flag(help: "All studies, one after another.")
  var all = false

  @Option(
    help: """
      smoke | quick | full: seconds that only show that it runs, minutes, or as long as the verdict takes.
      """)
  var form = StudyForm.quick

  @Option(help: "The folder with the data sets' folders, such as mnist and omniglot.")
  var data: String?

  @Option(help: "How many times each training is repeated (default: 3 in the full form, else 1).")
  var seeds: Int?

  @Option(help: "The threads of libtorch (default: one for each core).")
  var threads: Int?

  @Option(help: "Where the studies' folders are, each named after study and form.")
  var output = "runs/reproduce"

  @Option(help: "A folder that gets the finished pages and figures too, as STUDY/README.md.")
  var publish: String?

  @Flag(help: "Print the list, or the results, as JSON.")
  var json = false

  func validate() throws {
    guard list || all || !studies.isEmpty else {
      throw ValidationError("name a study, or give --all, or --list to see them")
    }
    guard !all || studies.isEmpty else {
      throw ValidationError("--all takes no names of studies besides")
    }
    if let seeds, !(1...100).contains(seeds) {
      throw ValidationError("--seeds must be in 1...100, not \(seeds)")
    }
  }

  func run() throws {
    if list { return try printList() }
    let chosen = try all ? StudyCatalog.all : studies.map(Self.study)
    let interruption = Interruption()
    var records: [StudyRecord] = []
    for study in chosen {
      let line = ProgressLine(study.name)
      let session = try StudySession(
        form: form, seeds: seeds, folder: "\(output)/\(study.name)-\(form.rawValue)", data: data,
        threads: threads ?? Runtime.threadCount, report: line.show,
        isInterrupted: { interruption.isRequested })
      let record: StudyRecord
      do {
        record = try study.carryOut(session, versions: ["margin": Margin.version])
      } catch is StudyInterruption {
        throw Failure(
          interruption.code, "interrupted; all is saved: go on with the same command")
      }
      records.append(record)
      if let publish {
        try study.publish(record, from: session, to: "\(publish)/\(study.name)")
      }
      if !json { print(Self.text(study, record, folder: session.folder)) }
    }
    if json { print(String(decoding: try JSONFile.encode(records), as: UTF8.self)) }
  }

  private static func study(named name: String) throws -> Study {
    guard let study = StudyCatalog.study(named: name) else {
      throw Failure(
        .usage,
        "there is no study '\(name)'"
          + suggestion(for: name, among: StudyCatalog.all.map(\.name))
          + "; 'margin reproduce --list' lists them")
    }
    return study
  }

  private struct Row: Codable {
    var name, title, claim: String
    var papers, data: [String]
  }

  private func printList() throws {
    guard json else {
      for study in StudyCatalog.all {
        print("\(study.name)\n  \(study.title). \(study.claim)")
        if !study.data.isEmpty {
          print("  Data: \(study.data.map(\.rawValue).joined(separator: ", "))")
        }
      }
      return
    }
    let rows = StudyCatalog.all.map {
      Row(
        name: $0.name, title: $0.title, claim: $0.claim, papers: $0.papers,
        data: $0.data.map(\.rawValue))
    }
    print(String(decoding: try JSONFile.encode(rows), as: UTF8.self))
  }

  private static func text(_ study: Study, _ record: StudyRecord, folder: String) -> String {
    var lines = ["\(study.title): \(record.verdict.rawValue)"]
    for table in record.result.tables {
      lines += ["", table.title, TextTable(header: table.columns, rows: table.rows).text]
    }
    lines.append("")
    lines += record.result.findings.map {
      "\($0.statement)\n  \($0.verdict.rawValue): \($0.evidence)"
    }
    if record.form != .full {
      lines.append(
        "This was the \(record.form.rawValue) form; --form full is what a verdict rests on.")
    }
    return (lines + ["", "\(folder)/README.md"]).joined(separator: "\n")
  }
}

extension StudyForm: ExpressibleByArgument {}
