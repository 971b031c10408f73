import CZlib

/// The content of one entry of a zip file, decompressed as it is read; its length and its checksum
/// are compared at its end.
final class ZipEntrySource: ByteSource {
  /// The densest code of deflate is two bits for 258 bytes.
  private static let largestRatio = 1032
  private static let chunkSize = 1 << 18

  private let entry: ZipDirectory.Entry
  private let file: InputFile
  /// The place in the file of the bytes that were not taken yet, and of their end.
  private var position: Int
  private let end: Int
  private var produced = 0
  private var checksum: UInt = crc32(0, nil, 0)
  /// Compressed bytes that wait.
  private var chunk: [UInt8] = []
  private var chunkPosition = 0
  /// On the heap, as zlib keeps its address; nil for a stored entry.
  private var stream: UnsafeMutablePointer<z_stream>?

  init(_ entry: ZipDirectory.Entry, in file: InputFile) throws(FileError) {
    (self.entry, self.file) = (entry, file)
    // The entry's own header repeats the directory, with lengths of its own for name and extras.
    let header = try file.bytes(30, at: entry.offset)
    guard header.count == 30, header.integer32(at: 0) == 0x0403_4B50 else {
      throw FileError(
        .malformed, path: file.path, place: "entry \(quoted(entry.name)), byte \(entry.offset)",
        problem: "found no header of an entry", remedy: "Fetch or make the file again.")
    }
    position = entry.offset + 30 + header.integer16(at: 26) + header.integer16(at: 28)
    end = position + entry.compressedSize
    guard end <= file.size else { throw malformed("the entry is truncated") }
    // More content than its bytes can hold is a lie.
    let most = (entry.compressedSize + 8).multipliedReportingOverflow(by: Self.largestRatio)
    guard entry.size <= most.partialValue, !most.overflow else {
      throw malformed(
        "found \(entry.compressedSize) bytes for a content of \(entry.size), "
          + "expected at most \(Self.largestRatio) times as much content")
    }
    if entry.method == .deflated {
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      guard CZlib_inflateInitRaw(stream) == Z_OK else {
        stream.deallocate()
        throw FileError(.inputOutput, path: file.path, problem: "zlib cannot start decompressing")
      }
      self.stream = stream
    }
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
    }
  }

  var mostBytesLeft: Int { entry.size - produced }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let wanted = min(buffer.count, entry.size - produced)
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(wanted))
    let filled = try stream == nil ? readStored(target) : inflateInto(target)
    guard filled == wanted else {
      throw malformed("found \(produced + filled) bytes of content, expected \(entry.size)")
    }
    produced += filled
    if filled > 0 {
      checksum = crc32_z(
        checksum, target.baseAddress!.assumingMemoryBound(to: Bytef.self), z_size_t(filled))
    }
    if wanted < buffer.count {
      guard checksum == UInt(entry.checksum) else {
        throw malformed("the checksum of the content is wrong: it was changed on its way")
      }
    }
    return filled
  }

  private func readStored(_ target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let filled = try file.readFully(into: target, at: position)
    position += filled
    return filled
  }

  private func inflateInto(_ target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let stream = stream!
    var filled = 0
    while filled < target.count {
      if chunkPosition == chunk.count {
        chunk = try file.bytes(min(Self.chunkSize, end - position), at: position)
        chunkPosition = 0
        position += chunk.count
        if chunk.isEmpty { throw malformed("the compressed content is truncated") }
      }
      let room = min(target.count - filled, GzipReader.largestStep)
      let status = chunk.withUnsafeBufferPointer { chunk in
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: chunk.baseAddress! + chunkPosition)
        stream.pointee.avail_in = uInt(chunk.count - chunkPosition)
        stream.pointee.next_out = (target.baseAddress! + filled)
          .assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_out = uInt(room)
        return inflate(stream, Z_NO_FLUSH)
      }
      chunkPosition = chunk.count - Int(stream.pointee.avail_in)
      filled += room - Int(stream.pointee.avail_out)
      if status == Z_STREAM_END { break }
      guard status == Z_OK || status == Z_BUF_ERROR else {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "invalid data"
        throw malformed("the compressed content is damaged: \(reason)")
      }
    }
    return filled
  }

  private func malformed(_ problem: String) -> FileError {
    FileError(
      .malformed, path: file.path, place: "entry \(quoted(entry.name))", problem: problem,
      remedy: "Fetch or make the file again.")
  }
}
