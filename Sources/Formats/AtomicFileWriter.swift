import Foundation

/// The temporary file behind `AtomicFile`, to which a body writes piece by piece.
///
/// It removes itself at the end of its life unless it was committed.
public struct AtomicFileWriter: ~Copyable {
  /// The path as the caller gave it, for messages.
  private let path: String
  private let target: String
  private let folder: String
  private let temporary: String
  private let descriptor: Int32
  private var isCommitted = false
  /// The first failure, so that a body that swallows an error cannot commit half a file.
  private var failure: FileError?

  init(_ path: String) throws(FileError) {
    try FileError.checkPath(path, .inputOutput)
    // A symbolic link stays, and the file that it points to is replaced.
    let target = Self.resolvedPath(path) ?? path

    var status = stat()
    let exists = stat(target, &status) == 0
    if (exists && status.st_mode & S_IFMT == S_IFDIR) || path.hasSuffix("/") {
      throw .system(.inputOutput, path: path, "write", code: EISDIR)
    }
    guard !exists || status.st_mode & S_IFMT == S_IFREG else {
      // Renaming onto a device would remove the device.
      throw FileError(
        .inputOutput, path: path, problem: "found a device or pipe, expected a regular file",
        remedy: "Choose another path.")
    }

    let folder = Self.folder(of: target)
    let temporary = folder + "/.\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(.inputOutput, path: path, "write") }
    if exists {
      // A file keeps its permissions; where that is impossible the default ones will do.
      _ = fchmod(descriptor, status.st_mode & 0o777)
    }
    // Only now, as a value that cannot be copied is made whole or not at all.
    self.path = path
    self.target = target
    self.folder = folder
    self.temporary = temporary
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporary) }
  }

  /// Appends the bytes of a buffer. Throws `FileError` of kind `.inputOutput`.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard failure == nil, let code = writeFully(bytes, to: descriptor) else { return }
    let error = FileError.system(.inputOutput, path: path, "write", code: code)
    failure = error
    throw error
  }

  /// Appends an array of bytes. Throws `FileError` of kind `.inputOutput`.
  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in
      try write(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Appends text as UTF-8. Throws `FileError` of kind `.inputOutput`.
  public mutating func write(_ text: String) throws(FileError) {
    try write(Array(text.utf8))
  }

  /// Brings the bytes to the disk and puts the file in its place.
  mutating func commit() throws(FileError) {
    if let failure { throw failure }
    guard fsync(descriptor) == 0 else { throw .system(.inputOutput, path: path, "write") }
    guard rename(temporary, target) == 0 else { throw .system(.inputOutput, path: path, "write") }
    isCommitted = true
    try synchronizeFolder()
  }

  /// Without this a crash could still bring back the folder's old entry.
  private func synchronizeFolder() throws(FileError) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    // A folder may be writable and not readable; the file is whole all the same.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // EINVAL: a file system that has no such operation for folders.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw .system(.inputOutput, path: path, "bring to disk the folder of this file")
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func resolvedPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// Writes the whole buffer; the system's error code where that fails.
func writeFully(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
  // Some systems refuse a single call for more than 2 GB.
  let largestStep = 1 << 30
  var written = 0
  while written < bytes.count {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
    let count = write(descriptor, rest.baseAddress, min(rest.count, largestStep))
    if count < 0 {
      if errno == EINTR { continue }
      return errno
    }
    written += count
  }
  return nil
}
