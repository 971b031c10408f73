import Evaluation
import Formats
import Foundation
import Testing
import Training

@testable import Studies

/// A folder that is gone after the test.
private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("margin-studies-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A study that counts how often each of its three parts is computed.
private final class Counter: @unchecked Sendable {
  var computed: [Int] = []
}

private func countingStudy(_ counter: Counter) -> Study {
  Study(name: "counting", title: "Counting", claim: "Three parts are counted.", papers: ["None"]) {
    session in
    let results = try session.results(for: [1, 2, 3], named: ["part 1", "part 2", "part 3"]) {
      part in
      counter.computed.append(part)
      try session.step(0.5)
      return part * 10
    }
    try session.figure("plot", "<svg/>", caption: "A plot.")
    return StudyResult(
      method: "By counting.",
      tables: [StudyTable("Parts", columns: ["part", "value"], rows: [["1", "\(results[0])"]])],
      findings: [Finding("They are tens", .holds, "\(results)")])
  }
}

@Suite("A study")
struct StudyTests {
  @Test("writes its page, its results and its figures")
  func pages() throws {
    try withFolder { folder in
      let session = try StudySession(form: .full, folder: folder, data: nil)
      let record = try countingStudy(Counter()).carryOut(session)
      #expect(record.verdict == .holds)
      let page = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
      for part in [
        "# Counting", "> Three parts are counted.", "**Verdict: holds.** Of 1 statement 1 holds.\n",
        "± is half a 95 % interval over the seeds;",
        "| They are tens | **holds** | [10, 20, 30] |",
        "| part | value |\n| --- | ---: |\n| 1 | 10 |",
        "![A plot.](figures/plot.svg)", "margin reproduce counting --form full", "Seeds 1, 2, 3;",
      ] {
        #expect(page.contains(part), "the page lacks '\(part)'")
      }
      #expect(FileManager.default.fileExists(atPath: "\(folder)/figures/plot.svg"))
      #expect(FileManager.default.fileExists(atPath: "\(folder)/result.json"))
    }
  }

  @Test("that was stopped goes on behind the last part that was done")
  func resumes() throws {
    try withFolder { folder in
      let counter = Counter()
      let study = countingStudy(counter)
      let stopped = try StudySession(
        form: .quick, folder: folder, data: nil, isInterrupted: { counter.computed.count == 2 })
      #expect(throws: StudyInterruption.self) { try study.carryOut(stopped) }
      #expect(counter.computed == [1, 2])
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/result.json"))

      let record = try study.carryOut(StudySession(form: .quick, folder: folder, data: nil))
      #expect(counter.computed == [1, 2, 2, 3])
      #expect(record.result.findings[0].evidence == "[10, 20, 30]")
    }
  }

  @Test("that is read once more keeps the date of its parts")
  func rereading() throws {
    try withFolder { folder in
      let study = countingStudy(Counter())
      func record() throws -> StudyRecord {
        try study.carryOut(StudySession(form: .quick, folder: folder, data: nil))
      }
      // As the file has it, to the second.
      var first = try record()
      first.date = first.date.addingTimeInterval(-86400)
      first.threads = 7
      try JSONFile.write(first, to: "\(folder)/result.json")
      let second = try record()
      #expect(abs(second.date.timeIntervalSince(first.date)) < 1)
      #expect(second.threads == 7)

      try FileManager.default.removeItem(atPath: "\(folder)/parts/part_2.json")
      #expect(try record().date.timeIntervalSince(first.date) > 80000)
    }
  }

  @Test("says what its intervals are over, where they are not over the seeds")
  func uncertainty() throws {
    try withFolder { folder in
      let study = Study(name: "splits", title: "Splits", claim: "None.", papers: ["None"]) { _ in
        StudyResult(
          method: "By hand.", tables: [],
          findings: [.holds, .holds, .doesNotHold, .undecided].map { Finding("x", $0, "y") },
          uncertainty: "± is over splits.")
      }
      _ = try study.carryOut(StudySession(form: .full, folder: folder, data: nil))
      let page = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
      #expect(page.contains("± is over splits. Each comparison"))
      #expect(!page.contains("over the seeds"))
      #expect(
        page.contains(
          "**Verdict: holds in part.** Of 4 statements 2 hold, 1 does not hold here, "
            + "1 cannot be told here."))
    }
  }

  @Test("does not take the parts of another form for its own")
  func otherForm() throws {
    try withFolder { folder in
      let study = countingStudy(Counter())
      _ = try study.carryOut(StudySession(form: .quick, folder: folder, data: nil))
      let error = #expect(throws: FileError.self) {
        try study.carryOut(StudySession(form: .full, folder: folder, data: nil))
      }
      #expect(error?.problem == "the folder has a part of 'counting' (quick, 1 seeds)")
    }
  }

  @Test("says how much is left, from what its parts took")
  func progress() throws {
    try withFolder { folder in
      var reports: [StudyProgress] = []
      let session = try StudySession(
        form: .quick, folder: folder, data: nil, report: { reports.append($0) })
      _ = try countingStudy(Counter()).carryOut(session)
      #expect(reports.map(\.index) == [1, 1, 1, 2, 2, 2, 3, 3, 3])
      #expect(reports.map(\.isEnd).filter { $0 }.count == 3)
      #expect(reports[0].secondsLeft == nil)
      #expect(reports[1].secondsLeft != nil)
      #expect(reports.last?.secondsLeft == 0)
    }
  }

  @Test("is published with what a person has to say of it")
  func publishing() throws {
    try withFolder { folder in
      let session = try StudySession(form: .smoke, folder: "\(folder)/work", data: nil)
      let study = countingStudy(Counter())
      let record = try study.carryOut(session)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/pages/counting", withIntermediateDirectories: true)
      try "## What surprised\n\nNothing.\n".write(
        toFile: "\(folder)/pages/counting/remarks.md", atomically: true, encoding: .utf8)
      try study.publish(record, from: session, to: "\(folder)/pages/counting")
      let page = try String(contentsOfFile: "\(folder)/pages/counting/README.md", encoding: .utf8)
      #expect(page.contains("## What surprised\n\nNothing.\n\n## Papers"))
      #expect(page.contains("(Smoke form: it shows that the study runs"))
      #expect(FileManager.default.fileExists(atPath: "\(folder)/pages/counting/figures/plot.svg"))
    }
  }
}

