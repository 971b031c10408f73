import CArchive

/// A kind of archive that tests write.
public enum ArchiveForm: String, CaseIterable, Sendable {
  case tar
  case tarGzip = "tar.gz"
  case tarBzip2 = "tar.bz2"
  case tarXz = "tar.xz"
  case tarZstd = "tar.zst"
  case tarCompress = "tar.Z"
  case zip
}

/// What an archive of a test holds under a name.
public enum ArchiveItem: Sendable {
  case file([UInt8])
  case folder
  case symbolicLink(String)
  case hardLink(String)
}

public struct ArchiveWriterError: Error {
  public let message: String
}

/// Writes an archive with libarchive.
public func writeArchive(
  _ path: String, _ form: ArchiveForm, _ items: [(name: String, item: ArchiveItem)]
) throws {
  let archive = archive_write_new()!
  defer { archive_write_free(archive) }
  func check(_ status: Int32) throws {
    guard status >= ARCHIVE_WARN else {
      let message = archive_error_string(archive).map { String(cString: $0) }
      throw ArchiveWriterError(message: message ?? "status \(status)")
    }
  }
  if form == .zip {
    try check(archive_write_set_format_zip(archive))
  } else {
    try check(archive_write_set_format_pax_restricted(archive))
  }
  switch form {
  case .tar, .zip: break
  case .tarGzip: try check(archive_write_add_filter_gzip(archive))
  case .tarBzip2: try check(archive_write_add_filter_bzip2(archive))
  case .tarXz: try check(archive_write_add_filter_xz(archive))
  case .tarZstd: try check(archive_write_add_filter_zstd(archive))
  case .tarCompress: try check(archive_write_add_filter_compress(archive))
  }
  try check(archive_write_open_filename(archive, path))
  for (name, item) in items {
    let entry = archive_entry_new()!
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_filetype(entry, CArchive_regularFile)
    var content: [UInt8] = []
    switch item {
    case .file(let bytes): content = bytes
    case .folder: archive_entry_set_filetype(entry, CArchive_folder)
    case .symbolicLink(let target):
      archive_entry_set_filetype(entry, CArchive_symbolicLink)
      archive_entry_set_symlink(entry, target)
    case .hardLink(let target): archive_entry_set_hardlink(entry, target)
    }
    archive_entry_set_size(entry, Int64(content.count))
    try check(archive_write_header(archive, entry))
    guard archive_write_data(archive, content, content.count) == content.count else {
      throw ArchiveWriterError(message: "cannot write '\(name)'")
    }
  }
  try check(archive_write_close(archive))
}
