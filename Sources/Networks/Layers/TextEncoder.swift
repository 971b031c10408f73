import Torch

/// Texts to vectors: each token's embedding, an LSTM over them, and one vector from its states.
///
/// Texts are rows of tokens, int64 [N, T], with 0 as padding on the right; a text ends with its last token
/// that is not 0. What it gives is exact: it does not depend on how much padding there is, and the
/// backward direction starts at the text's end, not in the padding. A text without tokens counts as one
/// of a single padding.
public struct TextEncoder: Layer {
  public let embedding: Embedding
  /// After the embedding.
  public let dropout: Dropout
  public let forward: LSTM
  /// Reads the texts from their ends; nil if there is one direction.
  public let backward: LSTM?
  public let pooling: Pooling

  /// How the states become one vector.
  public enum Pooling: Sendable {
    /// The state after all of the text: H numbers for each direction.
    case lastState
    /// The mean of each number over the text, then the largest: 2 H for each direction.
    case meanAndMaximum
  }

  /// - Parameters:
  ///   - vocabularySize: How many tokens there are, padding included.
  ///   - embeddingSize: The numbers of a token's vector.
  ///   - stateCount: H, the numbers of a state.
  ///   - layerCount: How many LSTMs are on top of each other in each direction.
  ///   - isBidirectional: Whether texts are read from their ends, too.
  ///   - pooling: How the states become one vector.
  ///   - dropout: The probability, in 0..<1, with which numbers of embeddings are dropped.
  ///   - precision: What is computed in.
  ///   - seed: Of what dropout draws.
  ///   - generator: Of the initial weights.
  public init(
    vocabularySize: Int, embeddingSize: Int, stateCount: Int, layerCount: Int = 1,
    isBidirectional: Bool = false, pooling: Pooling = .lastState, dropout: Double = 0,
    precision: Precision = .float32, seed: UInt64 = 0, using generator: RandomGenerator
  ) throws {
    // The vectors of rare words stay near where they start: small ones do little harm in new texts.
    embedding = try Embedding(
      vocabularySize: vocabularySize, embeddingSize, standardDeviation: 0.1,
      precision: precision, using: generator)
    self.dropout = try Dropout(dropout, seed: seed)
    func lstm() throws -> LSTM {
      try LSTM(embeddingSize, stateCount, layerCount: layerCount, using: generator)
    }
    forward = try lstm()
    backward = try isBidirectional ? lstm() : nil
    self.pooling = pooling
  }

  /// The numbers of a text's vector.
  public var outputCount: Int {
    forward.outputCount * (backward == nil ? 1 : 2) * (pooling == .lastState ? 1 : 2)
  }

  public func callAsFunction(_ tokens: Tensor, isTraining: Bool) throws -> Tensor {
    let texts = try PaddedTexts(tokens)
    // One step of all texts is side by side in memory, as the LSTM works.
    let steps = try tokens.slice(0..<texts.longest, axis: 1).transposed().contiguous()
    let x = try dropout(embedding(steps, isTraining: isTraining), isTraining: isTraining)
    var outputs = try pool(forward(x.permuted([1, 0, 2]), isTraining: isTraining), texts)
    if let backward {
      // Both poolings are the same whatever the order of the states: they stay turned round.
      outputs += try pool(
        backward(texts.reversed(x).permuted([1, 0, 2]), isTraining: isTraining), texts)
    }
    return outputs.count == 1 ? outputs[0] : try Tensor.concatenate(outputs, axis: 1)
  }

  public var buffers: [(name: String, tensor: Tensor)] { dropout.buffers(of: "dropout") }

  private func pool(_ states: Tensor, _ texts: PaddedTexts) throws -> [Tensor] {
    let states = try states.permuted([1, 0, 2])
    return switch pooling {
    case .lastState: [try texts.last(states)]
    case .meanAndMaximum: [try texts.mean(states), try texts.maximum(states)]
    }
  }

  public var parameters: [Parameter] {
    embedding.parameters(of: "embedding") + forward.parameters(of: "forward")
      + (backward?.parameters(of: "backward") ?? [])
  }
}

/// Where the texts of a batch end, and what depends on it. Tensors of numbers for each token are
/// [T, N, D] here.
struct PaddedTexts {
  /// The number of tokens of each text, 1 at least.
  let lengths: [Int]
  /// T: the largest length.
  let longest: Int

  /// - Throws: `NetworkError` unless `tokens` are int64 [N, T] with neither 0.
  init(_ tokens: Tensor) throws {
    let shape = tokens.shape
    guard tokens.dtype == .int64, shape.count == 2, !shape.contains(0) else {
      throw NetworkError(
        description: "texts are int64 [N, T] with a text and a token at least, not "
          + "\(tokens.dtype.map(\.description) ?? "another type") \(shape)")
    }
    let elements = try tokens.elements(Int64.self)
    lengths = (0..<shape[0]).map { text in
      let row = elements[text * shape[1]..<(text + 1) * shape[1]]
      return max(1, (row.lastIndex { $0 != 0 } ?? row.startIndex) - row.startIndex + 1)
    }
    longest = lengths.max()!
  }

  /// The rows of [T, N, D] at the given steps of each text: [steps, N, D].
  private func rows(_ x: Tensor, steps: [[Int]]) throws -> Tensor {
    let count = lengths.count
    let rows = steps.flatMap { steps in steps.enumerated().map { Int64($1 * count + $0) } }
    return try x.reshaped([longest * count, -1]).select(Tensor(rows).to(x.device))
  }

  /// [N, D] after the last token of each text.
  func last(_ x: Tensor) throws -> Tensor { try rows(x, steps: [lengths.map { $0 - 1 }]) }

  /// Each text from its end to its start, the padding where it was.
  func reversed(_ x: Tensor) throws -> Tensor {
    try rows(
      x,
      steps: (0..<longest).map { step in
        lengths.map { step < $0 ? $0 - 1 - step : step }
      }
    ).reshaped(x.shape)
  }

  /// 1 where there is a token, 0 where there is padding: [T, N, 1].
  private func mask(_ x: Tensor) throws -> Tensor {
    let mask = (0..<longest).flatMap { step in lengths.map { step < $0 ? Float(1) : 0 } }
    return try Tensor(mask, shape: [longest, lengths.count, 1]).to(x.device)
  }

  /// The means over the tokens of each text: [N, D].
  func mean(_ x: Tensor) throws -> Tensor {
    let lengths = try Tensor(lengths.map { Float($0) }, shape: [lengths.count, 1]).to(x.device)
    return try (x * mask(x).matching(x)).sum(axis: 0) / lengths.matching(x)
  }

  /// The largest numbers over the tokens of each text: [N, D].
  func maximum(_ x: Tensor) throws -> Tensor {
    try x.replacing(with: -.infinity, where: mask(x).isEqual(to: 0)).max(axis: 0)
  }
}
