extension Picture {
  /// The endings of the names of files that can be read, in lower case.
  public static let fileExtensions = ["jpeg", "jpg", "pgm", "png", "ppm"]

  /// Reads a JPEG, PNG, PGM or PPM file; its first bytes tell which it is.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: the most bytes that the file may have.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is none of these, damaged, or too large.
  public init(contentsOf path: String, limit: Int = 1 << 28) throws(FileError) {
    try self.init(fileBytes(path, limit: limit), path: path)
  }

  /// The picture that the content of such a file holds.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: the file that the bytes came from, for messages.
  /// - Throws: `FileError` of kind `.malformed`.
  public init(_ bytes: [UInt8], path: String) throws(FileError) {
    if bytes.starts(with: JPEG.signature) {
      self = try JPEG.decode(bytes, path: path)
    } else if bytes.starts(with: PNG.signature) {
      self = try PNG.decode(bytes, path: path)
    } else if PNM.isPNM(bytes) {
      self = try PNM.decode(bytes, path: path)
    } else {
      throw FileError(
        .malformed, path: path, place: "byte 0",
        problem: bytes.isEmpty
          ? "the file is empty, expected a picture"
          : "found no JPEG, PNG, PGM or PPM picture",
        remedy: "Check that this is a picture, or convert it to one of these.")
    }
  }
}
