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
        "curricularface", large,
        [("margin", HeadSettings("curricularface", "scale=64"), FusedOptions())]),
      head("sphereface2", large, [("margin", HeadSettings("sphereface2"), FusedOptions())]),
      head("c-triplet", large, [("margin", HeadSettings("c-triplet"), FusedOptions())]),
      head(
        "arcface, trained", large,
        [
          ("margin", arcface, FusedOptions()),
          ("margin-1e-6", arcface, FusedOptions(tolerance: 1e-6)),
        ], isTrained: true),
      head(
        "arcface", HeadShape(samples: 256, features: 128, classes: 1_000_000),
        [("margin", arcface, FusedOptions())], peers: ["pytorch"]),
      sampledHead(HeadShape(samples: 256, features: 128, classes: 1_000_000), share: 0.1),
    ]
  }

  /// A head that draws its classes, in a training step: with the optimiser, and the copies.
  private static func sampledHead(_ shape: HeadShape, share: Double) -> BenchWork {
    BenchWork(
      name: "arcface, \(share) of the classes", shape: shape.description,
      makeInputs: { try shape.inputs(hasClassWeights: false, isTrained: false) },
      implementations: [
        (
          "margin",
          { inputs in
            let head = try ProxyHead(
              HeadSettings("arcface", "scale=64").loss(.fused), classCount: shape.classes,
              featureCount: shape.features, sampling: ClassSampling(share: share))
            let optimizer = try SGD(
              [ParameterGroup([], sampled: [head.sampledRows!])], momentum: 0.9)
            let x = try inputs["features"]!.requireGradient()
            return BenchRun(
              run: {
                try x.setGradient(nil)
                try head(x, labels: inputs["labels"]!).backward()
                try optimizer.step(learningRate: 1e-6)
              },
              outputs: { try compareDraw(of: head, x, inputs["labels"]!) })
          }
        )
      ],
      peers: [], bareProducts: nil,
      reference: { _ in
        try ["loss", "features", "weights"].reduce(into: [:]) { $0[$1] = try Tensor([1.0]) }
      },
      tolerances: ["": 2e-5])
  }

  /// One draw by the head, held against the composed evaluation of the same classes in float64: quotients
  /// of the losses, and of the gradients' differences and the largest number, plus 1.
  private static func compareDraw(
    of head: ProxyHead, _ x: Tensor, _ labels: Tensor
  ) throws -> [String: Tensor] {
    try x.setGradient(nil)
    let value = try head(x, labels: labels)
    try value.backward()
    let (rows, values) = head.sampledRows!.current!
    let places = try Dictionary(
      uniqueKeysWithValues: rows.elements(Int64.self).enumerated().map { ($1, Int64($0)) })
    let exact = try x.detached().to(.float64).requireGradient()
    let exactRows = try values.detached().to(.float64).requireGradient()
    var loss = head.loss
    loss.implementation = .composed
    let expected = try loss.value([
      .features: exact, .weights: exactRows,
      .labels: Tensor(labels.elements(Int64.self).map { places[$0]! }),
    ])
    try expected.backward()
    func error(_ leaf: Tensor, _ exact: Tensor) throws -> Tensor {
      let gradient = try exact.gradient()!
      let error = try (leaf.gradient()!.to(.float64) - gradient).magnitude()
      return try error.reshaped([1, -1]).max(axis: 1)
        / gradient.magnitude().reshaped([1, -1]).max(axis: 1) + 1
    }
    // The next draw would else find a gradient that no step has used.
    defer { try? values.setGradient(nil) }
    return [
      "loss": try Tensor([value.item() / expected.item()]), "features": try error(x, exact),
      "weights": try error(values, exactRows),
    ]
  }

  private static func head(
    _ name: String, _ shape: HeadShape,
    _ implementations: [(name: String, head: HeadSettings, options: FusedOptions)],
    peers: [String] = [], hasClassWeights: Bool = false, isTrained: Bool = false
  ) -> BenchWork {
    BenchWork(
      name: name, shape: shape.description,
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

private struct HeadShape: CustomStringConvertible {
  let samples, features, classes: Int
  var description: String { "\(samples)·\(features)·\(classes)" }

  /// Features and proxies of random directions.
  ///
  /// Of a trained head, features at a cosine of about 0.8 to the proxies of their classes, and classes in
  /// families of ten whose proxies are at a cosine of about 0.6: what little probability the target
  /// does not have is in the family.
  func inputs(hasClassWeights: Bool, isTrained: Bool) throws -> [String: Tensor] {
    let generator = try RandomGenerator(seed: 1)
    func normal(_ shape: [Int]) throws -> Tensor {
      try Tensor.randomNormal(
        shape, standardDeviation: 1, dtype: .float32, using: generator)
    }
    var weights = try normal([classes, features])
    if isTrained {
      let families = try normal([classes / 10, features])
      let family = try Tensor((0..<classes).map { Int64($0 % (classes / 10)) })
      weights = try families.select(family) * 0.6.squareRoot() + weights * 0.4.squareRoot()
    }
    let labels = (0..<samples).map { Int64(($0 * 7919 + 13) % classes) }
    let labelTensor = try Tensor(labels)
    // Of a length that gives scores like those of a network, in the heads that do not normalise.
    var x = try normal([samples, features]) * (4 / Double(features).squareRoot())
    if isTrained { x = try weights.select(labelTensor) + normal([samples, features]) * 0.75 }
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
