import Foundation

/// A Chromium without a window, for looking at a page as a reader does.
struct Browser {
  /// What a page did when it was opened.
  struct Visit {
    /// Everything that was written to the console, errors that nothing caught among it.
    let console: [String]
    /// What the probe gave.
    let answer: String?
  }

  enum Failure: Error, CustomStringConvertible {
    case timeout(seconds: Int)
    case exit(code: Int32, errors: String)

    var description: String {
      switch self {
      case .timeout(let seconds): "the browser did not finish within \(seconds) seconds"
      case .exit(let code, let errors): "the browser ended with \(code):\n\(errors.suffix(2_000))"
      }
    }
  }

  private static let patience = 90
  private let executable: URL

  /// The browser of this machine, or nil if none is on the path.
  static let installed: Browser? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for name in ["chromium", "chromium-browser", "google-chrome"] {
      for folder in folders {
        let path = "\(folder)/\(name)"
        if FileManager.default.isExecutableFile(atPath: path) {
          return Browser(executable: URL(fileURLWithPath: path))
        }
      }
    }
    return nil
  }()

  /// Opens `page` at a width and evaluates `probe`, a JavaScript expression or a promise of
  /// one, once it has loaded.
  ///
  /// The page stands in a frame, because a browser window has a least width above a phone's.
  func visit(_ page: String, width: Int, height: Int, probe: String) throws -> Visit {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let asking = """
      <script>addEventListener('load', async () =>
        parent.postMessage(String(await \(probe)), '*'));</script></body>
      """
    let frame = """
      <!doctype html><iframe src="page.html" width="\(width)" height="\(height)"></iframe>
      <script>addEventListener('message', (e) => {
        document.documentElement.dataset.answer = e.data; });</script>
      """
    let files = ["page.html": page.replacing("</body>", with: asking), "frame.html": frame]
    for (name, content) in files {
      try Data(content.utf8).write(to: folder.appendingPathComponent(name))
    }
    let (output, errors) = try run(in: folder)
    let answer = output.firstMatch(of: /data-answer="([^"]*)"/).map { String($0.1) }
    let console = errors.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init)
    return Visit(console: console, answer: answer)
  }

  private func run(in folder: URL) throws -> (output: String, errors: String) {
    let output = folder.appendingPathComponent("output")
    let errors = folder.appendingPathComponent("errors")
    let process = Process()
    process.executableURL = executable
    process.arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--no-first-run", "--user-data-dir=\(folder.appendingPathComponent("profile").path)",
      "--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000",
      "--window-size=1600,1200", "--dump-dom",
      folder.appendingPathComponent("frame.html").absoluteString,
    ]
    // Files instead of pipes: nothing blocks, however much is written.
    for url in [output, errors] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let deadline = Date().addingTimeInterval(Double(Self.patience))
    while process.isRunning {
      guard Date() < deadline else {
        process.terminate()
        throw Failure.timeout(seconds: Self.patience)
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    guard process.terminationStatus == 0 else {
      throw Failure.exit(code: process.terminationStatus, errors: said)
    }
    return (String(decoding: try Data(contentsOf: output), as: UTF8.self), said)
  }
}
