import Foundation
import Losses
import Testing
import Torch

@Suite("Regression losses")
struct RegressionTests {
  /// The losses of differences 0, ½, −1, 3, and their slopes there.
  static func table(_ loss: any ElementwiseLoss) throws -> (values: [Double], slopes: [Double]) {
    let differences = try Tensor([0, 0.5, -1, 3]).requireGradient()
    let values = try loss(differences, targets: Tensor.zeros([4], dtype: .float64))
    try values.sum().backward()
    return (try values.elements(), try differences.gradient()!.elements())
  }

  @Test("have the values and slopes of their formulas, worked by hand")
  func values() throws {
    let l1 = try Self.table(L1(reduction: .none))
    #expect(l1.values == [0, 0.5, 1, 3] && l1.slopes == [0, 1, -1, 1])
    let l2 = try Self.table(L2(reduction: .none))
    #expect(l2.values == [0, 0.25, 1, 9] && l2.slopes == [0, 1, -2, 6])
    let half = try Self.table(L2(rule: .halfSquare, reduction: .none))
    #expect(half.values == [0, 0.125, 0.5, 4.5] && half.slopes == [0, 0.5, -1, 3])
    let smooth = try Self.table(SmoothL1(beta: 2, reduction: .none))
    #expect(smooth.values == [0, 0.0625, 0.25, 2] && smooth.slopes == [0, 0.25, -0.5, 1])
    let huber = try Self.table(Huber(delta: 2, reduction: .none))
    #expect(huber.values == [0, 0.125, 0.5, 4] && huber.slopes == [0, 0.5, -1, 2])
    // A prediction that is too high costs 1 − τ.
    let quantile = try Self.table(Quantile(0.75, reduction: .none))
    #expect(quantile.values == [0, 0.125, 0.75, 0.75])
    #expect(quantile.slopes == [-0.25, 0.25, -0.75, 0.25])
  }

  @Test("have no seam where Huber's pieces meet, and smooth L1 with β = 0 is L1")
  func seams() throws {
    for delta in [1e-3, 0.5, 1.0] {
      let loss = try Huber(delta: delta, reduction: .none)
      let edge = try Tensor([delta.nextDown, delta, delta.nextUp]).requireGradient()
      let values = try loss(edge, targets: Tensor.zeros([3], dtype: .float64))
      try values.sum().backward()
      for value in try values.elements(Double.self) {
        #expect(abs(value / (delta * delta / 2) - 1) < 1e-15)
      }
      for slope in try edge.gradient()!.elements(Double.self) {
        #expect(abs(slope / delta - 1) < 1e-15)
      }
    }
    let (zero, l1) = (
      try Self.table(SmoothL1(beta: 0, reduction: .none)), try Self.table(L1(reduction: .none))
    )
    #expect(zero.values == l1.values && zero.slopes == l1.slopes)
  }

  @Test("log-cosh is exact in float32 from 1e-18 to 1e30, where cosh itself overflows at 90")
  func logCosh() throws {
    let sizes: [Float] = [1e-18, 1e-6, 1e-3, 0.5, 0.999, 1, 1.001, 5, 90, 1e30]
    let leaf = try Tensor(sizes).requireGradient()
    let values = try LogCosh(reduction: .none)(leaf, targets: Tensor.zeros([sizes.count]))
    try values.sum().backward()
    let results = zip(try values.elements(Float.self), try leaf.gradient()!.elements(Float.self))
    for (size, (value, slope)) in zip(sizes, results) {
      let x = Double(size)
      let exact = x < 1 ? log1p(2 * sinh(x / 2) * sinh(x / 2)) : x + log1p(exp(-2 * x)) - log(2)
      #expect(abs(Double(value) / exact - 1) < 4e-7, "\(size)")
      #expect(abs(Double(slope) / tanh(x) - 1) < 4e-7, "\(size)")
    }
  }

