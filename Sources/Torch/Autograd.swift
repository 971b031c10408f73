import CTorch

/// Runs `body` without recording operations for gradients, on this thread.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let wasEnabled = ct_grad_enabled()
  ct_set_grad_enabled(false)
  defer { ct_set_grad_enabled(wasEnabled) }
  return try body()
}

/// Runs `body` recording operations for gradients, on this thread, as in a backward pass that computes
/// something again.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let wasEnabled = ct_grad_enabled()
  ct_set_grad_enabled(true)
  defer { ct_set_grad_enabled(wasEnabled) }
  return try body()
}

/// Whether operations are recorded for gradients, on this thread.
public var gradientsAreRecorded: Bool { ct_grad_enabled() }

extension Tensor {
  /// Whether operations on this tensor are recorded for gradients.
  public var requiresGradient: Bool { ct_tensor_requires_grad(handle) }

  /// Makes this tensor one to compute gradients for; it returns itself.
  ///
  /// - Throws: `TorchError` if its elements are not floating-point numbers.
  @discardableResult
  public func requireGradient(_ required: Bool = true) throws -> Tensor {
    try TorchError.check(ct_tensor_set_requires_grad(handle, required), "gradient")
    return self
  }

  /// The gradient that `backward` has accumulated, nil before the first.
  public func gradient() throws -> Tensor? {
    var result: OpaquePointer?
    try TorchError.check(ct_tensor_grad(handle, &result), "gradient")
    return result.map(Tensor.init(owning:))
  }

  /// Sets the accumulated gradient; nil forgets it.
  public func setGradient(_ gradient: Tensor?) throws {
    try TorchError.check(ct_tensor_set_grad(handle, gradient?.handle), "gradient")
  }

  /// Adds the gradients of this scalar to those of the tensors it was computed from.
  ///
  /// - Parameter retainingGraph: Whether the graph is kept for another call.
  public func backward(retainingGraph: Bool = false) throws {
    try TorchError.check(ct_tensor_backward(handle, retainingGraph), "backward")
  }
}

/// The gradients of a scalar with respect to `inputs`, nil where it does not depend on one.
///
/// With `createGraph`, gradients of the gradients can be taken.
public func gradients(
  of output: Tensor, for inputs: [Tensor], createGraph: Bool = false
) throws -> [Tensor?] {
  var results = [OpaquePointer?](repeating: nil, count: inputs.count)
  let outputs: [OpaquePointer?] = [output.handle]
  let handles: [OpaquePointer?] = inputs.map(\.handle)
  let status = ct_gradients(
    outputs, nil, 1, handles, Int64(handles.count), createGraph, createGraph, &results)
  withExtendedLifetime((output, inputs)) {}
  try TorchError.check(status, "gradients")
  return results.map { $0.map(Tensor.init(owning:)) }
}
