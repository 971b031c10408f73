/// One IDX file (the format of MNIST) of unsigned bytes, gzip-compressed or not.
public struct IDX: Sendable {
  /// Size of each dimension, the slowest first: `[count, height, width]` for pictures, `[count]`
  /// for labels.
  public var shape: [Int]
  /// The elements, row-major; as many as the product of `shape`.
  public var bytes: [UInt8]

  /// The byte of an IDX file that says "unsigned bytes".
  static let unsignedByteCode: UInt8 = 0x08

  public init(shape: [Int], bytes: [UInt8]) {
    self.shape = shape
    self.bytes = bytes
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `FileError` of kind `.malformed` where the shape and the bytes do not agree or the
  ///   format cannot say the shape, else of kind `.inputOutput`.
  public func write(to path: String, compressed: Bool) throws(FileError) {
    guard (1...255).contains(shape.count), shape.allSatisfy({ UInt32(exactly: $0) != nil }) else {
      throw FileError(
        .malformed, path: path, place: "header",
        problem: "the shape \(shape) does not fit an IDX file: "
          + "expected 1 to 255 dimensions of 0 to \(UInt32.max) each")
    }
    guard elementCount(shape) == bytes.count else {
      throw FileError(
        .malformed, path: path,
        problem: "found \(bytes.count) bytes, expected the product of the shape \(shape)")
    }
    var header: [UInt8] = [0, 0, Self.unsignedByteCode, UInt8(shape.count)]
    for size in shape {
      withUnsafeBytes(of: UInt32(size).bigEndian) { header += $0 }
    }
    if compressed {
      try AtomicFile.write(Gzip.compress(header + bytes), to: path)
    } else {
      var file = try AtomicFileWriter(path)
      try file.write(header)
      try file.write(bytes)
      try file.commit()
    }
  }
}
