import Foundation

/// The page of a study: what is claimed, what was found, and how.
struct StudyPage {
  let study: Study
  let record: StudyRecord
  let figures: [(name: String, caption: String)]
  let remarks: String?

  var markdown: String {
    var sections = [
      "# \(study.title)",
      "> \(study.claim)",
      "**Verdict: \(record.verdict.rawValue).** \(record.result.counts)"
        + (record.form == .full ? "" : formNote),
      findings,
    ]
    sections += record.result.tables.map(\.markdown)
    sections += figures.map { "![\($0.caption)](figures/\($0.name).svg)\n\n*\($0.caption)*" }
    sections.append("## How\n\n\(record.result.method)")
    if !record.result.caveats.isEmpty {
      sections.append(record.result.caveats.map { "- \($0)" }.joined(separator: "\n"))
    }
    sections.append(circumstances)
    if let remarks = remarks?.trimmingCharacters(in: .whitespacesAndNewlines), !remarks.isEmpty {
      sections.append(remarks)
    }
    sections.append(
      "## Papers\n\n" + study.papers.map { "- \($0)" }.joined(separator: "\n"))
    return sections.joined(separator: "\n\n") + "\n"
  }

  private var formNote: String {
    record.form == .smoke
      ? " (Smoke form: it shows that the study runs, and its numbers say nothing.)"
      : " (Quick form: fewer samples, epochs and seeds than the full one.)"
  }

  private var findings: String {
    let rows = record.result.findings.map {
      StudyTable.line([$0.statement, "**\($0.verdict.rawValue)**", $0.evidence])
    }
    return (["| if it is right | verdict | what was seen |", "|---|---|---|"] + rows)
      .joined(separator: "\n")
  }

  private var circumstances: String {
    let date = record.date.formatted(.iso8601.year().month().day())
    let versions = record.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let facts = [
      "```sh\n\(record.command)\n```",
      "",
      "Seeds \(record.seeds.map(String.init).joined(separator: ", ")); "
        + "\(Self.time(record.seconds)) on \(record.threads) thread\(record.threads == 1 ? "" : "s") of an \(record.processor); "
        + "\(versions.joined(separator: ", ")); \(date). "
        + (record.result.uncertainty ?? Self.uncertainty(record.seeds.count))
        + " Each comparison stands for itself: of twenty where there is no difference one is expected to "
        + "show some.",
    ]
    return facts.joined(separator: "\n")
  }

  private static func uncertainty(_ seedCount: Int) -> String {
    seedCount > 1
      ? "± is half a 95 % interval over the seeds; differences are paired by seed (Student)."
      : "± is half a 95 % interval over the samples, which tells nothing of other seeds; what is right or "
        + "wrong on the same samples is paired by sample (McNemar)."
  }

  static func time(_ seconds: Double) -> String {
    seconds < 90
      ? "\(Int(seconds.rounded())) s"
      : seconds < 5400
        ? "\(Int((seconds / 60).rounded())) min"
        : "\((seconds / 3600).cell(1)) h"
  }
}
