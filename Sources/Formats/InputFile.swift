import Foundation

/// An open regular file, read from front to back and closed at the end of its life.
final class InputFile: ByteSource {
  let path: String
  /// Size in bytes when the file was opened.
  let size: Int
  let descriptor: Int32
  private var position = 0

  /// Throws `.missing` where there is no such file, no permission, or no regular file.
  init(_ path: String) throws(FileError) {
    try FileError.checkPath(path, .missing)
    // Without O_NONBLOCK the opening of a named pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.missing, path: path, "open") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = FileError.system(.inputOutput, path: path, "examine")
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(
        .missing, path: path,
        problem: status.st_mode & S_IFMT == S_IFDIR
          ? "found a folder, expected a file" : "found a device or pipe, expected a regular file",
        remedy: "Check the path.")
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  var mostBytesLeft: Int { max(size - position, 0) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let count = try readFully(into: buffer, at: position)
    position += count
    return count
  }

  /// The file's first bytes, without moving on.
  func firstBytes(_ count: Int) throws(FileError) -> [UInt8] { try bytes(count, at: 0) }

  /// Bytes from a place in the file on, fewer where it ends, without moving on.
  func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(FileError) {
        initializedCount = try readFully(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills the buffer from a place in the file on, without moving on; how many bytes there were.
  func readFully(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileError) -> Int {
    // Some systems refuse a single call for more than 2 GB.
    let largestStep = 1 << 30
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(
        descriptor, rest.baseAddress, min(rest.count, largestStep), off_t(offset + filled))
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(.inputOutput, path: path, "read")
      }
      filled += count
    }
    return filled
  }
}

/// The whole content of a file of at most `limit` bytes.
///
/// - Throws: `FileError` of kind `.missing` or `.inputOutput` where it cannot be read, and
///   `.malformed` where it is larger.
package func fileBytes(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
  let file = try InputFile(path)
  guard file.size <= limit else {
    throw FileError(
      .malformed, path: path, problem: "found \(file.size) bytes, above the limit of \(limit)",
      remedy: "Check that this is the right file.")
  }
  return try file.bytes(file.size)
}
