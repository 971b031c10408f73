import Formats
import Torch

extension Safetensors.Entry {
  /// A copy of a tensor's elements, in row-major order.
  ///
  /// - Throws: `TorchError` for an element type that the file cannot hold.
  public init(_ tensor: Tensor) throws {
    let shape = tensor.shape
    switch tensor.dtype {
    case .float32: self.init(try tensor.elements(Float.self), shape: shape)
    case .float64: self.init(try tensor.elements(Double.self), shape: shape)
    case .int64: self.init(try tensor.elements(Int64.self), shape: shape)
    default: throw TorchError("only float32, float64 and int64 tensors are written to files")
    }
  }
}

extension Tensor {
  /// A tensor on the CPU with the elements of a file's entry.
  ///
  /// - Throws: `TorchError` for an element type that is not computed with here.
  public convenience init(_ entry: Safetensors.Entry) throws {
    if let floats = entry.floats {
      try self.init(floats, shape: entry.shape)
    } else if let doubles = entry.doubles {
      try self.init(doubles, shape: entry.shape)
    } else if let integers = entry.int64s {
      try self.init(integers, shape: entry.shape)
    } else {
      throw TorchError(
        "the elements are \(entry.elementType.rawValue); only F32, F64 and I64 are read")
    }
  }
}