  @Test("Charbonnier's corner is ε deep, without underflow of its square or overflow of the other")
  func charbonnier() throws {
    for epsilon in [1e-12, 1e-3, 2] {
      let leaf = try Tensor([0, 3e25] as [Float]).requireGradient()
      let values = try Charbonnier(epsilon: epsilon, reduction: .none)(
        leaf, targets: Tensor.zeros([2]))
      try values.sum().backward()
      #expect(try values.elements() == [Float(epsilon), 3e25])
      #expect(try leaf.gradient()?.elements() == [0, 1] as [Float])
    }
  }

  @Test("refuse targets of another shape, even one that could be stretched")
  func shapes() throws {
    #expect(throws: LossError.self) {
      try L2()(Tensor.zeros([3, 1]), targets: Tensor.zeros([3]))
    }
  }
}

@Suite("Perceptual loss")
struct PerceptualTests {
  let one = try! Tensor([1.0], shape: [1, 1, 1, 1])

  @Test("with one layer that passes the picture on is the mean square of what is above 0")
  func identity() throws {
    let inputs: LossInputs = [
      .predictions: try Tensor([1, -2, 3, 4.0], shape: [1, 1, 2, 2]),
      .targets: try Tensor([0, -1, 1, 4.0], shape: [1, 1, 2, 2]), LossInput("kernels.1"): one,
    ]
    let entry = try LossCatalog.entry(named: "perceptual")
    #expect(try entry.makeLoss().value(inputs).item() == (1 + 0 + 4 + 0) / 4)
    #expect(try entry.makeLoss(["rule": "absolute"]).value(inputs).item() == (1 + 0 + 2 + 0) / 4)
  }

  @Test("takes any network in Swift, layers by place and weights in their order")
  func anyNetwork() throws {
    let loss = try Perceptual(layers: [3, 1], layerWeights: [0.5, 10]) { pictures in
      try [pictures, pictures * 100, pictures * 2]
    }
    let ones = try Tensor.ones([2, 3, 2, 2], dtype: .float64)
    // Layer 3: (2 − 0)² · ½; layer 1: 1² · 10.
    #expect(try loss(ones, targets: ones.zerosLike()).item() == 12)
  }

  @Test("refuses layers that there are not, and as many weights as there are not layers")
  func refusals() throws {
    let ones = try Tensor.ones([1, 1, 1, 1])
    #expect(throws: LossError.self) {
      try Perceptual(layers: [2]) { [$0] }(ones, targets: ones)
    }
    #expect(throws: LossError.self) {
      try Perceptual(layerWeights: [1, 2]) { [$0] }(ones, targets: ones)
    }
    for settings in [
      ["layers": "1/2/3", "layer-weights": "1/2"], ["layers": "0"], ["layers": "1/"],
    ] {
      #expect(throws: LossError.self) {
        try LossCatalog.entry(named: "perceptual").makeLoss(settings)
      }
    }
  }

  @Test("checks that each kernel takes what the one before gives, in the order of their numbers")
  func chain() throws {
    let loss = try LossCatalog.entry(named: "perceptual").makeLoss()
    func problem(_ shapes: [String: [Int]]) throws -> String? {
      var inputs: LossInputs = [:]
      for name in [LossInput.predictions, .targets] {
        inputs[name] = try Tensor.ones([2, 3, 4, 5])
      }
      for (name, shape) in shapes { inputs[LossInput("kernels.\(name)")] = try Tensor.ones(shape) }
      do { try loss.validate(inputs) } catch let error as LossError { return error.description }
      #expect(try loss.value(inputs).rank == 0)
      return nil
    }
    #expect(try problem(["2": [7, 3, 3, 3], "10": [1, 7, 1, 5]]) == nil)
    let message = try #require(try problem(["2": [1, 7, 1, 5], "10": [7, 3, 3, 3]]))
    #expect(message.contains("'kernels.2' has K = 7, but 'targets' has 3"), "\(message)")
    #expect(try problem(["1": [3, 3, 3]])?.contains("[K′×K×h×w]") == true)
    #expect(try problem([:])?.contains("'kernels.*'") == true)
  }
}
