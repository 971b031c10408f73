/// The file of one NumPy array (.npy), versions 1.0 to 3.0.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
public enum NPY {
  /// Reads a file of booleans, integers or floating-point numbers, in either order of bytes and of
  /// dimensions.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: what the array is called in messages.
  ///   - limit: the most bytes that the elements may take.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where its header is damaged, its elements are no such numbers, the file is
  ///   truncated or oversized, or above `limit`. Sizes are checked before memory is taken.
  public static func read(
    contentsOf path: String, name: String = "array", limit: Int = 1 << 36
  ) throws(FileError) -> NumericArray {
    try array(InputFile(path), path: path, prefix: "", name: name, limit: limit)
  }

  /// The array that a source holds, which must end with it.
  static func array(
    _ source: any ByteSource, path: String, prefix: String, name: String, limit: Int
  ) throws(FileError) -> NumericArray {
    let header = try NPYHeader(source, path: path, prefix: prefix)
    let (type, shape) = (header.elementType, header.shape)
    let place = "byte \(header.byteCount)"
    guard let size = elementCount(shape + [type.byteCount]), size <= limit else {
      throw header.malformed(
        "header",
        "the header promises \(type) elements of shape \(shape), "
          + "above the limit of \(limit) bytes", "Check that this is the right file.")
    }
    func truncated(_ found: String) -> FileError {
      header.malformed(
        place,
        "the file is truncated: found \(found) bytes of elements, "
          + "expected \(size) for \(type) of shape \(shape)")
    }
    guard size <= source.mostBytesLeft else {
      throw truncated("at most \(source.mostBytesLeft)")
    }
    var bytes = try source.bytes(size)
    guard bytes.count == size else { throw truncated("\(bytes.count)") }
    // Reading past the end also makes an archive compare its checksum.
    guard try source.bytes(1).isEmpty else {
      throw header.malformed(
        place,
        "the file is oversized: found more than the \(size) bytes of "
          + "\(type) elements of shape \(shape)", "Save one array in a file.")
    }
    if header.isBigEndian { reverseElements(&bytes, width: type.byteCount) }
    if header.isFortranOrder && shape.count > 1 && !bytes.isEmpty {
      bytes = rowMajor(bytes, shape: shape, width: type.byteCount)
    }
    return NumericArray(type, shape: shape, bytes: bytes, path: path, name: name)
  }

  /// Turns the bytes of every element around.
  private static func reverseElements(_ bytes: inout [UInt8], width: Int) {
    guard width > 1 else { return }
    bytes.withUnsafeMutableBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: width) {
        for i in 0..<width / 2 { bytes.swapAt(start + i, start + width - 1 - i) }
      }
    }
  }

  /// The elements in row-major order, from an order where the first dimension is the fastest.
  private static func rowMajor(_ bytes: [UInt8], shape: [Int], width: Int) -> [UInt8] {
    let rank = shape.count
    var strides = [Int](repeating: width, count: rank)
    for axis in 1..<rank { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    let last = shape[rank - 1]
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { out, initializedCount in
      bytes.withUnsafeBufferPointer { bytes in
        var index = [Int](repeating: 0, count: rank - 1)
        var source = 0
        var target = 0
        while target < bytes.count {
          for j in 0..<last {
            for b in 0..<width {
              out.initializeElement(at: target, to: bytes[source + j * strides[rank - 1] + b])
              target += 1
            }
          }
          var axis = rank - 2
          while axis >= 0 {
            index[axis] += 1
            source += strides[axis]
            if index[axis] < shape[axis] { break }
            source -= shape[axis] * strides[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
      initializedCount = bytes.count
    }
  }
}