@Suite("A course")
struct CourseTests {
  @Test("is measured at ever larger steps, and at the end")
  func stops() {
    #expect(StudySession.stops(1000, count: 3) == [10, 100, 1000])
    #expect(StudySession.stops(1, count: 12) == [1])
    #expect(StudySession.stops(50, count: 2) == [1, 50])
  }

  @Test("tells what was trained, and how long, without the measuring")
  func points() throws {
    try withFolder { folder in
      let session = try StudySession(form: .smoke, folder: folder, data: nil, threads: 1)
      var configuration = RunConfiguration()
      (configuration.trainCount, configuration.testCount) = (128, 20)
      configuration.network = "lenet"
      configuration.loss = "triplet"
      configuration.training.epochs = 2
      let dataset = try configuration.loadDataset()
      let course = try session.course(configuration, on: dataset, points: 2) { network, objective in
        Thread.sleep(forTimeInterval: 0.5)
        #expect(objective.head == nil)
        return network.featureCount
      }
      #expect(course.map(\.samples) == [64, 256])
      #expect(course.map(\.epochs) == [0.5, 2])
      #expect(course.map(\.measurement) == [2, 2])
      #expect(course.allSatisfy { $0.loss > 0 && $0.loss.isFinite })
      #expect(course[1].seconds > course[0].seconds)
      let whole = ContinuousClock().measure {
        _ = try? session.course(configuration, on: dataset, points: 2) { _, _ in
          Thread.sleep(forTimeInterval: 0.5)
          return 0
        }
      }
      #expect(course[1].seconds < whole / .seconds(1) - 0.5)
    }
  }
}

