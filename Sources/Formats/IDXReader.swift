extension IDX {
  /// Reads a file, gzip-compressed or not, as its first bytes tell.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: the most bytes that the file, and its elements, may take.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is empty, no IDX file, of another element type, truncated, oversized,
  ///   damaged, or above `limit`. Sizes are checked before memory is taken for them.
  public init(contentsOf path: String, limit: Int = 1 << 31) throws(FileError) {
    let file = try InputFile(path)
    guard file.size > 0 else {
      throw FileError(
        .malformed, path: path, problem: "the file is empty, expected an IDX file",
        remedy: "Fetch or make the file again.")
    }
    guard try Gzip.isGzip(file.firstBytes(2)) else {
      self = try IDXReader(path: path, source: file, limit: limit).contents()
      return
    }
    guard file.size <= limit else {
      throw FileError(
        .malformed, path: path, problem: "found \(file.size) bytes, above the limit of \(limit)",
        remedy: "Check that this is the right file.")
    }
    let source = try GzipReader(file.bytes(file.size), path: path)
    self = try IDXReader(path: path, source: source, limit: limit).contents()
  }
}

/// The header, then the elements, of one IDX file.
private struct IDXReader {
  let path: String
  let source: any ByteSource
  let limit: Int

  func contents() throws(FileError) -> IDX {
    let rank = try rank()
    let shape = try shape(rank: rank)
    let place = "byte \(4 + 4 * rank)"
    guard let count = elementCount(shape), count <= limit else {
      throw malformed(
        "byte 4", "the header promises elements of shape \(shape), above the limit of \(limit)",
        "Check that this is the right file.")
    }
    guard count <= source.mostBytesLeft else {
      throw malformed(
        place,
        "the file is truncated: at most \(source.mostBytesLeft) bytes can follow, "
          + "expected \(count) for shape \(shape)")
    }
    let bytes = try source.bytes(count)
    guard bytes.count == count else {
      throw malformed(
        place,
        "the file is truncated: found \(bytes.count) bytes, expected \(count) for shape \(shape)")
    }
    // Reading past the end also makes gzip compare its checksum.
    guard try source.bytes(1).isEmpty else {
      throw malformed(
        "byte \(4 + 4 * rank + count)",
        "the file is oversized: found more than the \(count) bytes of shape \(shape)")
    }
    return IDX(shape: shape, bytes: bytes)
  }

  /// The magic number is 00 00, the element type, the number of dimensions.
  private func rank() throws(FileError) -> Int {
    let magic = try source.bytes(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0, let type = Self.typeNames[magic[2]],
      magic[3] > 0
    else {
      throw malformed(
        "byte 0",
        "found the bytes \(hexadecimal(magic)), "
          + "expected the magic number 00 00 08 of an IDX file and its number of dimensions",
        "Check that this is an IDX file, or fetch it again.")
    }
    guard magic[2] == IDX.unsignedByteCode else {
      throw malformed(
        "byte 2",
        "found elements of type \(type) (\(hexadecimal([magic[2]]))), "
          + "expected unsigned bytes (08)",
        "Convert the file to unsigned bytes.")
    }
    return Int(magic[3])
  }

  private func shape(rank: Int) throws(FileError) -> [Int] {
    let bytes = try source.bytes(4 * rank)
    guard bytes.count == 4 * rank else {
      throw malformed(
        "byte 4",
        "the file is truncated: found \(bytes.count) bytes, "
          + "expected \(4 * rank) for the sizes of \(rank) dimensions")
    }
    return (0..<rank).map { dimension in
      bytes[4 * dimension..<4 * dimension + 4].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  private func malformed(
    _ place: String, _ problem: String, _ remedy: String = "Fetch or make the file again."
  ) -> FileError {
    FileError(.malformed, path: path, place: place, problem: problem, remedy: remedy)
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  private static let typeNames: [UInt8: String] = [
    0x08: "unsigned byte", 0x09: "signed byte", 0x0B: "16-bit integer", 0x0C: "32-bit integer",
    0x0D: "32-bit float", 0x0E: "64-bit float",
  ]
}
