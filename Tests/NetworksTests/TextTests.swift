import Foundation
import Networks
import Testing
import Torch

@Suite("Embeddings")
struct EmbeddingTests {
  @Test("of padding are 0 and get no gradient")
  func padding() throws {
    let layer = try Embedding(vocabularySize: 5, 3, using: RandomGenerator(seed: 1))
    let x = try layer(Tensor([2, 4, 0, 1, 0, 0] as [Int64], shape: [2, 3]))
    #expect(x.shape == [2, 3, 3])
    let rows: [Float] = try layer.weight.elements()
    #expect(try x.elements() == [2, 4, 0, 1, 0, 0].flatMap { rows[$0 * 3..<$0 * 3 + 3] })
    #expect(rows[..<3].allSatisfy { $0 == 0 } && rows[3...].allSatisfy { $0 != 0 })
    try x.sum().backward()
    let gradient: [Float] = try #require(try layer.weight.gradient()).elements()
    #expect(gradient == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1])
  }

  @Test("are given in the precision asked for; there are none of other tokens")
  func precision() throws {
    let layer = try Embedding(
      vocabularySize: 5, 3, precision: .bf16, using: RandomGenerator(seed: 1))
    #expect(try layer(Tensor([1] as [Int64], shape: [1, 1])).dtype == .bfloat16)
    for token in [-1, 5] {
      #expect(throws: TorchError.self) {
        try layer(Tensor([Int64(token)], shape: [1, 1]))
      }
    }
  }
}

@Suite("LSTM")
struct LSTMTests {
  /// The states of one layer by the formula.
  func states(_ x: [[Double]], _ w: [Double], _ u: [Double], _ b: [Double], _ size: Int)
    -> [[Double]]
  {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    var (h, c) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    return x.map { x in
      let gates = (0..<4 * size).map { row in
        b[row]
          + x.indices.reduce(0) { $0 + w[row * x.count + $1] * x[$1] }
          + h.indices.reduce(0) { $0 + u[row * size + $1] * h[$1] }
      }
      for k in 0..<size {
        let (i, f) = (sigmoid(gates[k]), sigmoid(gates[size + k]))
        c[k] = f * c[k] + i * tanh(gates[2 * size + k])
        h[k] = sigmoid(gates[3 * size + k]) * tanh(c[k])
      }
      return h
    }
  }

  @Test("follows its formula, with one layer and with two", arguments: [1, 2])
  func formula(layerCount: Int) throws {
    let generator = try RandomGenerator(seed: 1)
    let layer = try LSTM(3, 4, layerCount: layerCount, using: generator)
    let x = try Tensor.randomNormal([2, 5, 3], using: generator)
    let y = try layer(x)
    #expect(y.shape == [2, 5, 4])
    let weights =
      try layer.parameters.map { try $0.tensor.detached().to(.float64).elements() }
      as [[Double]]
    #expect(weights.count == 3 * layerCount)
    for n in 0..<2 {
      let values: [Double] = try x.slice(n..<n + 1).to(.float64).elements()
      var sequence = (0..<5).map { Array(values[$0 * 3..<$0 * 3 + 3]) }
      for level in 0..<layerCount {
        sequence = states(
          sequence, weights[3 * level], weights[3 * level + 1], weights[3 * level + 2], 4)
      }
      let expected = try Tensor(sequence.flatMap { $0 }, shape: [1, 5, 4])
      #expect(try distance(y.slice(n..<n + 1), expected) < 1e-5)
    }
  }

  @Test("remembers at first: offsets of forget gates are 1, others 0")
  func offsets() throws {
    let layer = try LSTM(3, 2, using: RandomGenerator(seed: 1))
    let bias = try #require(layer.parameters.first { $0.name == "layer1.bias" })
    #expect(try bias.tensor.elements() == [0, 0, 1, 1, 0, 0, 0, 0] as [Float])
  }

  @Test("has the same gradients whether it is a training or not")
  func gradients() throws {
    let layer = try LSTM(3, 4, using: RandomGenerator(seed: 1))
    let x = try Tensor.randomNormal([2, 5, 3], using: RandomGenerator(seed: 2))
    let results = try [false, true].map { isTraining in
      for parameter in layer.parameters { try parameter.tensor.setGradient(nil) }
      try layer(x, isTraining: isTraining).power(2).sum().backward()
      return try layer.parameters.map { try #require(try $0.tensor.gradient()) }
    }
    for (a, b) in zip(results[0], results[1]) {
      #expect(try distance(a, b) == 0)
      #expect(try a.norm().item() > 0)
    }
    // Without gradients it is another path of libtorch.
    #expect(try distance(withoutGradients { try layer(x) }, layer(x)) < 1e-6)
  }
}

@Suite("Texts")
struct TextEncoderTests {
  static let kinds: [(isBidirectional: Bool, pooling: TextEncoder.Pooling)] = [
    (false, .lastState), (true, .lastState), (false, .meanAndMaximum), (true, .meanAndMaximum),
  ]

