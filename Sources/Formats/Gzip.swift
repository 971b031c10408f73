import CZlib

/// The gzip format (RFC 1952), read and written in memory.
public enum Gzip {
  /// Whether the bytes start as every gzip stream does.
  public static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: GzipReader.magic)
  }

  /// The content of a whole gzip stream of one or more members.
  ///
  /// - Parameters:
  ///   - bytes: the stream.
  ///   - path: the file that the bytes came from, for messages.
  ///   - limit: the most bytes that may come out.
  /// - Throws: `FileError` of kind `.malformed` on a truncated stream, a wrong checksum or length,
  ///   invalid compressed data, bytes after the end, or content above `limit`.
  public static func decompress(
    _ bytes: [UInt8], path: String, limit: Int
  ) throws(FileError) -> [UInt8] {
    let reader = try GzipReader(bytes, path: path)
    // The last member's length is the last thing in the stream: a good guess, no more than that.
    let guess = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    var content = try reader.bytes(max(0, min(guess, limit, reader.mostBytesLeft)))
    while true {
      let step = max(1 << 16, content.count)
      let more = try reader.bytes(max(1, min(step, limit - content.count)))
      if more.isEmpty { return content }
      content += more
      if content.count > limit {
        throw FileError(
          .malformed, path: path, problem: "decompresses to more than the limit of \(limit) bytes",
          remedy: "Check that this is the right file.")
      }
    }
  }

  /// The bytes as a gzip stream of one member; equal bytes give equal streams.
  public static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    // zlib fails here only without memory or with a wrong version of itself.
    precondition(CZlib_deflateInitGzip(&stream) == Z_OK, "zlib cannot start")
    defer { deflateEnd(&stream) }
    let chunkSize = 1 << 16
    var chunk = [UInt8](repeating: 0, count: chunkSize)
    var result: [UInt8] = []
    bytes.withUnsafeBufferPointer { input in
      var position = 0
      var status = Z_OK
      while status != Z_STREAM_END {
        let offered = min(input.count - position, GzipReader.largestStep)
        let isLast = position + offered == input.count
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
        stream.avail_in = uInt(offered)
        let produced = chunk.withUnsafeMutableBufferPointer { output in
          stream.next_out = output.baseAddress
          stream.avail_out = uInt(chunkSize)
          status = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          return chunkSize - Int(stream.avail_out)
        }
        position += offered - Int(stream.avail_in)
        result += chunk[..<produced]
      }
    }
    return result
  }
}
