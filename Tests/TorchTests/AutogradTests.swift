import Testing
import Torch

@Suite("Gradients")
struct AutogradTests {
  @Test("of a scalar accumulate in the tensors that ask for them")
  func accumulation() throws {
    let x = try Tensor([1, 2, 3] as [Double]).requireGradient()
    try (x * x).sum().backward()
    #expect(try x.gradient()?.elements() == [2, 4, 6] as [Double])
    try (x * x).sum().backward()
    #expect(try x.gradient()?.elements() == [4, 8, 12] as [Double])
    try x.setGradient(nil)
    #expect(try x.gradient() == nil)
  }

  @Test("can be asked for without accumulating; nil where there is no dependence")
  func asked() throws {
    let x = try Tensor([3] as [Double]).requireGradient()
    let unused = try Tensor([3] as [Double]).requireGradient()
    let grads = try gradients(of: (x * x).sum(), for: [x, unused])
    #expect(try grads[0]?.elements() == [6] as [Double])
    #expect(grads[1] == nil)
    #expect(try x.gradient() == nil)
  }

  @Test("are not recorded inside withoutGradients, and are again after it, even when it throws")
  func disabled() throws {
    let x = try Tensor([3] as [Double]).requireGradient()
    #expect(try withoutGradients { try x * x }.requiresGradient == false)
    try? withoutGradients { throw TorchError("on purpose") }
    #expect(try (x * x).requiresGradient)
  }

  @Test("of a scalar that depends on nothing are an error")
  func noGraph() {
    #expect(throws: TorchError.self) { try Tensor.ones([1]).backward() }
  }
}

@Suite("Custom functions")
struct CustomFunctionTests {
  /// y = x², with both directions written on raw memory.
  func square(_ x: Tensor) throws -> Tensor {
    try customFunction([x]) { inputs in
      let x = inputs[0]
      let y = try x.zerosLike()
      try x.withUnsafeElements(of: Double.self) { x in
        try y.withUnsafeMutableElements(of: Double.self) { y in
          for i in x.indices { y[i] = x[i] * x[i] }
        }
      }
      return CustomFunctionResult(outputs: [y]) { grads in
        guard let g = try grads[0]?.contiguous() else { return [nil] }
        let dx = try x.zerosLike()
        try x.withUnsafeElements(of: Double.self) { x in
          try g.withUnsafeElements(of: Double.self) { g in
            try dx.withUnsafeMutableElements(of: Double.self) { dx in
              for i in x.indices { dx[i] = 2 * x[i] * g[i] }
            }
          }
        }
        return [dx]
      }
    }[0]
  }

  @Test("take part in the graph like any operator")
  func chain() throws {
    let x = try Tensor([1, -2, 3] as [Double]).requireGradient()
    let y = try square(x * 3)
    #expect(try y.elements() == [9, 36, 81] as [Double])
    try (y * 2).sum().backward()
    #expect(try x.gradient()?.elements() == [36, -72, 108] as [Double])
  }

  @Test("record nothing where no gradient is wanted")
  func unrecorded() throws {
    #expect(try square(Tensor([2] as [Double])).requiresGradient == false)
    let x = try Tensor([2] as [Double]).requireGradient()
    #expect(try withoutGradients { try square(x) }.requiresGradient == false)
  }

  @Test("may have several inputs and outputs, some of them unused")
  func several() throws {
    let a = try Tensor([2] as [Double]).requireGradient()
    let b = try Tensor([5] as [Double]).requireGradient()
    let outputs = try customFunction([a, b]) { inputs in
      let (a, b) = (inputs[0], inputs[1])
      return CustomFunctionResult(outputs: [try a * b, try a + b]) { grads in
        #expect(grads[1] == nil)
        return [try grads[0].map { try $0 * b }, nil]
      }
    }
    try outputs[0].sum().backward()
    #expect(try a.gradient()?.elements() == [5] as [Double])
    #expect(try b.gradient() == nil)
  }

  struct Refusal: Error {}

  @Test("pass on what their closures throw")
  func errors() throws {
    let x = try Tensor([2] as [Double]).requireGradient()
    #expect(throws: Refusal.self) { try customFunction([x]) { _ in throw Refusal() } }
    let y = try customFunction([x]) { inputs in
      CustomFunctionResult(outputs: [try inputs[0].copy()]) { _ in throw Refusal() }
    }[0]
    let error = #expect(throws: TorchError.self) { try y.sum().backward() }
    #expect(error?.message.contains("Refusal") == true)
  }

  @Test("let go of what they capture once the graph has been used or dropped")
  func release() throws {
    final class Witness {}
    weak var used: Witness?
    weak var dropped: Witness?
    let x = try Tensor([2] as [Double]).requireGradient()
    func make(_ witness: Witness) throws -> Tensor {
      try customFunction([x]) { inputs in
        CustomFunctionResult(outputs: [try inputs[0].copy()]) { grads in
          withExtendedLifetime(witness) { grads }
        }
      }[0]
    }
    do {
      let witness = Witness()
      used = witness
      try make(witness).sum().backward()
    }
    do {
      let witness = Witness()
      dropped = witness
      _ = try make(witness)
    }
    #expect(used == nil)
    #expect(dropped == nil)
  }
}
