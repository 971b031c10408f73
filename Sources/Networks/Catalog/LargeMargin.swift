import Torch

extension NetworkEntry {
  /// The network for MNIST of the large-margin softmax paper, as its published model file has it: its
  /// poolings round up, and its features are what comes after the last batch normalisation and ReLU, so
  /// that none is negative. The paper's have 512 numbers, which `featureCount` sets.
  static let largeMargin = NetworkEntry(
    name: "large-margin",
    summary: "10 convolutions (64, 128, 256) in 3 blocks, then the features, all with batch "
      + "normalisation and ReLU; made for 512 features",
    paper: "Liu et al., Large-margin softmax loss for convolutional neural networks, 2016",
    leastSize: 8, learningRate: 0.001
  ) { pictures, options, generator in
    var layers: Layers = []
    var channels = pictures.channels
    var (height, width) = (pictures.height, pictures.width)
    for (block, (count, outputs)) in [(4, 64), (3, 128), (3, 256)].enumerated() {
      for part in 1...count {
        let name = "conv\(block + 1)_\(part)"
        layers += [
          (
            name,
            try Conv2d(
              channels, outputs, size: 3, padding: 1, bias: false, gain: 2, using: generator)
          ),
          ("\(name).bn", try BatchNorm(outputs)), ("\(name).relu", ReLU()),
        ]
        channels = outputs
      }
      layers.append(("pool\(block + 1)", MaxPool2d(2, stride: 2, roundsUp: true)))
      (height, width) = ((height + 1) / 2, (width + 1) / 2)
    }
    return layers + [
      (
        "fc",
        try Linear(
          channels * height * width, options.featureCount, bias: false, gain: 2, using: generator)
      ),
      ("fc.bn", try BatchNorm(options.featureCount)), ("fc.relu", ReLU()),
    ]
  }
}
