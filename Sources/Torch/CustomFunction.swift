import CTorch

/// What the forward pass of a custom function gives: its results, and how to go back.
public struct CustomFunctionResult {
  /// The results: new tensors, not the inputs themselves.
  public var outputs: [Tensor]
  /// Gets the gradients of the outputs, nil for one that was not used; gives those of the inputs
  /// in their order, nil for one that needs none.
  ///
  /// What it captures lives as long as the graph. It must not capture the outputs themselves,
  /// which own the graph: capture a `detached()` one.
  public var backward: ([Tensor?]) throws -> [Tensor?]

  public init(outputs: [Tensor], backward: @escaping ([Tensor?]) throws -> [Tensor?]) {
    self.outputs = outputs
    self.backward = backward
  }
}

/// Applies a function with a gradient of its own making.
///
/// Both closures run outside automatic differentiation, on the calling thread, and may work on raw
/// memory through `Tensor.withUnsafeElements`:
///
///     let y = try customFunction([x]) { inputs in
///       let x = inputs[0]
///       return CustomFunctionResult(outputs: [try x * x]) { grads in
///         [try grads[0].map { try $0 * x * 2 }]
///       }
///     }[0]
///
/// There are no gradients of its gradients: asking for them with `createGraph` throws.
///
/// - Throws: What `forward` throws. What `backward` throws arrives, as a `TorchError` with its
///   description, where the gradients were asked for.
public func customFunction(
  _ inputs: [Tensor], forward: ([Tensor]) throws -> CustomFunctionResult
) throws -> [Tensor] {
  let result = try withoutGradients { try forward(inputs.map { try $0.detached() }) }
  guard ct_grad_enabled(), inputs.contains(where: \.requiresGradient) else {
    return result.outputs
  }
  let context = Unmanaged.passRetained(BackwardContext(result.backward))
  let inputHandles: [OpaquePointer?] = inputs.map(\.handle)
  let outputHandles: [OpaquePointer?] = result.outputs.map(\.handle)
  let status = ct_attach_backward(
    inputHandles, Int64(inputHandles.count), outputHandles, Int64(outputHandles.count),
    runBackward, context.toOpaque(),
    { Unmanaged<BackwardContext>.fromOpaque($0!).release() })
  withExtendedLifetime((inputs, result)) {}
  try TorchError.check(status, "custom function")
  return result.outputs
}

/// Keeps a Swift closure for C to hold.
private final class BackwardContext {
  let backward: ([Tensor?]) throws -> [Tensor?]
  init(_ backward: @escaping ([Tensor?]) throws -> [Tensor?]) { self.backward = backward }
}

private func runBackward(
  context: UnsafeMutableRawPointer?, outputGrads: UnsafePointer<OpaquePointer?>?,
  outputCount: Int64, inputGrads: UnsafeMutablePointer<OpaquePointer?>?, inputCount: Int64
) -> Int32 {
  let context = Unmanaged<BackwardContext>.fromOpaque(context!).takeUnretainedValue()
  // Every handle given out is a reference of its own: these are the caller's.
  let grads = (0..<Int(outputCount)).map { i in
    outputGrads![i].flatMap { borrowed in
      var owned: OpaquePointer?
      return ct_tensor_retain(borrowed, &owned) == 0 ? Tensor(owning: owned!) : nil
    }
  }
  do {
    let results = try withoutGradients { try context.backward(grads) }
    guard results.count == Int(inputCount) else {
      throw TorchError(
        "the backward of a custom function gave \(results.count) gradients for \(inputCount) inputs"
      )
    }
    for (i, result) in results.enumerated() {
      guard let result else { continue }
      var owned: OpaquePointer?
      try TorchError.check(ct_tensor_retain(result.handle, &owned))
      inputGrads![i] = owned
    }
    return 0
  } catch {
    ct_set_last_error("\(error)")
    return 1
  }
}
