/// Numbers of any type and shape, as files hold them; read out as the type that is wanted.
public struct NumericArray: Sendable {
  /// What an element is in the file.
  public enum ElementType: String, Sendable, CaseIterable {
    case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64
    case float16, bfloat16, float32, float64

    /// Bytes of one element.
    public var byteCount: Int {
      switch self {
      case .bool, .int8, .uint8: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  public let elementType: ElementType
  /// Size of each dimension, the slowest first; empty for a single number.
  public let shape: [Int]
  /// Where the numbers come from, for messages.
  public let path: String
  public let name: String
  /// Row-major.
  private let storage: Storage

  private enum Storage {
    /// Little-endian, as files have them.
    case bytes([UInt8])
    case doubles([Double])
  }

  /// - Precondition: `bytes` are those of the shape.
  init(
    _ elementType: ElementType, shape: [Int], bytes: [UInt8], path: String, name: String
  ) {
    precondition(elementCount(shape + [elementType.byteCount]) == bytes.count)
    (self.elementType, self.shape, storage) = (elementType, shape, .bytes(bytes))
    (self.path, self.name) = (path, name)
  }

  /// - Precondition: `values` are as many as the shape says.
  init(_ values: [Double], shape: [Int], path: String, name: String) {
    precondition(elementCount(shape) == values.count)
    (elementType, self.shape, storage) = (.float64, shape, .doubles(values))
    (self.path, self.name) = (path, name)
  }

  /// The number of elements: the product of `shape`.
  public var count: Int { shape.reduce(1, *) }

  /// The elements, row-major, each as the nearest float32; beyond its range ±infinity.
  public func floats() -> [Float] {
    switch elementType {
    case .float32: map { (bits: UInt32) in Float(bitPattern: bits) }
    case .float16: map { (bits: UInt16) in floatOfHalf(bits) }
    case .bfloat16: map { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float64: doubles().map { Float($0) }
    case .bool: map { (value: UInt8) in value == 0 ? 0 : 1 }
    case .int8: map { (value: Int8) in Float(value) }
    case .int16: map { (value: Int16) in Float(value) }
    case .int32: map { (value: Int32) in Float(value) }
    case .int64: map { (value: Int64) in Float(value) }
    case .uint8: map { (value: UInt8) in Float(value) }
    case .uint16: map { (value: UInt16) in Float(value) }
    case .uint32: map { (value: UInt32) in Float(value) }
    case .uint64: map { (value: UInt64) in Float(value) }
    }
  }

  /// The elements, row-major, each as a float64: exact, save integers beyond 2⁵³.
  public func doubles() -> [Double] {
    if case .doubles(let values) = storage { return values }
    return switch elementType {
    case .float64: map { (bits: UInt64) in Double(bitPattern: bits) }
    case .int64: map { (value: Int64) in Double(value) }
    case .uint64: map { (value: UInt64) in Double(value) }
    case .int32: map { (value: Int32) in Double(value) }
    case .uint32: map { (value: UInt32) in Double(value) }
    // The others are exact in float32.
    default: floats().map { Double($0) }
    }
  }

  /// The elements, row-major, as integers; floating-point numbers must be whole.
  ///
  /// - Throws: `FileError` of kind `.malformed` that names the first element that is none, or that
  ///   is beyond an int64.
  public func integers() throws(FileError) -> [Int64] {
    switch elementType {
    case .bool: return map { (value: UInt8) in value == 0 ? 0 : 1 }
    case .int8: return map { (value: Int8) in Int64(value) }
    case .int16: return map { (value: Int16) in Int64(value) }
    case .int32: return map { (value: Int32) in Int64(value) }
    case .int64: return map { (value: Int64) in value }
    case .uint8: return map { (value: UInt8) in Int64(value) }
    case .uint16: return map { (value: UInt16) in Int64(value) }
    case .uint32: return map { (value: UInt32) in Int64(value) }
    case .uint64:
      let values = map { (value: UInt64) in value }
      if let index = values.firstIndex(where: { $0 > Int64.max }) {
        throw notWhole(index, "\(values[index])")
      }
      return values.map { Int64($0) }
    case .float16, .bfloat16, .float32, .float64:
      let values = doubles()
      if let index = values.firstIndex(where: { Int64(exactly: $0) == nil }) {
        throw notWhole(index, "\(values[index])")
      }
      return values.map { Int64($0) }
    }
  }

  private func notWhole(_ index: Int, _ found: String) -> FileError {
    FileError(
      .malformed, path: path, place: "array \(quoted(name)), element \(index)",
      problem: "found \(found), expected a whole number of 64 bits")
  }

  private func map<Element: BitwiseCopyable, Result>(_ body: (Element) -> Result) -> [Result] {
    guard case .bytes(let bytes) = storage else { preconditionFailure("only float64 is so stored") }
    return bytes.withUnsafeBytes { raw in
      [Result](unsafeUninitializedCapacity: count) { out, initializedCount in
        let size = MemoryLayout<Element>.size
        for i in 0..<count {
          (out.baseAddress! + i).initialize(
            to: body(raw.loadUnaligned(fromByteOffset: i * size, as: Element.self)))
        }
        initializedCount = count
      }
    }
  }
}

/// The number that 16 bits of IEEE 754 stand for; `Float16` is not on every machine.
private func floatOfHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10 & 0x1F)
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    // Zero and subnormals: the fraction, in units of 2⁻²⁴.
    let value = Float(fraction) * 0x1p-24
    return sign == 0 ? value : -value
  case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

extension NumericArray {
  /// A tensor of a safetensors file.
  init(_ entry: Safetensors.Entry, path: String, name: String) {
    let elementType: ElementType =
      switch entry.elementType {
      case .float64: .float64
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint8: .uint8
      case .bool: .bool
      }
    self.init(elementType, shape: entry.shape, bytes: entry.bytes, path: path, name: name)
  }
}
