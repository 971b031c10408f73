import Torch

/// Named layers, one after another, from pictures [N, C, H, W] to features [N, D].
public struct Network {
  public let name: String
  /// D.
  public let featureCount: Int
  public let precision: Precision
  public let layers: [(name: String, layer: any Layer)]
  /// The index of the last linear layer.
  private let featureLayer: Int?

  public init(
    name: String, featureCount: Int, precision: Precision = .float32,
    layers: [(name: String, layer: any Layer)]
  ) {
    self.name = name
    self.featureCount = featureCount
    self.precision = precision
    self.layers = layers
    featureLayer = layers.lastIndex { $0.layer is Linear }
  }

  /// The features of pictures: float32 [N, D], whatever the precision.
  ///
  /// - Parameters:
  ///   - pictures: [N, C, H, W], scaled as `PictureSet.batch` does.
  ///   - observe: Is called with the name and output of each layer.
  public func callAsFunction(
    _ pictures: Tensor, observe: ((String, Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    try output(of: layers[...], for: pictures, observe: observe)
  }

  private func output(
    of layers: ArraySlice<(name: String, layer: any Layer)>, for pictures: Tensor,
    observe: ((String, Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    var x = try pictures.to(precision.dtype)
    for (index, step) in zip(layers.indices, layers) {
      if index == featureLayer { x = try x.to(.float32) }
      x = try step.layer(x)
      try observe?(step.name, x)
    }
    return try x.to(.float32)
  }

  /// Moves the offset of the feature layer, the last linear one, so that these pictures' features
  /// have the mean 0.
  ///
  /// Fresh features share a large common part, as all pictures share their background: all point
  /// nearly the same way, which a loss that sees only directions takes long to undo. Done once,
  /// before the first step, whatever the loss.
  ///
  /// Compare Krähenbühl et al., "Data-dependent initializations of convolutional neural networks",
  /// 2016.
  public func centerFeatures(on pictures: Tensor) throws {
    guard let featureLayer, let bias = (layers[featureLayer].layer as? Linear)?.bias
    else { return }
    try withoutGradients {
      let features = try output(of: layers[...featureLayer], for: pictures)
      try bias.add(features.mean(axis: 0), scale: -1)
    }
  }

  /// All parameters, by the names of their layers.
  public var parameters: [Parameter] {
    layers.flatMap { step in
      step.layer.parameters.map {
        Parameter(name: "\(step.name).\($0.name)", tensor: $0.tensor, decays: $0.decays)
      }
    }
  }
}

/// What follows the feature layer.
public enum FeatureActivation: String, Codable, Sendable, CaseIterable {
  case none, relu, prelu

  func layers(featureCount: Int) throws -> [(name: String, layer: any Layer)] {
    switch self {
    case .none: []
    case .relu: [("features.relu", ReLU())]
    case .prelu: [("features.prelu", try PReLU(channels: featureCount))]
    }
  }
}

/// What a network is built for.
public struct NetworkOptions: Sendable {
  /// The pictures' channels and size.
  public var channels, height, width: Int
  /// D, at least 1.
  public var featureCount: Int
  public var activation: FeatureActivation
  public var precision: Precision
  /// Of the initial weights.
  public var seed: UInt64

  public init(
    channels: Int, height: Int, width: Int, featureCount: Int,
    activation: FeatureActivation = .none, precision: Precision = .float32, seed: UInt64 = 0
  ) {
    self.channels = channels
    self.height = height
    self.width = width
    self.featureCount = featureCount
    self.activation = activation
    self.precision = precision
    self.seed = seed
  }
}

/// Pictures that a network cannot take, or options out of range.
public struct NetworkError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// A row of the table of networks: adding one is one file and one row.
public struct NetworkEntry: Sendable {
  public let name: String
  public let summary: String
  public let paper: String
  /// The least height and width of its pictures.
  public let leastSize: Int
  /// The learning rate for AdamW that suits it: narrow networks bear larger steps.
  public let learningRate: Double
  private let layers:
    @Sendable (NetworkOptions, RandomGenerator) throws -> [(
      name: String, layer: any Layer
    )]

  init(
    name: String, summary: String, paper: String, leastSize: Int,
    learningRate: Double,
    layers:
      @escaping @Sendable (NetworkOptions, RandomGenerator) throws -> [(
        name: String, layer: any Layer
      )]
  ) {
    self.name = name
    self.summary = summary
    self.paper = paper
    self.leastSize = leastSize
    self.learningRate = learningRate
    self.layers = layers
  }

  /// The network with fresh weights.
  ///
  /// - Throws: `NetworkError` for options it cannot work with.
  public func network(_ options: NetworkOptions) throws -> Network {
    guard options.featureCount >= 1 else {
      throw NetworkError(
        description: "the number of features must be at least 1, not \(options.featureCount)")
    }
    guard min(options.height, options.width) >= leastSize else {
      throw NetworkError(
        description: "\(name) needs pictures of at least \(leastSize)×\(leastSize), "
          + "not \(options.width)×\(options.height)")
    }
    let layers =
      try layers(options, RandomGenerator(seed: options.seed))
      + options.activation.layers(featureCount: options.featureCount)
    return Network(
      name: name, featureCount: options.featureCount, precision: options.precision, layers: layers)
  }
}

/// Every network there is.
public enum NetworkCatalog {
  public static let all: [NetworkEntry] = [
    .lenet, .lenetPlusPlusQuarter, .lenetPlusPlus, .vgg16,
  ]

  public static func entry(named name: String) -> NetworkEntry? {
    all.first { $0.name == name }
  }
}
