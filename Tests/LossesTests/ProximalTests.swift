import Losses
import Testing
import Torch

@Suite("Proximal steps")
struct ProximalTests {
  /// Every regularizer that has one.
  static let regularizers: [any ProximalRegularizer] = [
    try! L1Regularization(), try! L2Regularization(), try! L2Regularization(rule: .halfSquare),
    try! ElasticNet(alpha: 0.3), try! ElasticNet(alpha: 0.3, rule: .square),
    try! ElasticNet(alpha: 1), try! ElasticNet(alpha: 0),
  ]

  @Test("end where the regularizer and the way there cost least", arguments: regularizers.indices)
  func optimum(index: Int) throws {
    let regularizer = Self.regularizers[index]
    for (start, step) in [(1.5, 0.4), (-1.5, 0.4), (0.2, 0.7), (-0.3, 1.1), (0, 0.5), (2, 0)] {
      let theta = try Tensor([start])
      func cost(_ u: Double) throws -> Double {
        try 0.5 * (u - start) * (u - start)
          + step * regularizer.penalty(Tensor([u])).item()
      }
      let found = try regularizer.proximalPoint(of: theta, step: step).item()
      for way in [-0.1, -1e-3, 1e-3, 0.1] {
        #expect(try cost(found) < cost(found + way), "from \(start) to \(found)")
      }
    }
  }

  @Test("change the chosen parameters in place, each by its factor, and outside the graph")
  func shrinking() throws {
    let weight = try Tensor([2, -0.5, 0.1] as [Float]).requireGradient()
    let bias = try Tensor([0.1] as [Float]).requireGradient()
    let parameters = [("fc.weight", weight), ("fc.bias", bias)]
    try L1Regularization(weight: 2, on: ParameterSelection(["fc.*ht": 0.5]))
      .shrink(parameters.map { (name: $0.0, tensor: $0.1) }, learningRate: 0.25)
    #expect(try weight.elements(Float.self) == [1.75, -0.25, 0])
    #expect(try bias.elements(Float.self) == [0.1])
    #expect(weight.requiresGradient)
    #expect(throws: LossError.self) {
      try L1Regularization(on: ParameterSelection(["ip.*": 1]))
        .shrink([("fc.weight", weight)], learningRate: 0.1)
    }
  }

  @Test(
    "lead to the lasso's optimum: zeros where the slope of the loss is below λ, else equal to it")
  func lasso() throws {
    let generator = try RandomGenerator(seed: 3)
    let x = try Tensor.randomNormal([60, 6], dtype: .float64, using: generator)
    let truth = try Tensor([2, -1, 0, 0, 0.5, 0], shape: [6, 1])
    let y = try x.matmul(truth) + Tensor.randomNormal([60, 1], dtype: .float64, using: generator)
    let w = try Tensor.zeros([6, 1], dtype: .float64).requireGradient()
    let lambda = 0.4
    let lasso = try L1Regularization(weight: lambda)
    let optimizer = try SGD([ParameterGroup([w])])
    for _ in 0..<500 {
      try optimizer.minimize(L2()(x.matmul(w), targets: y), learningRate: 0.1)
      try lasso.shrink([("w.weight", w)], learningRate: 0.1)
    }
    try optimizer.zeroGradients()
    try L2()(x.matmul(w), targets: y).backward()
    let weights = try w.elements(Double.self)
    let slopes = try w.gradient()!.elements(Double.self)
    #expect(weights.contains(0) && weights.contains { $0 != 0 })
    for (weight, slope) in zip(weights, slopes) {
      if weight == 0 {
        #expect(abs(slope) <= lambda)
      } else {
        #expect(abs(slope + (weight > 0 ? lambda : -lambda)) < 1e-9)
      }
    }
  }
}
