import CTorch

extension Tensor {
  /// A tensor filled with one value.
  public static func full(
    _ value: Double, shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try Operators.full(
      .integers(shape), .real(value), .dtype(dtype), .none, .device(device))
  }

  /// A tensor on the CPU whose elements have yet to be written.
  public static func uninitialized(_ shape: [Int], dtype: DType = .float32) throws -> Tensor {
    try Operators.empty(.integers(shape), .dtype(dtype), .none, .device(.cpu))
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try full(0, shape: shape, dtype: dtype, device: device)
  }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try full(1, shape: shape, dtype: dtype, device: device)
  }

  /// Independent normal numbers of mean 0.
  ///
  /// Drawn by `generator`, or by libtorch's own, which `Runtime.seed` sets, if that is nil.
  public static func randomNormal(
    _ shape: [Int], standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: RandomGenerator?
  ) throws -> Tensor {
    let tensor = try zeros(shape, dtype: dtype)
    try Operators.normal.mutate(
      .tensor(tensor), .real(0), .real(standardDeviation),
      generator.map(Argument.generator) ?? .none)
    return tensor
  }

  /// Independent numbers drawn uniformly from `range`.
  ///
  /// Drawn by `generator`, or by libtorch's own, which `Runtime.seed` sets, if that is nil.
  public static func randomUniform(
    _ shape: [Int], in range: ClosedRange<Double>, dtype: DType = .float32,
    using generator: RandomGenerator?
  ) throws -> Tensor {
    let tensor = try zeros(shape, dtype: dtype)
    try Operators.uniform.mutate(
      .tensor(tensor), .real(range.lowerBound), .real(range.upperBound),
      generator.map(Argument.generator) ?? .none)
    return tensor
  }

  /// The whole numbers 0..<count as int64.
  public static func indices(_ count: Int, device: Device = .cpu) throws -> Tensor {
    try Operators.arange(
      .integer(0), .integer(count), .dtype(.int64), .none, .device(device))
  }

  /// Zeros of the same shape, type and device.
  public func zerosLike() throws -> Tensor { try Operators.zerosLike(.tensor(self)) }

  /// A copy with memory of its own, through which gradients flow, in the same order or a given one.
  ///
  /// Unlike `contiguous`, it is marked as being in that order even where a single channel makes all
  /// orders the same, so that what is computed from it follows.
  public func copy(_ format: MemoryFormat? = nil) throws -> Tensor {
    try Operators.clone(.tensor(self), format.map { .integer($0.rawValue) } ?? .none)
  }

  /// The same elements, outside the graph of gradients.
  public func detached() throws -> Tensor { try Operators.detach(.tensor(self)) }

  /// The same numbers as another type; the tensor itself if it is of that type already.
  public func to(_ dtype: DType) throws -> Tensor {
    try Operators.toDtype(.tensor(self), .dtype(dtype))
  }

  /// The same numbers on another device; the tensor itself if it is there already.
  public func to(_ device: Device) throws -> Tensor {
    guard device != self.device else { return self }
    return try Operators.toDevice(
      .tensor(self), .device(device), .integer(Int(ct_tensor_dtype(handle))))
  }

  /// The order of the elements in memory.
  public enum MemoryFormat: Int, Sendable {
    /// Row-major in the order of the axes.
    case contiguous = 0
    /// A batch of pictures N×C×H×W with the channels of one pixel side by side: the faster order
    /// for convolutions on CPUs.
    case channelsLast = 2
  }

  /// The same elements in the given order in memory; the tensor itself if they are so already.
  public func contiguous(_ format: MemoryFormat = .contiguous) throws -> Tensor {
    try Operators.contiguous(.tensor(self), .integer(format.rawValue))
  }

  /// Replaces the elements with those of `source`, converting type and device.
  public func copy(from source: Tensor) throws {
    try withoutGradients {
      try Operators.copy.mutate(.tensor(self), .tensor(source))
    }
  }
}
