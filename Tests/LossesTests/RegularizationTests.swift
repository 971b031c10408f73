import Losses
import Testing
import Torch

@Suite("Regularizers")
struct RegularizationTests {
  let parameters: [(name: String, tensor: Tensor)] = [
    ("network.conv1.weight", try! Tensor([1, -2.0])), ("network.conv1.bias", try! Tensor([10.0])),
    ("head.weights", try! Tensor([3.0], shape: [1, 1])),
  ]

  @Test("add up weights and leave offsets alone: worked by hand")
  func values() throws {
    #expect(try L1Regularization()(parameters).item() == 6)
    #expect(try L2Regularization()(parameters).item() == 14)
    #expect(try L2Regularization(weight: 0.5, rule: .halfSquare)(parameters).item() == 3.5)
    #expect(try ElasticNet(weight: 2, alpha: 0.25)(parameters).item() == 2 * (1.5 + 0.75 * 7))
    #expect(try ElasticNet(alpha: 1)(parameters).item() == 6)
    #expect(try ElasticNet(alpha: 0, rule: .square)(parameters).item() == 14)
  }

  @Test(
    "are on the parameters that they are told, each layer with its factor; the first name decides")
  func selections() throws {
    func sum(_ text: String) throws -> Double {
      try L1Regularization(on: ParameterSelection(parsing: text))(parameters).item()
    }
    #expect(try sum("all") == 16)
    #expect(try sum("network.conv1.*") == 13)
    #expect(try sum("*.bias=0.5") == 5)
    #expect(try sum("head.weights=2/network.*=0.1") == 6 + 1.3)
    #expect(try sum("head.*=0/weights") == 3)
    #expect(try sum("n*.*ht") == 3)
    let rules = try ParameterSelection(["head.*": 0, "weights": 0.5])
    #expect("\(rules)" == "head.*=0/weights=0.5")
    #expect(try ParameterSelection(parsing: "\(rules)") == rules)
  }

  @Test("on nothing are refused, with the names that there are")
  func nothing() throws {
    let error = #expect(throws: LossError.self) {
      try L2Regularization(on: ParameterSelection(["ip1.*": 1]))(parameters)
    }
    #expect(error?.description.contains("network.conv1.weight") == true)
    #expect(throws: LossError.self) { try ParameterSelection([:]) }
    #expect(throws: LossError.self) { try ParameterSelection(["a.*": -1]) }
    for text in ["", "conv1", "a.*=", "a.*=1=2", "a.*=-1", "weights/"] {
      #expect(throws: LossError.self, "\(text)") { try ParameterSelection(parsing: text) }
    }
  }

  @Test("structural risk is the mean loss and the prices of layers, each by its own weight")
  func structuralRisk() throws {
    let risk = try StructuralRisk(
      losses: [LossSum.Term(L1()), LossSum.Term(L2(), weight: 10)],
      regularizers: [
        L2Regularization(on: ParameterSelection(["network.*": 0.1, "head.*": 2])),
        L1Regularization(weight: 0.5),
      ])
    let inputs: LossInputs = [
      .predictions: try Tensor([1, 3.0]), .targets: try Tensor([1, 1.0]),
    ]
    // Mean |d| = 1, mean d² = 2; 0.1 · (1 + 4 + 100) + 2 · 9; 0.5 · 6.
    #expect(try risk.empirical(inputs).item() == 21)
    #expect(try risk.penalty(parameters).item() == 10.5 + 18 + 3)
    #expect(try risk(inputs, parameters: parameters).item() == 21 + 31.5)
    #expect(throws: LossError.self) {
      try StructuralRisk(ObjectiveSpecification("l1-regularization+elastic-net"))
    }
  }

  @Test("join sums as any loss does: softmax + λ · center + λ · elastic net, from their names")
  func sums() throws {
    let specification = try ObjectiveSpecification(
      "softmax+0.01*center+0.001*elastic-net", settings: ["elastic-net.alpha": "1"])
    let risk = try StructuralRisk(specification)
    #expect(risk.losses.count == 2 && risk.regularizers.count == 1)
    let inputs = try ProofCase.standard[0].inputs(for: risk.signatures[0])
    let samples = inputs.filter { !$0.key.rawValue.hasPrefix("parameters.") }
    let difference = try specification.loss.value(inputs).item() - risk.empirical(samples).item()
    let magnitudes = try ["a", "b"].map {
      try inputs[LossInput("parameters.\($0)")]!.magnitude().sum().item()
    }
    #expect(abs(difference - 0.001 * magnitudes.reduce(0, +)) < 1e-12)
  }
}

@Suite("Regularizers in training")
struct RegularizedObjectiveTests {
  @Test("see the network's parameters and the head's as they are now")
  func objective() throws {
    let network = try Tensor([3, -4.0] as [Float])
    let objective = try Objective(
      ObjectiveSpecification(
        "softmax+0.5*l2-regularization", settings: ["on": "network.*=2/head.weights"]),
      classCount: 2, featureCount: 1, networkParameters: [("network.conv1.weight", network)],
      seed: 1)
    let (features, labels) = (try Tensor.zeros([1, 1]), try Tensor([0] as [Int64]))
    func price() throws -> Double {
      // With no features and no offset the softmax loss is log 2.
      try objective(features, labels: labels).item() - 0.693147180559945
    }
    let weights = try #require(objective.head).weights.detached().elements(Float.self)
    let own = weights.reduce(0.0) { $0 + Double($1 * $1) }
    #expect(try abs(price() - 0.5 * (2 * 25 + own)) < 1e-5)
    try network.multiply(by: 2)
    #expect(try abs(price() - 0.5 * (2 * 100 + own)) < 1e-4)
  }

  @Test("on no parameter, and the losses of predictions in their place, are refused")
  func refusals() {
    func problem(_ name: String, _ settings: [String: String] = [:]) -> String? {
      let error = #expect(throws: LossError.self) {
        try Objective(
          ObjectiveSpecification(name, settings: settings), classCount: 2, featureCount: 1, seed: 0)
      }
      return error?.description
    }
    #expect(
      problem("softmax+elastic-net", ["on": "network.*"])?.contains("head.weights") == true)
    #expect(problem("softmax+l2")?.contains("did you mean 'l2-regularization'?") == true)
    #expect(problem("l2-regularization")?.contains("softmax+l2-regularization") == true)
  }
}