@Suite("A verdict")
struct VerdictTests {
  @Test(
    "sums up those of its statements",
    arguments: [
      ([], .undecided), ([.holds], .holds), ([.holds, .holds], .holds),
      ([.holds, .undecided], .holdsInPart), ([.holds, .doesNotHold], .holdsInPart),
      ([.doesNotHold, .undecided], .doesNotHold), ([.undecided, .undecided], .undecided),
      ([.holdsInPart], .holdsInPart),
    ] as [([Finding.Verdict], Finding.Verdict)])
  func parts(parts: [Finding.Verdict], whole: Finding.Verdict) {
    #expect(Finding.Verdict(parts) == whole)
  }

  @Test("needs an interval that excludes 0 to call something larger")
  func larger() {
    #expect(Contrast([0.9, 0.91, 0.92], [0.8, 0.81, 0.82]).isLarger == .holds)
    #expect(Contrast([0.8, 0.81, 0.82], [0.9, 0.91, 0.92]).isLarger == .doesNotHold)
    #expect(Contrast([0.9, 0.7, 0.8], [0.8, 0.85, 0.7]).isLarger == .undecided)
    #expect(Contrast([0.9], [0.1]).isLarger == .undecided)
    #expect(Contrast([0.8, 0.81, 0.82], [0.9, 0.91, 0.92]).isSmaller == .holds)
    let same = Contrast([0.9, 0.8, 0.7], [0.9, 0.8, 0.7])
    #expect(same.isLarger == .doesNotHold && same.isSmaller == .doesNotHold)
    let right = (0..<200).map { $0 < 190 }
    let worse = (0..<200).map { $0 < 150 }
    #expect(Contrast([right], [worse]).isLarger == .holds)
  }

  @Test(
    "goes by the numbers' own intervals where there is one seed, by the seeds where there are more")
  func estimates() {
    let (high, low) = (Estimate(30, spread: 1), Estimate(27, spread: 2))
    let one = Contrast([high], [low])
    #expect(one.isLarger == .holds)
    #expect(abs(one.difference.spread! - 5.0.squareRoot()) < 1e-12)
    #expect(Contrast([high], [Estimate(28.5, spread: 2)]).isLarger == .undecided)
    #expect(Contrast([high], [Estimate(20)]).isLarger == .undecided)
    let seeds = Contrast([high, Estimate(29), Estimate(31)], [low, low, low])
    #expect(seeds.difference == Contrast([30, 29, 31], [27, 27, 27]).difference)
    #expect(seeds.signed(1).hasPrefix("+3.0 ± "))
  }

  @Test("of numbers of items goes by the items where there is one seed, by the seeds' means else")
  func items() {
    let (high, low) = ([3.0, 5, 4, 6], [1.0, 3.5, 2, 4])
    let one = Contrast([high], [low])
    #expect(one.difference.value == 1.875)
    #expect(one.isLarger == .holds)
    let seeds = Contrast([high, low], [low, low])
    #expect(seeds.difference == Contrast([4.5, 2.625], [2.625, 2.625]).difference)
  }

  @Test("needs a narrow interval to call a difference small")
  func small() {
    let near = Contrast([0.9, 0.901, 0.899], [0.9, 0.9, 0.9])
    #expect(near.isSmall(0.005) == .holds)
    #expect(near.isNoSmaller(by: 0.005) == .holds)
    let wide = Contrast([0.95, 0.85, 0.9], [0.9, 0.9, 0.9])
    #expect(wide.isSmall(0.005) == .undecided)
    let far = Contrast([0.8, 0.801, 0.799], [0.9, 0.9, 0.9])
    #expect(far.isSmall(0.005) == .doesNotHold)
    #expect(far.isNoSmaller(by: 0.005) == .doesNotHold)
  }
}

