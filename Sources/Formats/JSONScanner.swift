/// A strict reader of JSON text that asks for what it expects next.
///
/// Foundation's decoders accept a key that comes twice, cannot say where in the file an error is,
/// and hold the whole text as a tree; the header of a file from elsewhere deserves better.
struct JSONScanner {
  /// Deeper nesting is refused, as the reader's stack is not without end.
  private static let deepest = 64

  private let bytes: [UInt8]
  private let path: String
  /// Where in the file the text starts.
  private let origin: Int
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8], path: String, origin: Int) {
    self.bytes = bytes
    self.path = path
    self.origin = origin
  }

  /// Reads an object; `member` reads the value of each key.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(FileError) -> Void
  ) throws(FileError) {
    var keys: Set<String> = []
    try list(from: "{", to: "}", "an object") { (scanner) throws(FileError) in
      let start = scanner.position
      let key = try scanner.string()
      guard keys.insert(key).inserted else {
        throw scanner.malformed(at: start, "the key \(quoted(key)) comes twice, expected it once")
      }
      scanner.skipSpace()
      guard scanner.take(":") else { throw scanner.unexpected("':'") }
      try member(&scanner, key)
    }
  }

  /// Reads an array of whole numbers from 0.
  mutating func integers() throws(FileError) -> [Int] {
    var numbers: [Int] = []
    try list(from: "[", to: "]", "an array") { (scanner) throws(FileError) in
      numbers.append(try scanner.integer())
    }
    return numbers
  }

  /// Reads whatever value comes next.
  mutating func skipValue() throws(FileError) {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(FileError) in try scanner.skipValue() }
    case UInt8(ascii: "["):
      try list(from: "[", to: "]", "an array") { (scanner) throws(FileError) in
        try scanner.skipValue()
      }
    case UInt8(ascii: "\""):
      _ = try string()
    default:
      let word = bytes[position...].prefix { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      }
      let text = String(decoding: word.prefix(400), as: UTF8.self)
      guard ["true", "false", "null"].contains(text) || Double(text)?.isFinite == true else {
        throw unexpected("a value")
      }
      position = word.endIndex
    }
  }

  /// Checks that only white space is left.
  mutating func end() throws(FileError) {
    skipSpace()
    if next != nil { throw unexpected("the end of the header") }
  }

  // MARK: - Numbers and lists

  private mutating func integer() throws(FileError) -> Int {
    skipSpace()
    let start = position
    var number = 0
    while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if overflow || carry { throw malformed(at: start, "the number is above \(Int.max)") }
      number = sum
      position += 1
    }
    let hasLeadingZero = position - start > 1 && bytes[start] == UInt8(ascii: "0")
    guard position > start, !hasLeadingZero else {
      position = start
      throw unexpected("a whole number from 0")
    }
    return number
  }

  private mutating func list(
    from opening: Unicode.Scalar, to closing: Unicode.Scalar, _ name: String,
    _ element: (inout JSONScanner) throws(FileError) -> Void
  ) throws(FileError) {
    skipSpace()
    guard depth < Self.deepest else { throw malformed(at: position, "nesting is too deep") }
    guard take(opening) else { throw unexpected(name) }
    depth += 1
    skipSpace()
    if !take(closing) {
      repeat {
        skipSpace()
        try element(&self)
        skipSpace()
      } while take(",")
      guard take(closing) else { throw unexpected("',' or '\(closing)'") }
    }
    depth -= 1
  }

  // MARK: - Strings

  mutating func string() throws(FileError) -> String {
    skipSpace()
    let start = position
    guard take("\"") else { throw unexpected("a string") }
    var text: [UInt8] = []
    while true {
      let plain = bytes[position...].prefix {
        $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
      text += plain
      position = plain.endIndex
      if take("\"") { break }
      guard take("\\") else { throw unexpected("the end of a string") }
      text += try escape()
    }
    let result = String(decoding: text, as: UTF8.self)
    // Decoding repairs what is invalid, and so changes it.
    guard result.utf8.elementsEqual(text) else {
      throw malformed(at: start, "the string is not valid UTF-8")
    }
    return result
  }

  private mutating func escape() throws(FileError) -> String.UTF8View {
    let escapes: [(Unicode.Scalar, String)] = [
      ("\"", "\""), ("\\", "\\"), ("/", "/"), ("b", "\u{8}"), ("f", "\u{C}"), ("n", "\n"),
      ("r", "\r"), ("t", "\t"),
    ]
    for (letter, meaning) in escapes where take(letter) { return meaning.utf8 }
    let start = position
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]), take("\\") { units.append(try codeUnit()) }
    let text = String(decoding: units, as: UTF16.self)
    guard text.utf16.elementsEqual(units) else {
      throw malformed(at: start, "the escape is half of a surrogate pair")
    }
    return text.utf8
  }

  /// The four hexadecimal digits of \uXXXX.
  private mutating func codeUnit() throws(FileError) -> UInt16 {
    guard take("u") else { throw unexpected("an escape that JSON knows") }
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  // MARK: - Bytes

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let next, next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func unexpected(_ expected: String) -> FileError {
    let found = next.map { byte in
      (0x20..<0x7F).contains(byte)
        ? "'\(Unicode.Scalar(byte))'" : "the byte 0x\(String(byte, radix: 16))"
    }
    return malformed(
      at: position, "found \(found ?? "the end of the header"), expected \(expected)")
  }

  private func malformed(at position: Int, _ problem: String) -> FileError {
    FileError(
      .malformed, path: path, place: "header, byte \(origin + position)", problem: problem,
      remedy: "Check that this is the right file, or make it again.")
  }
}
