import Foundation

/// Files that are written whole or not at all.
///
/// The bytes go to a temporary file in the same folder, reach the disk, and only then take the
/// place of the old file: a reader, and a crash, find the old content or the new, never a part.
public enum AtomicFile {
  /// Writes the bytes of a buffer.
  ///
  /// - Throws: `FileError` of kind `.inputOutput` with the system's reason; the temporary file is
  ///   gone and the old file untouched.
  public static func write(
    _ bytes: UnsafeRawBufferPointer, to path: String
  ) throws(FileError) {
    var file = try AtomicFileWriter(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes an array of bytes. Throws as `write(_:to:)` of a buffer does.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try AtomicFileWriter(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes data. Throws as `write(_:to:)` of a buffer does.
  public static func write(_ data: Data, to path: String) throws(FileError) {
    // Data's own method carries no typed error.
    try data.withUnsafeBytes { bytes in
      Result { () throws(FileError) in try write(bytes, to: path) }
    }.get()
  }

  /// Writes text as UTF-8. Throws as `write(_:to:)` of a buffer does.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes what `body` writes, piece by piece.
  ///
  /// - Throws: what `body` throws, or a `FileError` of kind `.inputOutput`; in both cases the
  ///   temporary file is gone and the old file untouched.
  public static func write(
    to path: String, _ body: (inout AtomicFileWriter) throws -> Void
  ) throws {
    var file = try AtomicFileWriter(path)
    try body(&file)
    try file.commit()
  }
}
