import Foundation
import Synchronization

/// A web server on this machine for one test: answers every path with a prepared reply.
final class LoopbackServer: Sendable {
  struct Reply: Sendable {
    var status = 200
    var body: [UInt8] = []
    /// The length that the header promises, where it is not the body's.
    var promisedLength: Int?
  }

  /// The address of the server's folder `name`.
  func url(_ name: String) -> URL { URL(string: "http://127.0.0.1:\(port)/\(name)/")! }

  /// The paths that were asked for, in order.
  var requests: [String] { log.withLock { $0 } }

  private let port: UInt16
  private let listener: Int32
  private let replies: [String: Reply]
  private let log = Mutex<[String]>([])

  /// Serves until `stop`; a path that has no reply gets status 404.
  init(_ replies: [String: Reply]) throws {
    self.replies = replies
    (listener, port) = try Self.listen()
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        answer(connection)
        close(connection)
      }
    }
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// An address on this machine where nobody listens.
  static func deadURL() throws -> URL {
    let (listener, port) = try listen()
    close(listener)
    return URL(string: "http://127.0.0.1:\(port)/")!
  }

  /// A client that goes away early must not end the process by a signal.
  #if os(Linux)
    private static let flags = Int32(MSG_NOSIGNAL)
  #else
    private static let flags: Int32 = 0
  #endif

  deinit { close(listener) }

  /// A listening socket on a port of the system's choice.
  private static func listen() throws -> (Int32, UInt16) {
    #if os(Linux)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    #if !os(Linux)
      var yes: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        guard bind(descriptor, generic, length) == 0 else { return Int32(-1) }
        guard Foundation.listen(descriptor, 8) == 0 else { return Int32(-1) }
        return getsockname(descriptor, generic, &length)
      }
    }
    guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private func answer(_ connection: Int32) {
    var request: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while request.suffix(4) != [13, 10, 13, 10] {
      let count = recv(connection, &chunk, chunk.count, 0)
      if count <= 0 { return }
      request += chunk[..<count]
    }
    let words = String(decoding: request, as: UTF8.self).split(separator: " ")
    let path = String(words.count > 1 ? words[1].dropFirst() : "")
    log.withLock { $0.append(path) }
    let reply = replies[path] ?? Reply(status: 404)
    let header =
      "HTTP/1.1 \(reply.status) Reply\r\n"
      + "Content-Length: \(reply.promisedLength ?? reply.body.count)\r\nConnection: close\r\n\r\n"
    var rest = (Array(header.utf8) + reply.body)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Self.flags) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}
