import CTorch

/// An operator of libtorch, found by name.
///
/// Everything a tensor can do goes through here, so that a new operation is one line of Swift:
///
///     try Operator("aten::exp")(.tensor(x))
struct Operator: Sendable {
  private nonisolated(unsafe) let handle: OpaquePointer?
  private let name: String
  private let failure: String

  init(_ name: String, _ overload: String = "") {
    var handle: OpaquePointer?
    let status = ct_operator_find(name, overload, &handle)
    self.name = name
    self.handle = handle
    self.failure = status == 0 ? "" : String(cString: ct_last_error())
  }

  /// Calls an operator that gives one tensor.
  func callAsFunction(_ arguments: Argument...) throws -> Tensor {
    try withResults(arguments, capacity: 1) { try tensor($0, at: 0) }
  }

  /// Calls an operator that gives several tensors.
  func tensors(_ count: Int, _ arguments: Argument...) throws -> [Tensor] {
    try withResults(arguments, capacity: count) { results in
      try (0..<count).map { try tensor(results, at: $0) }
    }
  }

  /// Calls an operator that changes its arguments and gives nothing, or only the changed ones.
  func mutate(_ arguments: Argument...) throws {
    try withResults(arguments, capacity: 1) { results in
      for result in results where result.kind == Int32(CT_TENSOR) {
        ct_tensor_release(OpaquePointer(result.pointer!))
      }
    }
  }

  /// Calls an operator that gives one number or truth value.
  func number(_ arguments: Argument...) throws -> Double {
    try withResults(arguments, capacity: 1) { results in
      guard let result = results.first else { throw TorchError("no result", context: name) }
      switch result.kind {
      case Int32(CT_INTEGER), Int32(CT_BOOLEAN): return Double(result.integer)
      case Int32(CT_REAL): return result.real
      default: throw TorchError("the result is not a number", context: name)
      }
    }
  }

  private func tensor(_ results: UnsafeBufferPointer<CTValue>, at index: Int) throws -> Tensor {
    guard results.count > index, results[index].kind == Int32(CT_TENSOR) else {
      throw TorchError("the result is not a tensor", context: name)
    }
    return Tensor(owning: OpaquePointer(results[index].pointer!))
  }

  private func withResults<Result>(
    _ arguments: [Argument], capacity: Int,
    _ body: (UnsafeBufferPointer<CTValue>) throws -> Result
  ) throws -> Result {
    guard let handle else { throw TorchError(failure, context: name) }
    return try Argument.withValues(arguments) { values in
      try withUnsafeTemporaryAllocation(of: CTValue.self, capacity: max(capacity, 1)) { results in
        var count: Int64 = 0
        let status = ct_operator_call(
          handle, values.baseAddress, Int64(values.count), results.baseAddress, Int64(capacity),
          &count)
        try TorchError.check(status, name)
        return try body(UnsafeBufferPointer(rebasing: results[..<Int(count)]))
      }
    }
  }
}

/// An argument of an operator.
enum Argument {
  case none
  case tensor(Tensor)
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case integers([Int])
  case reals([Double])
  case tensors([Tensor])
  case string(String)
  case device(Device)
  case generator(RandomGenerator)

  static func optional(_ tensor: Tensor?) -> Argument { tensor.map(Argument.tensor) ?? .none }
  static func dtype(_ dtype: DType) -> Argument { .integer(Int(dtype.rawValue)) }

  /// The number of 8-byte words that the argument's list or string needs.
  private var wordCount: Int {
    switch self {
    case .integers(let list): list.count
    case .reals(let list): list.count
    case .tensors(let list): list.count
    case .string(let text): text.utf8.count / 8 + 1
    case .device(let device): device.name.utf8.count / 8 + 1
    default: 0
    }
  }

  /// Lays the arguments out for C: one array of values, and one block of words that their lists
  /// and strings share.
  static func withValues<Result>(
    _ arguments: [Argument], _ body: (UnsafeBufferPointer<CTValue>) throws -> Result
  ) throws -> Result {
    let words = arguments.reduce(0) { $0 + $1.wordCount }
    return try withUnsafeTemporaryAllocation(of: CTValue.self, capacity: arguments.count) {
      values in
      try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(words, 1)) { block in
        var free = UnsafeMutableRawPointer(block.baseAddress!)
        for (i, argument) in arguments.enumerated() {
          values.initializeElement(at: i, to: argument.value(at: free))
          free += 8 * argument.wordCount
        }
        // The handles in `values` belong to the tensors in `arguments`.
        return try withExtendedLifetime(arguments) {
          try body(UnsafeBufferPointer(values))
        }
      }
    }
  }

  private func value(at words: UnsafeMutableRawPointer) -> CTValue {
    func make(
      _ kind: Int, integer: Int = 0, real: Double = 0,
      pointer: UnsafeRawPointer? = nil, count: Int = 0
    ) -> CTValue {
      CTValue(
        kind: Int32(kind), integer: Int64(integer), real: real, pointer: pointer,
        count: Int64(count))
    }
    func list<Element: BitwiseCopyable>(_ kind: Int, _ list: [Element]) -> CTValue {
      list.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: words, count: $0.count).copyMemory(from: $0)
      }
      return make(kind, pointer: words, count: list.count)
    }
    return switch self {
    case .none: make(CT_NONE)
    case .tensor(let tensor): make(CT_TENSOR, pointer: UnsafeRawPointer(tensor.handle))
    case .integer(let value): make(CT_INTEGER, integer: value)
    case .real(let value): make(CT_REAL, real: value)
    case .boolean(let value): make(CT_BOOLEAN, integer: value ? 1 : 0)
    case .integers(let values): list(CT_INTEGERS, values)
    case .reals(let values): list(CT_REALS, values)
    case .tensors(let tensors): list(CT_TENSORS, tensors.map(\.handle))
    case .string(let text): list(CT_STRING, Array(text.utf8CString))
    case .generator(let generator):
      make(CT_GENERATOR, pointer: UnsafeRawPointer(generator.handle))
    case .device(let device): list(CT_DEVICE, Array(device.name.utf8CString))
    }
  }
}
