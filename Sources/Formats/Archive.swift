import CArchive
import Foundation

/// An archive of files, read from front to back by libarchive: tar, also compressed (gzip, bzip2,
/// xz, zstd, compress), and zip.
///
/// Nothing is written to the disk, links are not followed, and memory is taken as content comes, not
/// as headers promise.
///
/// ```swift
/// let archive = try Archive(contentsOf: "faces.tar.xz")
/// while let entry = try archive.next() {
///   if entry.path.hasSuffix(".png") { show(try archive.content()) }
/// }
/// ```
public final class Archive {
  /// A file of an archive.
  public struct Entry: Sendable, Equatable {
    /// Folders and name, without "." and without a slash in front.
    public var path: String
    /// The bytes of the content as the archive declares them; nil where it does not.
    public var size: Int?
    /// A symbolic or hard link, which has no content of its own.
    public var isLink: Bool
  }

  /// The endings of the names of archives that can be read.
  public static let fileExtensions = [
    "tar", "tar.gz", "tgz", "tar.bz2", "tbz2", "tar.xz", "txz", "tar.zst", "tar.Z", "zip",
  ]

  /// The most entries that an archive may have, folders and the like among them.
  public static let largestEntryCount = 1 << 24

  public let path: String
  private let entryLimit, limit: Int
  private let file: InputFile
  private let reader: OpaquePointer
  private var current: Entry?
  /// The entries up to here, and their bytes.
  private var entryCount = 0
  private var total = 0

  /// Opens an archive; its first bytes tell of which kind it is.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - entryLimit: the most bytes of one entry that `content()` may give.
  ///   - limit: the most bytes of all entries together, those passed over too.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is no archive.
  public init(
    contentsOf path: String, entryLimit: Int = 1 << 28, limit: Int = 1 << 36
  ) throws(FileError) {
    (self.path, self.entryLimit, self.limit) = (path, entryLimit, limit)
    file = try InputFile(path)
    guard let reader = archive_read_new() else {
      throw FileError(.inputOutput, path: path, problem: "libarchive cannot start")
    }
    self.reader = reader
    for filter in [
      archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
      archive_read_support_filter_xz, archive_read_support_filter_zstd,
      archive_read_support_filter_compress,
    ] { _ = filter(reader) }
    archive_read_support_format_tar(reader)
    archive_read_support_format_zip(reader)
    guard archive_read_open_fd(reader, file.descriptor, 1 << 17) == ARCHIVE_OK else {
      throw unreadable()
    }
  }

  deinit { archive_read_free(reader) }

  /// Goes on to the next file or link, over folders and the like; nil at the end.
  ///
  /// - Throws: `FileError` of kind `.malformed`, with the entry, where the archive is damaged, or where
  ///   its entries are above the limit.
  public func next() throws(FileError) -> Entry? {
    while true {
      var header: OpaquePointer?
      let status = archive_read_next_header(reader, &header)
      if status == ARCHIVE_EOF {
        current = nil
        return nil
      }
      // A warning is about what is not used here, such as a name that the locale cannot write.
      guard status >= ARCHIVE_WARN, let header else { throw unreadable() }
      let size = archive_entry_size_is_set(header) == 0 ? nil : Int(archive_entry_size(header))
      let entry = Entry(
        path: Self.path(of: header), size: size.map { max(0, $0) },
        isLink: archive_entry_hardlink(header) != nil
          || UInt32(archive_entry_filetype(header)) == CArchive_symbolicLink)
      current = entry
      entryCount += 1
      guard entryCount <= Self.largestEntryCount else {
        throw malformed(
          "entry \(quoted(entry.path))", "found more than \(Self.largestEntryCount) entries",
          "Check that this is the right file.")
      }
      try count(entry.size ?? 0)
      if entry.isLink || UInt32(archive_entry_filetype(header)) == CArchive_regularFile {
        return entry
      }
    }
  }

  /// The content of the entry that `next()` gave last; to be asked for once.
  ///
  /// - Throws: `FileError` of kind `.malformed`, with the entry, where the content is damaged,
  ///   encrypted, of another length than declared, or above the limit.
  /// - Precondition: `next()` gave an entry.
  public func content() throws(FileError) -> [UInt8] {
    guard let entry = current else { preconditionFailure("next() gave no entry") }
    let place = "entry \(quoted(entry.path))"
    if entry.isLink { throw malformed(place, "found a link, expected a file") }
    if let size = entry.size, size > entryLimit {
      throw malformed(
        place, "found \(size) bytes, above the limit of \(entryLimit)",
        "Check that this is the right file.")
    }
    var content: [UInt8] = []
    // A byte more than declared finds the end, and an entry that is too long.
    var step = min(entry.size ?? 1 << 16, 1 << 20) + 1
    while true {
      var status = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: step) { buffer, count in
        status = archive_read_data(reader, buffer.baseAddress, step)
        count = max(0, status)
      }
      guard status >= 0 else { throw malformed(place, "the content is damaged: \(message)") }
      if content.isEmpty { content = chunk } else { content += chunk }
      guard content.count <= entry.size ?? entryLimit else {
        throw malformed(
          place,
          "found more than the \(entry.size ?? entryLimit) bytes "
            + (entry.size == nil ? "that are the limit" : "that its header declares"))
      }
      // libarchive fills the buffer unless the entry ends.
      if status < step { break }
      step = 1 << 20
    }
    if let size = entry.size, content.count != size {
      throw malformed(place, "found \(content.count) bytes, expected \(size)")
    }
    if entry.size == nil { try count(content.count) }
    return content
  }

  private func count(_ bytes: Int) throws(FileError) {
    let (sum, overflow) = total.addingReportingOverflow(bytes)
    guard !overflow, sum <= limit else {
      throw malformed(
        current.map { "entry \(quoted($0.path))" },
        "the entries up to here have more bytes than the limit of \(limit)",
        "Check that this is the right file.")
    }
    total = sum
  }

  /// Names are UTF-8 in what is written today; old ones are taken as they are.
  private static func path(of header: OpaquePointer) -> String {
    let name = archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header)
    guard let name else { return "" }
    return String(cString: name).split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private var message: String {
    archive_error_string(reader).map { String(cString: $0) } ?? "invalid data"
  }

  /// The error where an entry should begin.
  private func unreadable() -> FileError {
    if let current {
      return malformed(
        "behind entry \(quoted(current.path))", "the archive is damaged: \(message)")
    }
    return malformed(
      nil, "found no archive (\(Self.fileExtensions.joined(separator: ", "))): \(message)",
      "Check that this is the right file.")
  }

  private func malformed(
    _ place: String?, _ problem: String, _ remedy: String = "Fetch or make the file again."
  ) -> FileError {
    FileError(.malformed, path: path, place: place, problem: problem, remedy: remedy)
  }
}
