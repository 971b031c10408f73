import CZlib

/// The content of a gzip stream, decompressed as it is read.
final class GzipReader: ByteSource {
  static let magic: [UInt8] = [0x1f, 0x8b]
  /// zlib counts in 32 bits.
  static let largestStep = 1 << 30
  /// The densest code of deflate is two bits for 258 bytes.
  private static let largestRatio = 1032

  private let path: String
  private let input: [UInt8]
  private var position = 0
  private var hasEnded = false
  /// On the heap, as zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>

  init(_ input: [UInt8], path: String) throws(FileError) {
    self.path = path
    self.input = input
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard CZlib_inflateInitGzip(stream) == Z_OK else {
      throw FileError(.inputOutput, path: path, problem: "zlib cannot start decompressing")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  var mostBytesLeft: Int {
    // zlib may hold back a few bits of what it has taken; 8 bytes are more than that.
    let (most, overflow) = (input.count - position + 8).multipliedReportingOverflow(
      by: Self.largestRatio)
    return hasEnded ? 0 : overflow ? .max : most
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count && !hasEnded {
      let room = min(buffer.count - filled, Self.largestStep)
      let offered = min(input.count - position, Self.largestStep)
      let status = input.withUnsafeBufferPointer { input in
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress.map { $0 + position })
        stream.pointee.avail_in = uInt(offered)
        stream.pointee.next_out = (buffer.baseAddress! + filled).assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_out = uInt(room)
        return inflate(stream, Z_NO_FLUSH)
      }
      position += offered - Int(stream.pointee.avail_in)
      filled += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK: continue
      case Z_STREAM_END: try startNextMember()
      default: throw failure(status)
      }
    }
    return filled
  }

  private func startNextMember() throws(FileError) {
    if position == input.count {
      hasEnded = true
      return
    }
    guard input[position...].starts(with: Self.magic) else {
      throw FileError(
        .malformed, path: path, place: "byte \(position)",
        problem: "found \(input.count - position) bytes after the end of the gzip stream, "
          + "expected the end of the file",
        remedy: "Fetch or make the file again.")
    }
    inflateReset(stream)
  }

  private func failure(_ status: Int32) -> FileError {
    let place = "byte \(position)"
    let remedy = "Fetch or make the file again."
    switch status {
    case Z_BUF_ERROR:
      return FileError(
        .malformed, path: path, place: place,
        problem: "the gzip stream is truncated: the file ends before the stream does",
        remedy: remedy)
    case Z_MEM_ERROR:
      return FileError(.inputOutput, path: path, problem: "zlib has no memory to decompress with")
    default:
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "invalid data"
      return FileError(
        .malformed, path: path, place: place, problem: "the gzip stream is damaged: \(reason)",
        remedy: remedy)
    }
  }
}
