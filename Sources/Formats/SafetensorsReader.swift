extension Safetensors {
  /// Reads a file, each tensor straight into its own bytes.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: the most bytes that the file may have.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is truncated or oversized, its header is no valid JSON of the format,
  ///   a name comes twice, an element type is unknown, a shape does not agree with its data, or
  ///   the data overlap or leave holes. Sizes are checked before memory is taken for them.
  public init(contentsOf path: String, limit: Int = 1 << 36) throws(FileError) {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw FileError(
        .malformed, path: path, problem: "found \(file.size) bytes, above the limit of \(limit)",
        remedy: "Check that this is the right file.")
    }
    let length = try Self.headerLength(file)
    let bytes = try file.bytes(length)
    guard bytes.count == length else { throw Self.changed(path) }
    let header = try SafetensorsHeader(bytes, path: path, dataSize: file.size - 8 - length)

    self.init(metadata: header.metadata)
    entries.reserveCapacity(header.tensors.count)
    for tensor in header.tensors {
      let bytes = try file.bytes(tensor.byteCount)
      guard bytes.count == tensor.byteCount else { throw Self.changed(path) }
      entries[tensor.name] = Entry(
        elementType: tensor.elementType, shape: tensor.shape, bytes: bytes)
    }
  }

  private static func headerLength(_ file: InputFile) throws(FileError) -> Int {
    let bytes = try file.bytes(8)
    guard bytes.count == 8 else {
      throw FileError(
        .malformed, path: file.path, place: "byte 0",
        problem: "found \(file.size) bytes, expected at least the 8 of the header length",
        remedy: "Fetch or make the file again.")
    }
    let length = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let most = min(Safetensors.largestHeader, file.size - 8)
    guard length <= most else {
      throw FileError(
        .malformed, path: file.path, place: "byte 0",
        problem: "found a header length of \(length) bytes, expected at most \(most) "
          + "in a file of \(file.size) bytes",
        remedy: "Check that this is a whole safetensors file, or make it again.")
    }
    return Int(length)
  }

  private static func changed(_ path: String) -> FileError {
    FileError(
      .inputOutput, path: path, problem: "the file became shorter while it was read",
      remedy: "Try again when nothing writes to it.")
  }
}
