import Torch

/// A row of the table of networks: adding one is one file and one row.
public struct NetworkEntry: Sendable {
  public let name: String
  public let summary: String
  public let paper: String
  /// What it takes.
  public let input: NetworkInput.Kind
  /// The learning rate for AdamW that suits it: narrow networks bear larger steps.
  public let learningRate: Double
  /// The probability of its dropout, 0 if it has one for those who ask for it; nil if it has none.
  public let dropout: Double?
  /// Gets the options with the dropout's probability, if it has one.
  private let layers: @Sendable (NetworkOptions, RandomGenerator) throws -> Layers

  typealias Layers = [(name: String, layer: any Layer)]

  /// A network of pictures, whose channels, height and width `layers` gets first.
  init(
    name: String, summary: String, paper: String, leastSize: Int, learningRate: Double,
    dropout: Double? = nil,
    layers:
      @escaping @Sendable (
        (channels: Int, height: Int, width: Int), NetworkOptions, RandomGenerator
      ) throws -> Layers
  ) {
    (self.name, self.summary, self.paper) = (name, summary, paper)
    input = .pictures(leastSize: leastSize)
    self.learningRate = learningRate
    self.dropout = dropout
    self.layers = { options, generator in
      guard case .pictures(let channels, let height, let width) = options.input else { return [] }
      return try layers((channels, height, width), options, generator)
    }
  }

  /// A network of texts: `layers` gets the size of the vocabulary first.
  init(
    name: String, summary: String, paper: String, learningRate: Double, dropout: Double? = nil,
    layers:
      @escaping @Sendable (
        _ vocabularySize: Int, NetworkOptions, RandomGenerator
      ) throws -> Layers
  ) {
    (self.name, self.summary, self.paper) = (name, summary, paper)
    input = .tokens
    self.learningRate = learningRate
    self.dropout = dropout
    self.layers = { options, generator in
      guard case .tokens(let vocabularySize) = options.input else { return [] }
      return try layers(vocabularySize, options, generator)
    }
  }

  /// The network with fresh weights.
  ///
  /// - Throws: `NetworkError` for options it cannot work with.
  public func network(_ options: NetworkOptions) throws -> Network {
    try check(options)
    var options = options
    options.dropout = options.dropout ?? dropout
    let layers =
      try layers(options, RandomGenerator(seed: options.seed))
      + options.activation.layers(featureCount: options.featureCount)
    return Network(
      name: name, featureCount: options.featureCount, precision: options.precision, layers: layers)
  }

  private func check(_ options: NetworkOptions) throws(NetworkError) {
    func require(_ holds: Bool, _ problem: String) throws(NetworkError) {
      if !holds { throw NetworkError(description: problem) }
    }
    try require(
      options.featureCount >= 1,
      "the number of features must be at least 1, not \(options.featureCount)")
    switch (input, options.input) {
    case (.pictures(let leastSize), .pictures(let channels, let height, let width)):
      try require(
        min(height, width) >= leastSize && channels >= 1,
        "\(name) needs \(input), not \(options.input)")
    case (.tokens, .tokens(let vocabularySize)):
      try require(
        vocabularySize >= 2,
        "\(name) needs padding and a token besides at least, not \(options.input)")
    default:
      throw NetworkError(
        description: "\(name) takes \(input), not \(options.input); 'margin networks' says what "
          + "each network takes")
    }
    if let probability = options.dropout {
      try require(dropout != nil, "\(name) has no dropout")
      try require(
        (0..<1).contains(probability), "the dropout must be in 0..<1, not \(probability)")
    }
  }
}

/// Every network there is.
public enum NetworkCatalog {
  public static let all: [NetworkEntry] = [
    .linear, .mlp, .lenet, .lenetPlusPlusQuarter, .lenetPlusPlus, .largeMargin, .resnet20, .vgg16,
    .vgg16BatchNorm, .lstm, .bidirectionalLSTM,
  ]

  public static func entry(named name: String) -> NetworkEntry? {
    all.first { $0.name == name }
  }
}
