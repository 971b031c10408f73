/// A safetensors file: named tensors, and pairs of text that describe them.
///
/// The file is an 8-byte little-endian header length, a JSON header, and the raw little-endian
/// data of the tensors, row-major, one behind the other.
public struct Safetensors: Sendable {
  /// The element types that Margin reads and writes, by their names in the file.
  public enum ElementType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one element.
    public var byteCount: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .int8, .uint8, .bool: 1
      }
    }
  }

  /// One tensor: its type, its shape and its little-endian bytes, row-major.
  public struct Entry: Sendable {
    public var elementType: ElementType
    /// Size of each dimension, the slowest first; empty for a single number.
    public var shape: [Int]
    /// As many bytes as the product of `shape`, times the width of an element.
    public var bytes: [UInt8]

    public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
      self.elementType = elementType
      self.shape = shape
      self.bytes = bytes
    }
  }

  public var entries: [String: Entry]
  public var metadata: [String: String]

  public init(entries: [String: Entry] = [:], metadata: [String: String] = [:]) {
    self.entries = entries
    self.metadata = metadata
  }

  /// The header's key for the metadata, which no tensor may have for a name.
  static let metadataKey = "__metadata__"
  /// The longest header that the reference implementation reads, in bytes.
  static let largestHeader = 100_000_000
}

#if _endian(big)
  #error("Elements are copied as they lie in memory, which safetensors wants little-endian.")
#endif

extension Safetensors.Entry {
  /// A float32 tensor of the given shape.
  public init(_ values: [Float], shape: [Int]) {
    self.init(elementType: .float32, shape: shape, bytes: copiedBytes(values))
  }

  /// A float64 tensor of the given shape.
  public init(_ values: [Double], shape: [Int]) {
    self.init(elementType: .float64, shape: shape, bytes: copiedBytes(values))
  }

  /// An int64 tensor of the given shape.
  public init(_ values: [Int64], shape: [Int]) {
    self.init(elementType: .int64, shape: shape, bytes: copiedBytes(values))
  }

  /// The elements, bit for bit; `nil` where the type is not float32.
  public var floats: [Float]? { elementType == .float32 ? elements() : nil }

  /// The elements, bit for bit; `nil` where the type is not float64.
  public var doubles: [Double]? { elementType == .float64 ? elements() : nil }

  /// The elements; `nil` where the type is not int64.
  public var int64s: [Int64]? { elementType == .int64 ? elements() : nil }

  private func elements<Element: BitwiseCopyable>() -> [Element] {
    let count = bytes.count / MemoryLayout<Element>.size
    return [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      bytes.withUnsafeBytes { source in
        raw.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(raw.count)))
      }
      initializedCount = count
    }
  }
}

private func copiedBytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] {
  values.withUnsafeBytes { source in
    [UInt8](unsafeUninitializedCapacity: source.count) { buffer, initializedCount in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      initializedCount = source.count
    }
  }
}
