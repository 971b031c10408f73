import Torch

/// What a network gets to see.
public enum NetworkInput: Sendable, Equatable {
  /// Pictures, all of one size.
  case pictures(channels: Int, height: Int, width: Int)
  /// Texts as rows of tokens, 0 ..< `vocabularySize`, of which 0 is padding on the right.
  case tokens(vocabularySize: Int)

  /// A kind of input that a network takes.
  public enum Kind: Sendable, Equatable, CustomStringConvertible {
    /// Pictures whose height and width are `leastSize` at least.
    case pictures(leastSize: Int)
    case tokens

    public var description: String {
      switch self {
      case .pictures(1): "pictures of any size"
      case .pictures(let size): "pictures of at least \(size)×\(size)"
      case .tokens: "texts"
      }
    }
  }
}

extension NetworkInput: CustomStringConvertible {
  public var description: String {
    switch self {
    case .pictures(let channels, let height, let width):
      "pictures of \(width)×\(height) with \(channels) channel\(channels == 1 ? "" : "s")"
    case .tokens(let vocabularySize): "texts of \(vocabularySize) different tokens"
    }
  }
}

/// What a network is built for.
public struct NetworkOptions: Sendable {
  public var input: NetworkInput
  /// D, at least 1.
  public var featureCount: Int
  public var activation: FeatureActivation
  /// The probability of its dropout, in 0..<1; the network's own if nil.
  public var dropout: Double?
  public var precision: Precision
  /// Of the initial weights.
  public var seed: UInt64

  public init(
    input: NetworkInput, featureCount: Int, activation: FeatureActivation = .none,
    dropout: Double? = nil, precision: Precision = .float32, seed: UInt64 = 0
  ) {
    self.input = input
    self.featureCount = featureCount
    self.activation = activation
    self.dropout = dropout
    self.precision = precision
    self.seed = seed
  }
}
