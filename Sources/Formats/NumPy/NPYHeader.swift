/// The header of a NumPy array: a dictionary of Python with the element type, the order of the
/// elements, and the shape.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// More than any array of numbers needs: 64 sizes of 20 digits, and some padding.
  private static let largest = 1 << 16

  private(set) var elementType = NumericArray.ElementType.float32
  private(set) var isBigEndian = false
  /// Whether the first dimension is the fastest in the file.
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []
  /// Bytes before the elements.
  private(set) var byteCount = 0
  private let path: String
  private let prefix: String

  /// Reads the header off the front of a source.
  ///
  /// - Parameter prefix: What stands before a place in messages, such as "entry 'x', ".
  init(_ source: any ByteSource, path: String, prefix: String) throws(FileError) {
    (self.path, self.prefix) = (path, prefix)
    let start = try source.bytes(8)
    guard start.count == 8, start.starts(with: Self.magic) else {
      throw malformed(
        "byte 0", "found no magic number of NumPy arrays (93 'NUMPY' and a version)",
        "Check that this is a file of numpy.save or numpy.savez.")
    }
    guard (1...3).contains(start[6]), start[7] == 0 else {
      throw malformed(
        "byte 6", "found version \(start[6]).\(start[7]), expected 1.0, 2.0 or 3.0",
        "Save it with a NumPy of today.")
    }
    let lengthSize = start[6] == 1 ? 2 : 4
    let lengthBytes = try source.bytes(lengthSize)
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard lengthBytes.count == lengthSize, length <= min(source.mostBytesLeft, Self.largest) else {
      throw malformed(
        "byte 8",
        "found a header of \(length) bytes, "
          + "expected at most \(min(source.mostBytesLeft, Self.largest))")
    }
    let text = try source.bytes(length)
    byteCount = 8 + lengthSize + length
    guard text.count == length else { throw malformed("byte 8", "the header is truncated") }
    try read(text, origin: 8 + lengthSize)
  }

  private mutating func read(_ text: [UInt8], origin: Int) throws(FileError) {
    var literals = PythonLiterals(text)
    var keys: Set<String> = []
    func expected(_ what: String) -> FileError {
      malformed(
        "byte \(origin + literals.position)",
        "expected \(what) in the header's dictionary")
    }
    guard literals.take("{") else { throw expected("'{'") }
    while !literals.take("}") {
      guard let key = literals.string(), literals.take(":") else { throw expected("a key") }
      guard keys.insert(key).inserted else { throw expected("each key once") }
      switch key {
      case "descr":
        guard let descriptor = literals.string() else {
          throw malformed(
            "header", "found elements of several fields, expected numbers of one type",
            "Save each field as an array of its own.")
        }
        try setType(descriptor)
      case "fortran_order":
        guard let value = literals.boolean() else { throw expected("True or False") }
        isFortranOrder = value
      case "shape":
        guard let sizes = literals.tuple() else { throw expected("a tuple of sizes") }
        shape = sizes
      default: throw expected("'descr', 'fortran_order' or 'shape'")
      }
      // A comma may stand behind the last one, too.
      guard literals.take(",") || literals.isNext("}") else { throw expected("',' or '}'") }
    }
    guard literals.isAtEnd, keys.count == 3 else {
      throw expected("'descr', 'fortran_order' and 'shape', and no more,")
    }
  }

  /// Takes a descriptor such as "<f4": the order of the bytes, the kind, the bytes of an element.
  private mutating func setType(_ descriptor: String) throws(FileError) {
    let types: [String: NumericArray.ElementType] = [
      "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8,
      "u2": .uint16, "u4": .uint32, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    guard let order = descriptor.first, "<>|=".contains(order),
      let type = types[String(descriptor.dropFirst())]
    else {
      let kind = descriptor.first(where: \.isLetter).flatMap { Self.refused[$0] }
      throw malformed(
        "header",
        "found elements of type \(quoted(descriptor))\(kind.map { ", \($0)," } ?? ""), "
          + "expected booleans, integers, or floating-point numbers of 2, 4 or 8 bytes",
        "Save it as numbers: array.astype('float32'), or 'int64'.")
    }
    elementType = type
    isBigEndian = order == ">"
  }

  private static let refused: [Character: String] = [
    "O": "Python objects, which can only be read by running them", "U": "text", "S": "text",
    "a": "text", "c": "complex numbers", "V": "raw bytes or several fields", "M": "dates",
    "m": "time spans", "f": "floating-point numbers that differ between machines",
  ]

  func malformed(
    _ place: String, _ problem: String, _ remedy: String = "Fetch or make the file again."
  ) -> FileError {
    FileError(.malformed, path: path, place: prefix + place, problem: problem, remedy: remedy)
  }
}

/// The few literals of Python that stand in headers of NumPy.
private struct PythonLiterals {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  mutating func isNext(_ text: String) -> Bool {
    skipSpace()
    return bytes[position...].starts(with: text.utf8)
  }

  mutating func take(_ text: String) -> Bool {
    guard isNext(text) else { return false }
    position += text.utf8.count
    return true
  }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  /// Text in single or double quotes, without escapes.
  mutating func string() -> String? {
    skipSpace()
    guard position < bytes.count,
      [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position]),
      let end = bytes[(position + 1)...].firstIndex(of: bytes[position])
    else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
  }

  mutating func boolean() -> Bool? {
    take("True") ? true : take("False") ? false : nil
  }

  /// Integers from 0 on, as "(2, 3)", "(2,)" or "()"; Python 2 wrote "2L".
  mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var sizes: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = bytes[position...].prefix {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
      guard let size = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      position = digits.endIndex
      _ = take("L")
      sizes.append(size)
      guard take(",") || isNext(")") else { return nil }
    }
    return sizes
  }
}
