import Torch

/// Named layers, one after another, from inputs to features [N, D].
///
/// Inputs are pictures [N, C, H, W], or texts as rows of tokens, int64 [N, T] with 0 as padding on the
/// right. A network of your own is made of any layers:
///
///     let network = try Network(
///       name: "small", featureCount: 2,
///       layers: [
///         ("conv", Conv2d(1, 8, size: 5, stride: 2, using: generator)), ("relu", ReLU()),
///         ("features", Linear(8 * 12 * 12, 2, using: generator)),
///       ])
public struct Network: Sendable {
  public let name: String
  /// D.
  public let featureCount: Int
  public let precision: Precision
  private let sequence: Sequential
  /// The index of the last linear layer.
  private let featureLayer: Int?

  /// - Parameters:
  ///   - name: What it is called in messages and checkpoints.
  ///   - featureCount: D, the numbers that the last layer gives.
  ///   - precision: What the layers before the last linear one compute in; that one and those behind it
  ///     compute in float32.
  ///   - layers: With names that make those of the parameters: "conv.weight".
  /// - Precondition: No two layers have the same name.
  public init(
    name: String, featureCount: Int, precision: Precision = .float32,
    layers: [(name: String, layer: any Layer)]
  ) {
    self.name = name
    self.featureCount = featureCount
    self.precision = precision
    sequence = Sequential(layers)
    featureLayer = layers.lastIndex { $0.layer is Linear }
  }

  public var layers: [(name: String, layer: any Layer)] { sequence.layers }

  /// The features of inputs: float32 [N, D], whatever the precision.
  ///
  /// - Parameters:
  ///   - input: Pictures [N, C, H, W], scaled as `PictureSet.batch` does, or tokens, int64 [N, T].
  ///   - isTraining: Whether a training step follows: see `Layer`.
  ///   - observe: Is called with the name and output of each layer.
  public func callAsFunction(
    _ input: Tensor, isTraining: Bool = false, observe: ((String, Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    try output(of: layers[...], for: input, isTraining: isTraining, observe: observe)
  }

  private func output(
    of layers: ArraySlice<(name: String, layer: any Layer)>, for input: Tensor, isTraining: Bool,
    observe: ((String, Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    // Tokens are no numbers to compute with: the layer that looks them up decides.
    var x = try input.dtype == .int64 ? input : input.to(precision.dtype)
    for (index, step) in zip(layers.indices, layers) {
      if index == featureLayer { x = try x.to(.float32) }
      x = try step.layer(x, isTraining: isTraining)
      try observe?(step.name, x)
    }
    return try x.to(.float32)
  }

  /// Moves the offset of the feature layer, the last linear one, so that these inputs' features have the
  /// mean 0. A layer without offset stays as it is.
  ///
  /// Fresh features share a large common part, as all pictures share their background: all point
  /// nearly the same way, which a loss that sees only directions takes long to undo. Done once,
  /// before the first step, whatever the loss. Layers do as in training: fresh running means are not
  /// those of any batch.
  ///
  /// Compare Krähenbühl et al., "Data-dependent initializations of convolutional neural networks",
  /// 2016.
  public func centerFeatures(on input: Tensor) throws {
    guard let featureLayer, let bias = (layers[featureLayer].layer as? Linear)?.bias
    else { return }
    try withoutGradients {
      let features = try output(of: layers[...featureLayer], for: input, isTraining: true)
      try bias.add(features.mean(axis: 0), scale: -1)
    }
  }

  /// All parameters, by the names of their layers.
  public var parameters: [Parameter] { sequence.parameters }

  /// All that changes in training by a rule of its own, by the names of their layers.
  public var buffers: [(name: String, tensor: Tensor)] { sequence.buffers }
}

/// What follows the feature layer.
///
/// Batch normalisation keeps features from all pointing one way: losses that compare directions with many
/// proxies at once, such as Proxy-Anchor and SphereFace2, stay there for long without it. It is the last
/// layer of the networks of Deng et al., "ArcFace: Additive angular margin loss for deep face recognition",
/// CVPR 2019.
public enum FeatureActivation: String, Codable, Sendable, CaseIterable {
  case none, relu, prelu
  case batchNorm = "batch-norm"

  func layers(featureCount: Int) throws -> [(name: String, layer: any Layer)] {
    switch self {
    case .none: []
    case .relu: [("features.relu", ReLU())]
    case .prelu: [("features.prelu", try PReLU(channels: featureCount))]
    case .batchNorm: [("features.bn", try BatchNorm(featureCount))]
    }
  }
}

/// Inputs that a network cannot take, or options out of range.
public struct NetworkError: Error, Sendable, CustomStringConvertible {
  public let description: String
}