  func encoder(_ kind: (isBidirectional: Bool, pooling: TextEncoder.Pooling)) throws -> TextEncoder
  {
    try TextEncoder(
      vocabularySize: 20, embeddingSize: 6, stateCount: 8, layerCount: 2,
      isBidirectional: kind.isBidirectional, pooling: kind.pooling, using: RandomGenerator(seed: 1))
  }

  func tokens(_ texts: [[Int64]], width: Int? = nil) throws -> Tensor {
    let width = width ?? texts.map(\.count).max()!
    return try Tensor(
      texts.flatMap { $0 + [Int64](repeating: 0, count: width - $0.count) },
      shape: [texts.count, width])
  }

  @Test("become the same vectors and gradients, however much padding follows", arguments: kinds)
  func padding(kind: (isBidirectional: Bool, pooling: TextEncoder.Pooling)) throws {
    let encoder = try encoder(kind)
    let (short, long): ([Int64], [Int64]) = ([5, 3, 5], [1, 2, 3, 4, 5, 6, 7])
    func results(_ tokens: Tensor) throws -> [Tensor] {
      for parameter in encoder.parameters { try parameter.tensor.setGradient(nil) }
      let vector = try encoder(tokens).slice(0..<1)
      #expect(vector.shape == [1, encoder.outputCount])
      try vector.power(2).sum().backward()
      return try [vector] + encoder.parameters.map { try #require(try $0.tensor.gradient()) }
    }
    let alone = try results(tokens([short]))
    for other in [
      try tokens([short], width: 9), try tokens([short, long]),
      try tokens([short, long], width: 30),
    ] {
      for (a, b) in zip(alone, try results(other)) { #expect(try distance(a, b) < 1e-6) }
    }
    #expect(try alone.allSatisfy { try $0.norm().item() > 0 })
  }

  @Test("a 0 inside is a token without content, not the end")
  func inside() throws {
    let encoder = try encoder(Self.kinds[0])
    let vectors = try encoder(tokens([[5, 0, 3], [5], [5, 0, 0]]))
    #expect(try distance(vectors.slice(0..<1), vectors.slice(1..<2)) > 1e-3)
    #expect(try distance(vectors.slice(1..<2), vectors.slice(2..<3)) < 1e-6)
  }

  @Test("read backward are those of the turned text read by the backward LSTM")
  func backward() throws {
    let encoder = try encoder(Self.kinds[1])
    let text: [Int64] = [4, 9, 2, 2, 7]
    let vector = try encoder(tokens([text, [1, 2, 3, 4, 5, 6, 7]])).slice(0..<1)
    func last(_ lstm: LSTM, _ text: [Int64]) throws -> Tensor {
      try lstm(encoder.embedding(tokens([text]))).slice(4..<5, axis: 1).reshaped([1, 8])
    }
    #expect(try distance(vector.slice(0..<8, axis: 1), last(encoder.forward, text)) < 1e-6)
    let backward = try #require(encoder.backward)
    #expect(
      try distance(vector.slice(8..<16, axis: 1), last(backward, text.reversed())) < 1e-6)
  }

  @Test("are pooled by the mean and the maximum of their own states")
  func pooling() throws {
    let encoder = try encoder(Self.kinds[2])
    let text: [Int64] = [4, 9, 2]
    let vector = try encoder(tokens([text, [1, 2, 3, 4, 5]])).slice(0..<1)
    let states = try encoder.forward(encoder.embedding(tokens([text])))
    let expected = try Tensor.concatenate([states.mean(axis: 1), states.max(axis: 1)], axis: 1)
    #expect(try distance(vector, expected) < 1e-6)
  }

  @Test("without a token count as one of padding; none at all is refused")
  func empty() throws {
    for kind in Self.kinds {
      let encoder = try encoder(kind)
      let vectors = try encoder(tokens([[], [1, 2]]))
      #expect(try vectors.isAllFinite())
      #expect(try distance(vectors.slice(0..<1), encoder(tokens([[0]]))) < 1e-6)
      for shape in [[0, 3], [2, 0]] {
        let none = try Tensor([Int64](), shape: shape)
        #expect(throws: NetworkError.self) { try encoder(none) }
      }
      #expect(throws: NetworkError.self) { try encoder(Tensor.ones([2, 3])) }
    }
  }
}
