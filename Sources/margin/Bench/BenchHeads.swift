import Foundation
import Losses
import Torch

extension BenchWork {
  /// Proxy heads, forward and backward.
  static var heads: [BenchWork] {
    let peers = ["pytorch", "pytorch-compiled", "pytorch-metric-learning"]
    let large = HeadShape(samples: 256, features: 512, classes: 100_000)
    let arcface = HeadSettings("arcface", "scale=64")
    return [
      head(
        "arcface", large,
        [
          ("margin", arcface, FusedOptions()),
          ("margin-bf16", arcface, FusedOptions(precision: .bf16)),
        ], peers: peers),
      head(
        "arcface", HeadShape(samples: 512, features: 512, classes: 10_000),
        [("margin", arcface, FusedOptions())], peers: peers),
      head(
        "arcface", HeadShape(samples: 256, features: 128, classes: 10_000),
        [("margin", arcface, FusedOptions())], peers: peers),
      head("softmax", large, [("margin", HeadSettings("softmax"), FusedOptions())]),
      head("cosface", large, [("margin", HeadSettings("cosface", "scale=64"), FusedOptions())]),
      head("a-softmax", large, [("margin", HeadSettings("a-softmax"), FusedOptions())]),
      head(
        "arcface + smoothing", large,
        [("margin", HeadSettings("arcface", "scale=64", "label-smoothing=0.1"), FusedOptions())]),
      head(
        "arcface + class weights", large, [("margin", arcface, FusedOptions())],
        hasClassWeights: true),
      head(
        "arcface + focal", large,
        [("margin", HeadSettings("arcface", "scale=64", "focal-gamma=2"), FusedOptions())]),
      head(
        "arcface, trained", large,
        [
          ("margin", arcface, FusedOptions()),
          ("margin-1e-6", arcface, FusedOptions(tolerance: 1e-6)),
        ], isTrained: true),
      head(
        "arcface", HeadShape(samples: 256, features: 128, classes: 1_000_000),
        [("margin", arcface, FusedOptions())], peers: ["pytorch"]),
    ]
  }

  private static func head(
    _ name: String, _ shape: HeadShape,
    _ implementations: [(name: String, head: HeadSettings, options: FusedOptions)],
    peers: [String] = [], hasClassWeights: Bool = false, isTrained: Bool = false
  ) -> BenchWork {
    BenchWork(
      name: name, shape: "\(shape.samples)·\(shape.features)·\(shape.classes)",
      makeInputs: {
        try shape.inputs(hasClassWeights: hasClassWeights, isTrained: isTrained)
      },
      implementations: implementations.map { implementation in
        (
          implementation.name,
          { inputs in
            var loss = try implementation.head.loss(.fused)
            loss.fused = implementation.options
            return try run(loss, inputs)
          }
        )
      },
      peers: peers,
      bareProducts: { inputs in
        let (x, w) = (inputs["features"]!, inputs["weights"]!)
        let scores = try Tensor.uninitialized([shape.samples, shape.classes])
        let (dx, dw) = (
          try Tensor.uninitialized([shape.samples, shape.features]),
          try Tensor.uninitialized([shape.classes, shape.features])
        )
        return {
          try withoutGradients {
            try x.multiply(w.transposed(), into: scores)
            try scores.multiply(w, into: dx)
            try scores.transposed().multiply(x, into: dw)
          }
        }
      },
      reference: { try reference(implementations[0].head, $0) },
      tolerances: ["": 2e-5, "margin-bf16": 3e-2])
  }

  private static func run(_ loss: ProxyLoss, _ inputs: [String: Tensor]) throws -> BenchRun {
    var leaves: LossInputs = [:]
    for (name, tensor) in inputs where name != "checked" { leaves[LossInput(name)] = tensor }
    let (x, w) = (leaves[.features]!, leaves[.weights]!)
    for leaf in [x, w] + (leaves[.bias].map { [$0] } ?? []) { try leaf.requireGradient() }
    let result = Box<Tensor>()
    return BenchRun(
      run: { [leaves] in
        for leaf in leaves.values where leaf.requiresGradient { try leaf.setGradient(nil) }
        let value = try loss.value(leaves)
        try value.backward()
        result.value = try value.detached()
      },
      outputs: {
        [
          "loss": try result.value!.reshaped([1]), "features": try x.gradient()!,
          "weights": try w.gradient()!.select(inputs["checked"]!),
        ]
      })
  }

  /// Loss and gradients of the composed evaluation in float64, some samples at a time: as their mean.
  private static func reference(
    _ head: HeadSettings, _ inputs: [String: Tensor]
  ) throws -> [String: Tensor] {
    let loss = try head.loss(.composed)
    let x = inputs["features"]!
    let w = try inputs["weights"]!.to(.float64).requireGradient()
    let count = x.shape[0]
    let size = max(1, 16_000_000 / w.shape[0])
    var (sum, gradients) = (0.0, [Tensor]())
    for first in stride(from: 0, to: count, by: size) {
      let rows = first..<min(first + size, count)
      let part = try x.slice(rows).to(.float64).requireGradient()
      var leaves: LossInputs = [
        .features: part, .weights: w, .labels: try inputs["labels"]!.slice(rows),
      ]
      leaves[.classWeights] = try inputs["class-weights"]?.to(.float64)
      let value = try loss.value(leaves) * (Double(rows.count) / Double(count))
      try value.backward()
      sum += try value.item()
      gradients.append(try part.gradient()!)
    }
    return [
      "loss": try Tensor([sum]), "features": try .concatenate(gradients),
      "weights": try w.gradient()!.select(inputs["checked"]!),
    ]
  }
}

/// A row of the catalogue with settings.
private struct HeadSettings {
  let name: String
  let settings: [String: String]

  init(_ name: String, _ settings: String...) {
    self.name = name
    self.settings = Dictionary(
      uniqueKeysWithValues: settings.map {
        let words = $0.split(separator: "=").map(String.init)
        return (words[0], words[1])
      })
  }

  func loss(_ implementation: Implementation) throws -> ProxyLoss {
    let loss = try LossCatalog.entry(named: name).makeLoss(settings)
    return try loss.using(implementation) as! ProxyLoss
  }
}

private struct HeadShape {
  let samples, features, classes: Int

  /// Features and proxies of random directions; of a trained head, features near the proxies of their
  /// classes, at a cosine of about 0.8.
  func inputs(hasClassWeights: Bool, isTrained: Bool) throws -> [String: Tensor] {
    let generator = try RandomGenerator(seed: 1)
    func normal(_ shape: [Int]) throws -> Tensor {
      try Tensor.randomNormal(
        shape, standardDeviation: 1, dtype: .float32, using: generator)
    }
    let weights = try normal([classes, features])
    let labels = (0..<samples).map { Int64(($0 * 7919 + 13) % classes) }
    let labelTensor = try Tensor(labels)
    var x = try normal([samples, features])
    if isTrained { x = try weights.select(labelTensor) + x * 0.75 }
    // Of so many gradients, those of the labels and some others are compared.
    let checked = Set(labels + (0..<1000).map { Int64($0 * (classes / 1000)) }).sorted()
    var inputs = [
      "features": x, "weights": weights, "labels": labelTensor, "checked": try Tensor(checked),
    ]
    if hasClassWeights {
      inputs["class-weights"] =
        try Tensor((0..<classes).map { 0.5 + Float($0 % 11) / 10 })
    }
    return inputs
  }
}

/// A place for something that closures share.
private final class Box<Value> {
  var value: Value?
}
