import Testing
import Torch

@Suite("Optimisers")
struct OptimizerTests {
  /// Minimises ½ w² from w = 1 and gives every w on the way.
  func path(steps: Int, _ make: (Tensor) throws -> any Optimizer) throws -> [Double] {
    let w = try Tensor([1] as [Double]).requireGradient()
    let optimizer = try make(w)
    return try (0..<steps).map { _ in
      try optimizer.zeroGradients()
      try (w * w * 0.5).sum().backward()
      try optimizer.step(learningRate: 0.1)
      return try w.item()
    }
  }

  @Test("SGD follows its formula, with momentum or none, and weight decay", arguments: [0.9, 0])
  func sgd(momentum: Double) throws {
    let path = try path(steps: 3) {
      try SGD([ParameterGroup([$0], learningRateFactor: 2, weightDecay: 0.5)], momentum: momentum)
    }
    var (w, b) = (1.0, 0.0)
    for actual in path {
      b = momentum * b + (w + 0.5 * w)
      w -= 0.2 * b
      #expect(abs(actual - w) < 1e-14)
    }
  }

  @Test("AdamW follows its formula, with bias correction and decoupled decay")
  func adamW() throws {
    let path = try path(steps: 4) { try AdamW([ParameterGroup([$0], weightDecay: 0.1)]) }
    var (w, m, v) = (1.0, 0.0, 0.0)
    var (p1, p2) = (1.0, 1.0)
    for actual in path {
      let g = w
      w -= 0.1 * 0.1 * w
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      p1 *= 0.9
      p2 *= 0.999
      w -= 0.1 * (m / (1 - p1)) / ((v / (1 - p2)).squareRoot() + 1e-8)
      #expect(abs(actual - w) < 1e-12)
    }
  }

  @Test("clipping scales all gradients by their common norm, and leaves small ones alone")
  func clipping() throws {
    let a = try Tensor([3] as [Double]).requireGradient()
    let b = try Tensor([4] as [Double]).requireGradient()
    let optimizer = try SGD([ParameterGroup([a]), ParameterGroup([b])])
    try (a * a * 0.5).sum().backward()
    try (b * b * 0.5).sum().backward()
    #expect(try optimizer.clipGradients(to: 10) == 5)
    #expect(try optimizer.clipGradients(to: 1) == 5)
    #expect(try abs(a.gradient()!.item() - 0.6) < 1e-15)
    #expect(try abs(b.gradient()!.item() - 0.8) < 1e-15)
  }

  @Test("a loss or a gradient that is not finite is an error of its own, and changes nothing")
  func divergence() throws {
    let w = try Tensor([0] as [Double]).requireGradient()
    let optimizer = try SGD([ParameterGroup([w])])
    #expect(throws: DivergenceError.self) {
      try optimizer.minimize((w + .infinity).sum(), learningRate: 0.1)
    }
    // The slope of a square root at 0 is infinite.
    #expect(throws: DivergenceError.self) {
      try optimizer.minimize(w.squareRoot().sum(), learningRate: 0.1)
    }
    #expect(try w.item() == 0)
  }
}
