import Datasets
import Formats
import Foundation
import Synchronization
import Testing

@Suite("Download")
struct DownloadTests {
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
  private var file: RemoteFile {
    RemoteFile(name: "a.gz", byteCount: content.count, sha256: SHA256.digest(of: content))
  }

  /// Serves the replies, each under the folder of its number, and fetches the file from there.
  private func fetch(
    _ replies: [LoopbackServer.Reply], into folder: String,
    report: (@Sendable (String) -> Void)? = nil
  ) throws -> [String] {
    let server = try LoopbackServer(
      Dictionary(uniqueKeysWithValues: replies.enumerated().map { ("\($0)/a.gz", $1) }))
    defer { server.stop() }
    let mirrors = replies.indices.map { server.url(String($0)) }
    try Download(mirrors: mirrors, patience: 5, report: report).fetch(file, into: folder)
    return server.requests
  }

  @Test("The right file arrives from the first mirror, in a folder made for it")
  func arrives() throws {
    try withTemporaryFolder { folder in
      let notices = Mutex<[String]>([])
      let requests = try fetch([.init(body: content)], into: folder + "/new/place") { line in
        notices.withLock { $0.append(line) }
      }
      #expect(requests == ["0/a.gz"])
      #expect(contents(of: folder + "/new/place") == ["a.gz"])
      #expect(try bytes(folder + "/new/place/a.gz") == content)
      #expect(notices.withLock { $0[0] }.contains("downloading http://127.0.0.1"))
    }
  }

  @Test("Mirrors that serve something else are passed over")
  func nextMirror() throws {
    try withTemporaryFolder { folder in
      var wrong = content
      wrong[1000] ^= 1
      let requests = try fetch(
        [
          .init(status: 503, body: content), .init(body: wrong), .init(body: content + [0]),
          .init(body: Array(content.dropLast())),
          .init(body: Array(content.dropLast(5)), promisedLength: content.count),
          .init(body: content),
        ], into: folder)
      #expect(requests == (0..<6).map { "\($0)/a.gz" })
      #expect(try bytes(folder + "/a.gz") == content)
    }
  }

  @Test("Where no mirror serves, each is named with its reason and nothing is left behind")
  func noMirror() throws {
    try withTemporaryFolder { folder in
      var wrong = content
      wrong[0] ^= 1
      let text = message {
        _ = try fetch(
          [
            .init(status: 404), .init(body: wrong), .init(body: content + content),
            .init(body: [1, 2, 3]),
          ], into: folder)
      }
      #expect(text.contains("/0/: the server answered with status 404"))
      let digest = SHA256.digest(of: wrong)
      #expect(text.contains("/1/: found SHA-256 \(digest), expected \(file.sha256)"))
      #expect(text.contains("/2/: found more than the expected 300000 bytes"))
      #expect(text.contains("/3/: found 3 bytes, expected 300000"))
      #expect(contents(of: folder).isEmpty)
    }
  }

  @Test("A machine that cannot be reached is an error of kind missing")
  func unreachable() throws {
    try withTemporaryFolder { folder in
      let mirror = try LoopbackServer.deadURL()
      let error = #expect(throws: FileError.self) {
        try Download(mirrors: [mirror], patience: 5).fetch(file, into: folder + "/x")
      }
      #expect(error?.kind == .missing)
      #expect(error?.problem.contains(mirror.absoluteString) == true)
      #expect(contents(of: folder).isEmpty)
    }
  }

  @Test("A folder that cannot be made is an error of kind input or output")
  func folderInTheWay() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("a file", to: folder + "/x")
      let error = #expect(throws: FileError.self) {
        _ = try fetch([.init(body: content)], into: folder + "/x/y")
      }
      #expect(error?.kind == .inputOutput)
    }
  }
}
