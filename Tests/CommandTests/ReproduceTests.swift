import Foundation
import Testing

@Suite("reproduce puts claims to the test")
struct ReproduceTests {
  /// The study that needs no data.
  private let study = ["reproduce", "divergences", "--form", "smoke", "--threads", "1"]

  @Test("--list names every study")
  func list() throws {
    let result = try margin("reproduce", "--list")
    #expect(result.code == 0, "\(result.errors)")
    let rows = result.output.split(separator: "\n").map(String.init)
    let json = try json(margin("reproduce", "--list", "--json")) as? [[String: Any]]
    let names = json?.compactMap { $0["name"] as? String } ?? []
    #expect(names.count > 20)
    for name in names { #expect(rows.contains(name), "\(name)") }
  }

  @Test("says how far it is, prints tables and verdicts, and publishes a page")
  func carryOut() throws {
    try withTemporaryFolder { folder in
      let result = try wait(
        start(study + ["--output", "work", "--publish", "pages"], in: folder))
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("divergences: stage 1 of 2, part 1 of 6, "))
      #expect(result.errors.contains("divergences: stage 2 of 2, part 1 of 1, identities: done"))
      #expect(result.output.contains("H(p, q) = H(p) + KL(p‖q)"))
      #expect(result.output.hasSuffix("work/divergences-smoke/README.md\n"))
      let published = contents(folder + "/pages/divergences")
      #expect(published.contains("README.md") && published.contains("result.json"))
      let page = try String(
        contentsOfFile: folder + "/pages/divergences/README.md", encoding: .utf8)
      for figure in published where figure.hasSuffix(".svg") {
        #expect(page.contains("](\(figure))"), "\(figure)")
      }
    }
  }

  @Test("Ctrl-C keeps what is done and exits with 130; the same command ends with the same numbers")
  func interruption() throws {
    try withTemporaryFolder { folder in
      let whole = try wait(start(study + ["--output", "whole"], in: folder))
      #expect(whole.code == 0, "\(whole.errors)")
      let running = try start(study + ["--output", "stopped"], in: folder)
      let parts = folder + "/stopped/divergences-smoke/parts"
      let deadline = Date.now + 60
      while contents(parts).isEmpty, Date.now < deadline { usleep(1000) }
      running.0.interrupt()
      let stopped = try wait(running)
      #expect(stopped.code == 130, "\(stopped.errors)")
      #expect(stopped.errors.contains("go on with the same command"))
      let kept = Set(contents(parts))
      #expect(!kept.isEmpty && !contents(parts).contains("identities.json"))

      let resumed = try wait(start(study + ["--output", "stopped"], in: folder))
      #expect(resumed.code == 0, "\(resumed.errors)")
      #expect(!resumed.errors.contains("stage 1 of 2, part 1 of 6"))
      #expect(resumed.output == whole.output.replacing("whole/", with: "stopped/"))
    }
  }

  @Test("data that are missing are named with the folder and their address")
  func missingData() throws {
    try withTemporaryFolder { folder in
      for (name, set, address) in [
        ("bias", "mnist", "/mnist/"), ("open-set", "omniglot", "https://github.com/"),
        ("text", "text/trec", "https://cogcomp.seas.upenn.edu/"),
        ("edges", "bsds500", "https://www2.eecs.berkeley.edu/"),
        ("perceptual", "cifar10-jpeg", "https://github.com/"),
        ("robust-regression", "uci", "https://archive.ics.uci.edu/"),
      ] {
        let result = try margin(
          "reproduce", name, "--form", "smoke", "--data", "nowhere", in: folder)
        #expect(result.code == 66)
        #expect(result.errors.contains("nowhere/\(set): there is no such"), "\(result.errors)")
        #expect(result.errors.contains(address), "\(result.errors)")
      }
    }
  }

  @Test("an unknown study is answered with the nearest, none at all with what to give")
  func usage() throws {
    let unknown = try margin("reproduce", "biass")
    #expect(unknown.code == 64 && unknown.errors.contains("did you mean 'bias'?"))
    let none = try margin("reproduce")
    #expect(none.code == 64 && none.errors.contains("--list"))
    #expect(try margin("reproduce", "bias", "--seeds", "0").code == 64)
  }
}
