/// The header of a safetensors file, checked as the reference implementation checks it.
struct SafetensorsHeader {
  struct Tensor {
    var name: String
    var elementType: Safetensors.ElementType
    var shape: [Int]
    var start: Int
    var end: Int

    var byteCount: Int { end - start }
  }

  private(set) var metadata: [String: String] = [:]
  /// In the order of their data, which they fill without holes.
  private(set) var tensors: [Tensor] = []
  private let path: String

  /// - Parameters:
  ///   - bytes: the JSON text.
  ///   - dataSize: the number of bytes that follow it in the file.
  init(_ bytes: [UInt8], path: String, dataSize: Int) throws(FileError) {
    self.path = path
    var scanner = JSONScanner(bytes, path: path, origin: 8)
    try scanner.object { (scanner, name) throws(FileError) in
      if name == Safetensors.metadataKey {
        try scanner.object { (scanner, key) throws(FileError) in
          metadata[key] = try scanner.string()
        }
      } else {
        tensors.append(try tensor(named: name, &scanner))
      }
    }
    try scanner.end()
    tensors.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    try checkPlaces(dataSize: dataSize)
  }

  private func tensor(
    named name: String, _ scanner: inout JSONScanner
  ) throws(FileError) -> Tensor {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(FileError) in
      switch key {
      case "dtype": typeName = try scanner.string()
      case "shape": shape = try scanner.integers()
      case "data_offsets": offsets = try scanner.integers()
      default: try scanner.skipValue()
      }
    }
    guard let typeName, let shape, let offsets else {
      throw malformed(name, "expected 'dtype', 'shape' and 'data_offsets', found not all of them")
    }
    guard let elementType = Safetensors.ElementType(rawValue: typeName) else {
      let known = Safetensors.ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw malformed(
        name, "found the element type \(quoted(typeName)), expected one of \(known)",
        "Convert the tensor to one of these types.")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw malformed(
        name, "found the data offsets \(brief(offsets)), expected a start and an end not before it")
    }
    let byteCount = offsets[1] - offsets[0]
    guard elementCount(shape + [elementType.byteCount]) == byteCount else {
      throw malformed(
        name,
        "found \(byteCount) bytes of data, "
          + "expected those of \(typeName) elements of shape \(brief(shape))")
    }
    return Tensor(
      name: name, elementType: elementType, shape: shape, start: offsets[0], end: offsets[1])
  }

  /// The tensors must fill the data exactly: no hole, no overlap, nothing behind the last.
  private func checkPlaces(dataSize: Int) throws(FileError) {
    var expectedStart = 0
    for tensor in tensors {
      guard tensor.start == expectedStart else {
        throw malformed(
          tensor.name,
          "its data start at offset \(tensor.start), "
            + "expected \(expectedStart), where those before it end")
      }
      expectedStart = tensor.end
    }
    guard expectedStart == dataSize else {
      throw FileError(
        .malformed, path: path, place: "data",
        problem: "the file is \(dataSize < expectedStart ? "truncated" : "oversized"): "
          + "found \(dataSize) bytes behind the header, expected \(expectedStart)",
        remedy: "Fetch or make the file again.")
    }
  }

  private func malformed(
    _ name: String, _ problem: String, _ remedy: String = "Make the file again."
  ) -> FileError {
    FileError(
      .malformed, path: path, place: "tensor \(quoted(name))", problem: problem, remedy: remedy)
  }

  /// The list, or its beginning: a damaged header may hold millions of numbers.
  private func brief(_ numbers: [Int]) -> String {
    numbers.count <= 8 ? "\(numbers)" : "\(numbers.prefix(8)) and \(numbers.count - 8) more"
  }
}
