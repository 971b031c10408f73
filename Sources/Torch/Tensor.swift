import CTorch

/// An array of numbers of one type and any number of axes, with libtorch's arithmetic and
/// automatic differentiation.
///
/// A tensor is a reference: two variables may share one, and the few operations that change a
/// tensor in place say so by their name. Its memory is freed when the last reference goes.
///
/// Tensors may be handed between threads. Changing one while another thread uses it is an error
/// that nothing catches, as in libtorch itself.
public final class Tensor: @unchecked Sendable {
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }
  deinit { ct_tensor_release(handle) }

  // MARK: Creating

  /// A tensor on the CPU with a copy of `elements`, in row-major order.
  ///
  /// - Throws: `TorchError` if the shape does not hold as many elements as given.
  public convenience init<Element: TensorElement>(_ elements: [Element], shape: [Int]) throws {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else {
        throw TorchError("the shape \(shape) is not one a tensor can have")
      }
      product = next
    }
    guard product == elements.count else {
      throw TorchError("the shape \(shape) holds \(product) elements, not \(elements.count)")
    }
    var handle: OpaquePointer?
    let sizes = shape.map(Int64.init)
    let status = elements.withUnsafeBytes {
      ct_tensor_copying(
        $0.baseAddress, sizes, Int64(sizes.count), Element.dtype.rawValue, &handle)
    }
    try TorchError.check(status, "tensor of shape \(shape)")
    self.init(owning: handle!)
  }

  /// A float32 tensor on the CPU of elements that are somewhere already, in row-major order: they must
  /// stay there until `release` is called, when the last reference to the tensor's memory is gone.
  public convenience init(
    borrowing elements: UnsafeMutablePointer<Float>, shape: [Int],
    release: @escaping @Sendable () -> Void
  ) throws {
    final class Release {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
      deinit { body() }
    }
    var handle: OpaquePointer?
    let sizes = shape.map(Int64.init)
    let context = Unmanaged.passRetained(Release(release))
    let status = ct_tensor_borrowing(
      elements, sizes, Int64(sizes.count), DType.float32.rawValue,
      { Unmanaged<AnyObject>.fromOpaque($0!).release() }, context.toOpaque(), &handle)
    if status != 0 { context.release() }
    try TorchError.check(status, "tensor of shape \(shape)")
    self.init(owning: handle!)
  }

  /// A tensor on the CPU with one axis and a copy of `elements`.
  public convenience init<Element: TensorElement>(_ elements: [Element]) throws {
    try self.init(elements, shape: [elements.count])
  }

  // MARK: Describing

  /// The size along each axis.
  public var shape: [Int] {
    (0..<ct_tensor_rank(handle)).map { Int(ct_tensor_size(handle, $0)) }
  }

  /// The number of axes.
  public var rank: Int { Int(ct_tensor_rank(handle)) }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The type of the elements.
  ///
  /// Tensors of the types that `DType` does not name can be computed with but not read.
  public var dtype: DType? { DType(rawValue: ct_tensor_dtype(handle)) }

  /// Where the elements are.
  public var device: Device {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { name in
      _ = ct_tensor_device(handle, name.baseAddress, Int64(name.count))
      return Device(String(cString: name.baseAddress!))
    }
  }

  // MARK: Reading

  /// The elements in row-major order, copied from whatever device they are on.
  ///
  /// - Throws: `TorchError` if they are not of the type asked for: nothing is converted silently.
  public func elements<Element: TensorElement>(_: Element.Type = Element.self) throws -> [Element] {
    guard dtype == Element.dtype else {
      throw TorchError(
        "the elements are \(dtype.map(\.description) ?? "of another type"), not \(Element.dtype)")
    }
    return try detached().to(.cpu).contiguous().withUnsafeElements { Array($0) }
  }

  /// The one element of a tensor that has just one, as a `Double`.
  public func item() throws -> Double {
    try Operators.item.number(.tensor(self))
  }

  /// Calls `body` with the elements in place, in row-major order.
  ///
  /// - Throws: `TorchError` unless the tensor is contiguous, on the CPU and of this element type;
  ///   whatever `body` throws.
  public func withUnsafeElements<Element: TensorElement, Result>(
    of _: Element.Type = Element.self,
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) throws -> Result {
    try withUnsafeMutableElements { try body(UnsafeBufferPointer($0)) }
  }

  /// Calls `body` with the elements in place, in row-major order, for it to change.
  public func withUnsafeMutableElements<Element: TensorElement, Result>(
    of _: Element.Type = Element.self,
    _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
  ) throws -> Result {
    guard dtype == Element.dtype else {
      throw TorchError(
        "the elements are \(dtype.map(\.description) ?? "of another type"), not \(Element.dtype)")
    }
    var data: UnsafeMutableRawPointer?
    try TorchError.check(ct_tensor_data(handle, &data), "elements")
    defer { withExtendedLifetime(self) {} }
    return try body(
      UnsafeMutableBufferPointer(
        start: data?.assumingMemoryBound(to: Element.self), count: count))
  }
}
