import Formats
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A file to be fetched, and what it must turn out to be.
package struct RemoteFile: Sendable {
  package let name: String
  package let byteCount: Int
  /// 64 lower-case hexadecimal digits.
  package let sha256: String

  package init(name: String, byteCount: Int, sha256: String) {
    (self.name, self.byteCount, self.sha256) = (name, byteCount, sha256)
  }
}

/// Fetches files from the first of several mirrors that has them as they should be.
package struct Download: Sendable {
  /// Folders, in the order in which they are tried.
  package var mirrors: [URL]
  /// The longest silence of a mirror, in seconds, before the next one is tried.
  package var patience: TimeInterval
  package var report: (@Sendable (String) -> Void)?

  package init(
    mirrors: [URL], patience: TimeInterval = 30, report: (@Sendable (String) -> Void)? = nil
  ) {
    (self.mirrors, self.patience, self.report) = (mirrors, patience, report)
  }

  /// Puts the file into the folder, which is made if need be: the right file, or nothing.
  ///
  /// - Throws: `FileError` of kind `.missing` that says of each mirror why it did not serve, or of
  ///   kind `.inputOutput` if the file cannot be written.
  package func fetch(_ file: RemoteFile, into folder: String) throws(FileError) {
    let path = folder + "/" + file.name
    var failures: [String] = []
    for mirror in mirrors {
      switch content(of: file, at: mirror.appendingPathComponent(file.name)) {
      case .success(let bytes):
        try makeFolder(folder)
        try AtomicFile.write(bytes, to: path)
        return
      case .failure(let failure):
        failures.append("\(mirror.absoluteString): \(failure.reason)")
      }
    }
    throw FileError(
      .missing, path: path,
      problem: "the file is not here and could not be downloaded from "
        + failures.joined(separator: "; from "))
  }

  private struct Failure: Error {
    let reason: String
  }

  private func content(of file: RemoteFile, at url: URL) -> Result<[UInt8], Failure> {
    report?("downloading \(url.absoluteString)")
    let transfer = Transfer(file, report: report)
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = patience
    configuration.urlCache = nil
    let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: nil)
    defer { session.invalidateAndCancel() }
    session.dataTask(with: url).resume()
    let bytes: [UInt8]
    switch transfer.wait() {
    case .success(let received): bytes = received
    case .failure(let failure): return .failure(failure)
    }
    guard bytes.count == file.byteCount else {
      return .failure(
        Failure(reason: "found \(bytes.count) bytes, expected \(file.byteCount)"))
    }
    let digest = SHA256.digest(of: bytes)
    guard digest == file.sha256 else {
      return .failure(Failure(reason: "found SHA-256 \(digest), expected \(file.sha256)"))
    }
    return .success(bytes)
  }

  /// One transfer: collects the bytes, never more than expected, and tells how far it is.
  ///
  /// Sendable because the session calls it on one serial queue, and `wait` reads the outcome only
  /// after the semaphore was raised there.
  private final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let file: RemoteFile
    private let report: (@Sendable (String) -> Void)?
    private let done = DispatchSemaphore(value: 0)
    private let start = Date()
    private var lastReport = Date()
    private var bytes: [UInt8] = []
    private var refusal: String?
    private var outcome: Result<[UInt8], Failure> = .success([])

    init(_ file: RemoteFile, report: (@Sendable (String) -> Void)?) {
      (self.file, self.report) = (file, report)
    }

    func wait() -> Result<[UInt8], Failure> {
      done.wait()
      return outcome
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      if let status = (response as? HTTPURLResponse)?.statusCode, status != 200 {
        refusal = "the server answered with status \(status)"
      }
      completionHandler(refusal == nil ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      guard bytes.count + data.count <= file.byteCount else {
        refusal = "found more than the expected \(file.byteCount) bytes"
        dataTask.cancel()
        return
      }
      bytes += data
      let now = Date()
      guard now.timeIntervalSince(lastReport) >= 1 else { return }
      lastReport = now
      let rate = Double(bytes.count) / now.timeIntervalSince(start)
      report?(
        "\(file.name): \(megabytes(Double(bytes.count))) of \(megabytes(Double(file.byteCount))) "
          + "MB, \(megabytes(rate)) MB/s")
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?)
    {
      if let reason = refusal ?? error?.localizedDescription {
        outcome = .failure(Failure(reason: reason))
      } else {
        outcome = .success(bytes)
      }
      done.signal()
    }

    private func megabytes(_ count: Double) -> String { String(format: "%.1f", count / 1e6) }
  }
}
