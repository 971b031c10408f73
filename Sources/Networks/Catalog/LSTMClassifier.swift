import Torch

extension NetworkEntry {
  /// Texts through one LSTM: the features are made of the state after the last token. Dropout is on the
  /// embeddings and on that state.
  static let lstm = text(
    name: "lstm", summary: "embeddings of 128, an LSTM of 64, its last state, then the features",
    paper: "Hochreiter, Schmidhuber, Long short-term memory, 1997",
    isBidirectional: false, pooling: .lastState)

  /// Texts through an LSTM in each direction: the features are made of the mean and the largest of each
  /// number of their states.
  static let bidirectionalLSTM = text(
    name: "bilstm",
    summary: "embeddings of 128, LSTMs of 64 in both directions, the means and maxima of their "
      + "states, then the features",
    paper: "Graves, Schmidhuber, Framewise phoneme classification with bidirectional LSTM, 2005",
    isBidirectional: true, pooling: .meanAndMaximum)

  private static func text(
    name: String, summary: String, paper: String, isBidirectional: Bool,
    pooling: TextEncoder.Pooling
  ) -> NetworkEntry {
    NetworkEntry(
      name: name, summary: summary, paper: paper, learningRate: 0.005, dropout: 0.5
    ) { vocabularySize, options, generator in
      let probability = options.dropout ?? 0
      let encoder = try TextEncoder(
        vocabularySize: vocabularySize, embeddingSize: 128, stateCount: 64,
        isBidirectional: isBidirectional, pooling: pooling, dropout: probability,
        precision: options.precision, seed: options.seed &+ 1, using: generator)
      return [
        ("encoder", encoder), ("dropout", try Dropout(probability, seed: options.seed &+ 2)),
        ("features", try Linear(encoder.outputCount, options.featureCount, using: generator)),
      ]
    }
  }
}
