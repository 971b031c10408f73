import Testing
import Torch

@Suite("Tensors")
struct TensorTests {
  @Test("hold what they were made of, in row-major order")
  func roundTrip() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.dtype == .float32)
    #expect(tensor.device == .cpu)
    #expect(try tensor.elements() == [1, 2, 3, 4, 5, 6] as [Float])
    #expect(try tensor.transposed().elements() == [1, 4, 2, 5, 3, 6] as [Float])
  }

  @Test("of every element type can be made and read")
  func elementTypes() throws {
    #expect(try Tensor([1, 255] as [UInt8]).elements() == [1, 255] as [UInt8])
    #expect(try Tensor([-1, 1 << 40] as [Int64]).elements() == [-1, 1 << 40] as [Int64])
    #expect(try Tensor([0.1] as [Float]).elements() == [0.1] as [Float])
    #expect(try Tensor([0.1] as [Double]).elements() == [0.1] as [Double])
    #expect(try Tensor([true, false]).elements() == [true, false])
  }

  @Test("may be empty or a single number")
  func oddShapes() throws {
    #expect(try Tensor([] as [Float], shape: [0, 3]).sum().item() == 0)
    #expect(try Tensor([7] as [Int64], shape: []).item() == 7)
  }

  @Test("broadcast and multiply as matrices")
  func arithmetic() throws {
    let a = try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
    let b = try Tensor([10, 20] as [Double])
    #expect(try (a + b).elements() == [11, 22, 13, 24] as [Double])
    #expect(try (1 - a * 2).elements() == [-1, -3, -5, -7] as [Double])
    #expect(try a.matmul(a).elements() == [7, 10, 15, 22] as [Double])
    #expect(try a.max(axis: 1).elements() == [2, 4] as [Double])
    #expect(try a.argmax(axis: 0).elements() == [1, 1] as [Int64])
  }

  @Test("drawn at random are the same for the same seed, and different for another")
  func seeds() throws {
    func draw(_ seed: UInt64) throws -> [Float] {
      let generator = try RandomGenerator(seed: seed)
      return try Tensor.randomNormal([50], using: generator).elements()
        + Tensor.randomUniform([50], in: -1...1, using: generator).elements()
    }
    #expect(try draw(1) == draw(1))
    #expect(try draw(1) != draw(2))
    #expect(try draw(1).suffix(50).allSatisfy { abs($0) <= 1 })
  }

  @Test("go when the last reference goes: a million temporaries leave memory flat")
  func memory() throws {
    let one = try Tensor.ones([256])
    var sum = try Tensor.zeros([256])
    func run(_ count: Int) throws {
      for _ in 0..<count { sum = try sum * 0.5 + one }
    }
    try run(10_000)
    let before = residentBytes()
    try run(500_000)
    #expect(try abs(sum.mean().item() - 2) < 1e-5)
    // Two temporaries of 1 kB a turn: leaked, they would take a gigabyte. Tests that run beside this
    // one take some meanwhile.
    #expect(residentBytes() - before < 400 << 20)
  }
}

@Suite("A mistake becomes a TorchError with libtorch's message, and the process lives on")
struct TorchErrorTests {
  @Test func shapeMismatch() throws {
    let error = #expect(throws: TorchError.self) {
      try Tensor.ones([2, 3]).matmul(Tensor.ones([2, 3]))
    }
    #expect(error?.message.contains("cannot be multiplied (2x3 and 2x3)") == true)
  }

  @Test func badDtype() throws {
    let error = #expect(throws: TorchError.self) {
      try Tensor.ones([2, 2]).matmul(Tensor.ones([2, 2], dtype: .float64))
    }
    #expect(error?.message.contains("same dtype") == true)
    #expect(throws: TorchError.self) { try Tensor.ones([2]).elements(Double.self) }
    #expect(throws: TorchError.self) { try Tensor([1] as [Int64]).requireGradient() }
  }

  @Test func indexOutOfRange() throws {
    let error = #expect(throws: TorchError.self) {
      try Tensor.ones([2, 3]).select(Tensor([5] as [Int64]))
    }
    #expect(error?.message.contains("out of range") == true)
    #expect(throws: TorchError.self) {
      try Tensor([9] as [Int64]).oneHot(classCount: 3, dtype: .float32)
    }
  }

  @Test func impossibleShapes() {
    #expect(throws: TorchError.self) { try Tensor([1] as [Float], shape: [2]) }
    #expect(throws: TorchError.self) { try Tensor([] as [Float], shape: [-1, 0]) }
    #expect(throws: TorchError.self) { try Tensor([] as [Float], shape: [.max, .max]) }
  }

  @Test func unknownDevice() {
    #expect(throws: TorchError.self) { try Tensor.ones([1]).to("abacus") }
  }
}