private let repository = URL(fileURLWithPath: #filePath)
  .appendingPathComponent("../../..").standardized.path

/// The data sets of the studies, if they are there.
private let sharedData: String? = {
  let path = URL(fileURLWithPath: "\(repository)/../shared/data").standardized.path
  return FileManager.default.fileExists(atPath: path) ? path : nil
}()

@Suite("The studies")
struct StudyCatalogTests {
  @Test("have names, claims and papers of their own")
  func rows() {
    #expect(Set(StudyCatalog.all.map(\.name)).count == StudyCatalog.all.count)
    for study in StudyCatalog.all {
      #expect(study.name.allSatisfy { $0.isLowercase || $0 == "-" })
      #expect(study.claim.hasSuffix("."))
      #expect(!study.papers.isEmpty)
    }
  }

  @Test(
    "run in their smoke form", .enabled(if: sharedData != nil, "there is no ../shared/data"),
    arguments: StudyCatalog.all.map(\.name))
  func smoke(name: String) throws {
    try withFolder { folder in
      let study = try #require(StudyCatalog.study(named: name))
      let session = try StudySession(form: .smoke, folder: folder, data: sharedData, threads: 1)
      let record = try study.carryOut(session)
      #expect(!record.result.findings.isEmpty)
      #expect(!record.result.tables.isEmpty)
      #expect(session.stageIndex == session.stageCount, "as is told while it runs")
      let page = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
      #expect(!page.contains("nan"))
    }
  }

  @Test("are in the README's table, with the verdicts of their published pages")
  func published() throws {
    let readme = try String(contentsOfFile: "\(repository)/README.md", encoding: .utf8)
    let rows = try #require(readme.components(separatedBy: "\n## Studies\n").last)
      .split(separator: "\n")
    let names = rows.compactMap { $0.wholeMatch(of: /\| `([a-z-]+)` \|[^|]*\|[^|]*\|/)?.1 }
    let listed = names.prefix(StudyCatalog.all.count).map(String.init)
    #expect(listed == StudyCatalog.all.map(\.name))
    for study in StudyCatalog.all {
      let row = try #require(rows.first { $0.hasPrefix("| `\(study.name)` |") }, "\(study.name)")
      let folder = "Studies/\(study.name)"
      let path = "\(repository)/\(folder)/result.json"
      guard FileManager.default.fileExists(atPath: path) else {
        #expect(row.hasSuffix("| – |"), "\(study.name) is not published")
        continue
      }
      let record = try JSONFile.read(StudyRecord.self, from: path)
      #expect(record.form == .full, "\(study.name)")
      #expect(row.hasSuffix("| [\(record.verdict.rawValue)](\(folder)/README.md) |"))
      #expect(record.verdict == record.result.verdict, "\(study.name)")
      let page = try String(contentsOfFile: "\(repository)/\(folder)/README.md", encoding: .utf8)
      let remarks = try? String(
        contentsOfFile: "\(repository)/\(folder)/remarks.md", encoding: .utf8)
      let texts =
        ["> \(study.claim)\n", record.result.counts, "## How\n\n\(record.result.method)\n"]
        + record.result.tables.map(\.markdown) + record.result.caveats.map { "- \($0)\n" }
        + [record.result.uncertainty, remarks].compactMap { $0 }
      for text in texts {
        #expect(page.contains(text), "the page of \(study.name) lacks '\(text)'")
      }
    }
  }

  @Test("that lack their data say where it was looked for")
  func missingData() throws {
    try withFolder { folder in
      let study = try #require(StudyCatalog.study(named: "bias"))
      let session = try StudySession(form: .smoke, folder: "\(folder)/work", data: "\(folder)/none")
      let error = #expect(throws: FileError.self) { try study.carryOut(session) }
      #expect(error?.kind == .missing)
      #expect(error?.path == "\(folder)/none/mnist")
    }
  }
}
