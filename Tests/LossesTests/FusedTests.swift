import Losses
import Testing
import Torch

@Suite("The fused evaluation of a proxy head")
struct FusedTests {
  /// Presets and options that have one.
  static let cases: [(name: String, settings: [String: String])] = [
    ("softmax", [:]), ("modified-softmax", [:]), ("normface", [:]), ("cosface", [:]),
    ("arcface", [:]), ("combined-margin", [:]), ("a-softmax", [:]), ("magface", [:]),
    ("adaface", [:]), ("l2-softmax", [:]), ("proxy-nca", [:]),
    ("proxy-nca", ["rule": "include-target"]), ("cosface", ["scale": "64"]),
    ("arcface", ["label-smoothing": "0.1"]), ("arcface", ["focal-gamma": "2"]),
    ("softmax", ["label-smoothing": "0.2", "temperature": "3"]),
    ("arcface", ["temperature": "2", "ignore-label": "1", "reduction": "sum"]),
    ("normface", ["reduction": "weighted-mean", "label-smoothing": "0.3"]),
    ("arcface", ["reduction": "none"]),
  ]

  /// The errors of the fused and of the composed evaluation in float32, against the composed one in
  /// float64, over the largest number of loss or gradient.
  func errors(
    _ name: String, _ settings: [String: String], _ proofCase: ProofCase, classWeights: Bool
  ) throws -> [(what: String, fused: Double, composed: Double)] {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings)
    var inputs = try proofCase.inputs(for: loss.signatures[0])
    if !classWeights { inputs[.classWeights] = nil }
    inputs[.state] = nil
    func results(
      _ implementation: Implementation, _ dtype: DType
    ) throws -> [(name: String, values: [Double])] {
      var leaves = inputs
      for (input, tensor) in inputs where tensor.dtype != .int64 {
        leaves[input] = try tensor.to(dtype).copy()
        if input != .classWeights { try leaves[input]!.requireGradient() }
      }
      let value = try loss.using(implementation).value(leaves)
      // Samples weigh differently, so that no gradient cancels another.
      let weights = try Tensor((0..<value.count).map { 1 + Double($0 % 3) }, shape: value.shape)
      try (value * weights.to(dtype)).sum().backward()
      return try [("loss", value.to(.float64).elements())]
        + leaves.filter { $0.value.requiresGradient }.sorted { $0.key < $1.key }.map {
          let gradient = try $0.value.gradient() ?? $0.value.zerosLike()
          return try ($0.key.rawValue, gradient.to(.float64).elements())
        }
    }
    let exact = try results(.composed, .float64)
    let (fused, composed) = try (results(.fused, .float32), results(.composed, .float32))
    return exact.indices.map { index in
      let scale = max(exact[index].values.map(\.magnitude).max()!, 1e-3)
      func error(_ values: [Double]) -> Double {
        zip(exact[index].values, values).map { abs($0 - $1) }.max()! / scale
      }
      return (exact[index].name, error(fused[index].values), error(composed[index].values))
    }
  }

  @Test("is as exact as the composed one in float32, at odd shapes too", arguments: cases)
  func agrees(name: String, settings: [String: String]) throws {
    // With one feature the gradient by a unit vector is exactly 0, and all that is left is rounding.
    for proofCase in ProofCase.standard where proofCase.featureCount > 1 {
      for classWeights in [false, true] {
        for error in try errors(name, settings, proofCase, classWeights: classWeights) {
          #expect(
            error.fused <= 3 * error.composed + 5e-6,
            "\(name) \(settings), \(proofCase.name), \(error), class weights: \(classWeights)")
        }
      }
    }
  }

  @Test("stays finite at extreme inputs", arguments: cases)
  func extremes(name: String, settings: [String: String]) throws {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings).using(.fused)
    // It works on labels: the first call of each.
    let failure = try firstFailure(of: FirstCall(loss: loss), draws: 300)
    #expect(failure == nil, "\(name) \(settings): \(failure ?? "")")
  }

  @Test("says why it cannot be used")
  func refusals() throws {
    let inputs = try ProofCase.standard[0].inputs(
      for: LossCatalog.entry(named: "softmax").makeLoss().signatures[0])
    #expect(throws: LossError.self) {
      try LossCatalog.entry(named: "softmax").makeLoss().using(.fused).value(inputs)
    }
    #expect(throws: LossError.self) {
      try LossCatalog.entry(named: "center").makeLoss().using(.fused)
    }
  }
}

/// A loss that is only called in the first of its ways.
private struct FirstCall: Loss {
  let loss: any Loss
  var signatures: [Signature] { [loss.signatures[0]] }
  func value(_ inputs: LossInputs) throws -> Tensor { try loss.value(inputs) }
}
