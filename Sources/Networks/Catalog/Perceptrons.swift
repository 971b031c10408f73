import Torch

extension NetworkEntry {
  /// The pixels, weighted and added: what every other network has to beat, and with one of the losses a
  /// linear model such as logistic regression.
  static let linear = NetworkEntry(
    name: "linear", summary: "the features are weighted sums of the pixels",
    paper: "Cox, The regression analysis of binary sequences, 1958",
    leastSize: 1, learningRate: 0.002
  ) { pictures, options, generator in
    let inputs = pictures.channels * pictures.height * pictures.width
    return [("features", try Linear(inputs, options.featureCount, using: generator))]
  }

  /// Fully connected layers alone; dropout, if it is asked for, is before the features.
  static let mlp = NetworkEntry(
    name: "mlp", summary: "fully connected layers of 256 and 128 with ReLU, then the features",
    paper: "Rumelhart et al., Learning representations by back-propagating errors, 1986",
    leastSize: 1, learningRate: 0.001, dropout: 0
  ) { pictures, options, generator in
    let inputs = pictures.channels * pictures.height * pictures.width
    return [
      ("fc1", try Linear(inputs, 256, gain: 2, using: generator)), ("fc1.relu", ReLU()),
      ("fc2", try Linear(256, 128, gain: 2, using: generator)), ("fc2.relu", ReLU()),
      ("dropout", try Dropout(options.dropout ?? 0, seed: options.seed &+ 1)),
      ("features", try Linear(128, options.featureCount, using: generator)),
    ]
  }
}
