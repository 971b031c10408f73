extension Safetensors {
  /// Writes the file, whole or not at all; equal content gives equal bytes.
  ///
  /// The widest elements come first and equal widths in the order of their names, as in the
  /// reference implementation: so every tensor starts at a multiple of its element's width.
  ///
  /// - Throws: `FileError` of kind `.malformed` where the shape and the bytes of a tensor do not
  ///   agree or its name is reserved, else of kind `.inputOutput`.
  public func write(to path: String) throws(FileError) {
    let order = entries.sorted {
      ($1.value.elementType.byteCount, $0.key) < ($0.value.elementType.byteCount, $1.key)
    }
    for (name, entry) in order { try check(entry, named: name, path: path) }

    let header = header(order.map { (name: $0.key, entry: $0.value) })
    guard header.count <= Self.largestHeader else {
      throw FileError(
        .malformed, path: path, place: "header",
        problem: "found \(header.count) bytes of names, shapes and metadata, "
          + "expected at most \(Self.largestHeader)",
        remedy: "Store fewer tensors or less metadata.")
    }
    var file = try AtomicFileWriter(path)
    try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
    try file.write(header)
    for (_, entry) in order { try file.write(entry.bytes) }
    try file.commit()
  }

  private func check(_ entry: Entry, named name: String, path: String) throws(FileError) {
    guard name != Self.metadataKey else {
      throw FileError(
        .malformed, path: path, place: "tensor \(quoted(name))",
        problem: "the format keeps this name for metadata", remedy: "Choose another name.")
    }
    guard elementCount(entry.shape + [entry.elementType.byteCount]) == entry.bytes.count else {
      throw FileError(
        .malformed, path: path, place: "tensor \(quoted(name))",
        problem: "found \(entry.bytes.count) bytes, expected those of "
          + "\(entry.elementType.rawValue) elements of shape \(entry.shape)")
    }
  }

  /// The JSON header, padded with spaces so that the data start at a multiple of 8 bytes.
  private func header(_ order: [(name: String, entry: Entry)]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { jsonString($0.key) + ":" + jsonString($0.value) }
      members.append("\"\(Self.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, entry) in order {
      let end = offset + entry.bytes.count
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        jsonString(name) + ":{\"dtype\":\"\(entry.elementType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
  }
}

/// The text as a JSON string in its quotes.
private func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\0"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
