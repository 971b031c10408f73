import CTorch

/// The type of a tensor's elements.
public enum DType: Int32, Sendable, CaseIterable, CustomStringConvertible {
  case uint8 = 0
  case int64 = 4
  case float32 = 6
  case float64 = 7
  case bool = 11

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  public var description: String {
    switch self {
    case .uint8: "uint8"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    case .bool: "bool"
    }
  }
}

/// A Swift type that can be an element of a tensor.
public protocol TensorElement: BitwiseCopyable, Sendable {
  static var dtype: DType { get }
}

extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
extension Bool: TensorElement { public static var dtype: DType { .bool } }
