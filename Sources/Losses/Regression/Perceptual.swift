import Torch

/// The distance of two pictures as a network that is already trained sees them, layer by layer.
///
///     L = Σ_j λ_j · 1 / (C_j · H_j · W_j) · ‖φ_j(ŷ) − φ_j(y)‖²
///
/// φ_j is the output of layer j, of the size C_j × H_j × W_j. The network stays as it is.
///
/// Johnson, Alahi, Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
/// 2016.
///
///     let loss = try Perceptual(layers: [1, 3]) { pictures in
///       try outputsOfMyNetwork(pictures)  // of every layer, from the first
///     }
///     let value = try loss(predictions, targets: targets)
public struct Perceptual: Loss {
  /// From pictures [N, K, H, W] to the outputs of the layers, from the first, each [N, …].
  public typealias Network = @Sendable (Tensor) throws -> [Tensor]

  /// What is summed over the differences of a layer's outputs.
  public enum Rule: String, Sendable, CaseIterable {
    case squared, absolute
  }

  /// The places of the layers that count, from 1; all if nil.
  public let layers: [Int]?
  /// λ, one for each layer that counts, or one for all.
  public let layerWeights: [Double]
  public let rule: Rule
  public let reduction: Reduction
  let network: Network

  /// - Parameters:
  ///   - layers: The places of the layers that count, from 1; all if nil.
  ///   - layerWeights: λ, at least 0, one for each layer that counts, or one for all.
  ///   - rule: What is summed.
  ///   - reduction: How the losses of the pictures become one number.
  ///   - network: φ. Gradients flow through it, but not into it: make its parameters constants.
  /// - Throws: `LossError` for a parameter out of range.
  public init(
    layers: [Int]? = nil, layerWeights: [Double] = [1], rule: Rule = .squared,
    reduction: Reduction = .mean, network: @escaping Network
  ) throws {
    if let layers, layers.isEmpty || layers.contains(where: { $0 < 1 }) {
      throw LossError(.usage, "the layers are places from 1 on, not \(layers)")
    }
    for weight in layerWeights {
      try LossParameter.Range.closed(0, .infinity).check("layers' weights", weight)
    }
    let counts = Set([1] + (layers.map { [$0.count] } ?? [layerWeights.count]))
    guard counts.contains(layerWeights.count) else {
      throw LossError(
        .usage,
        "there are \(layerWeights.count) layer weights; give one for each layer, or one for all")
    }
    self.layers = layers
    self.layerWeights = layerWeights
    self.rule = rule
    self.reduction = reduction
    self.network = network
  }

  /// The loss of pictures [N, K, H, W], for targets of the same shape.
  public func callAsFunction(_ predictions: Tensor, targets: Tensor) throws -> Tensor {
    try predictions.requireShape(of: targets)
    let outputs = try zip(network(predictions), network(targets)).map { ($0, $1) }
    let places = layers ?? Array(1...max(outputs.count, 1))
    guard let last = places.max(), last <= outputs.count else {
      throw LossError(
        .data, "layer \(places.max() ?? 1) is asked for, but the network has \(outputs.count)")
    }
    guard layerWeights.count == 1 || layerWeights.count == places.count else {
      throw LossError(
        .data, "there are \(layerWeights.count) layer weights for \(places.count) layers")
    }
    let terms = try places.enumerated().map { index, place in
      let (prediction, target) = outputs[place - 1]
      return try losses(prediction, target) * layerWeights[layerWeights.count == 1 ? 0 : index]
    }
    return try reduction(terms.dropFirst().reduce(terms[0]) { try $0 + $1 })
  }

  /// The loss of each picture [N] at one layer.
  private func losses(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
    let difference = try (prediction - target).reshaped([prediction.shape[0], -1])
    return try (rule == .squared ? difference * difference : difference.magnitude()).mean(axis: 1)
  }

  public var signatures: [Signature] {
    [[InputDeclaration(.predictions, "N×K×H×W"), InputDeclaration(.targets, "N×K×H×W")]]
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.predictions), targets: inputs.required(.targets))
  }
}

/// A perceptual loss whose network is among its inputs: convolutions, each with a ReLU behind it.
///
///     φ_0 = picture,   φ_j = max(kernel_j ∗ φ_{j−1}, 0)
///
/// The kernels [K_j, K_{j−1}, h, w] come in the order of their names; zeros around the pictures keep
/// their size. They are constants: no gradient flows into them.
struct ChainPerceptual: Loss {
  let layers: [Int]?
  let layerWeights: [Double]
  let rule: Perceptual.Rule
  let reduction: Reduction

  init(_ values: ParameterValues) throws {
    layers = values.places("layers")
    layerWeights = values.factors("layer-weights")
    rule = values.choice("rule", Perceptual.Rule.self)
    reduction = values.reduction()
    // What does not fit is told before any tensor is read.
    _ = try perceptual { _ in [] }
  }

  private func perceptual(_ network: @escaping Perceptual.Network) throws -> Perceptual {
    try Perceptual(
      layers: layers, layerWeights: layerWeights, rule: rule, reduction: reduction,
      network: network)
  }

  private static let kernels = InputDeclaration(.kernels, "K′×K×h×w")

  var signatures: [Signature] {
    [
      [
        InputDeclaration(.predictions, "N×K×H×W"), InputDeclaration(.targets, "N×K×H×W"),
        Self.kernels,
      ]
    ]
  }

  func value(_ inputs: LossInputs) throws -> Tensor {
    let kernels = try inputs.tensors(of: Self.kernels).map { kernel in
      try constant { kernel.tensor }
    }
    return try perceptual { pictures in
      try kernels.reduce(into: [Tensor]()) { outputs, kernel in
        outputs.append(try (outputs.last ?? pictures).conv2dKeepingSize(kernel).relu())
      }
    }.value(inputs)
  }
}

extension LossEntry {
  static let perceptual = LossEntry(
    name: "perceptual", title: "Perceptual loss", family: .regression,
    summary: "the distance of pictures as a trained network sees them, layer by layer",
    formula: "L = Σ_j λ_j·1/(C_j·H_j·W_j)·‖φ_j(ŷ) − φ_j(y)‖²; φ_j = max(kernel_j ∗ φ_{j−1}, 0)",
    parameters: [
      LossParameter(
        "layers", default: .word("all"), range: .placesOrAll, "the places of the layers that count"),
      LossParameter(
        "layer-weights", default: .factors([1]), range: .factors,
        "λ, one for each layer that counts, or one for all"),
      .choice(
        "rule", Perceptual.Rule.self, default: .squared,
        "‖·‖²: the sum of the squares, or of the magnitudes"),
      .reduction,
    ],
    conventions: [
      "each layer is divided by C·H·W, layers are added, and the mean is over the pictures",
      "a file gives the network as kernels of a chain of convolutions with ReLU; the order is that "
        + "of their names, the K′ of each is the K of the next, zeros keep the pictures' size",
      "in Swift the network is any function from pictures to the outputs of its layers",
      "the kernels are constants: their gradient is 0",
      "rule absolute is the feature distance of pix2pixHD, which divides by C·H·W too",
    ],
    paper: "Johnson, Alahi, Fei-Fei, Perceptual losses for real-time style transfer and "
      + "super-resolution, ECCV 2016"
  ) {
    try ChainPerceptual($0)
  }
}
