import Torch

extension NetworkEntry {
  /// The residual network of 20 layers that the paper trains on CIFAR-10: a convolution, 3 × 3 blocks of
  /// two, and the features of the channels' means. Shortcuts have no parameters (option A).
  static let resnet20 = NetworkEntry(
    name: "resnet20",
    summary: "19 convolutions (16, 32, 64) with batch normalisation in 9 residual blocks, the mean "
      + "of each channel, then the features",
    paper: "He et al., Deep residual learning for image recognition, 2016",
    leastSize: 8, learningRate: 0.002
  ) { pictures, options, generator in
    func convolution(_ inputs: Int, _ outputs: Int, stride: Int = 1) throws -> Conv2d {
      try Conv2d(
        inputs, outputs, size: 3, stride: stride, padding: 1, bias: false, gain: 2, using: generator
      )
    }
    var layers: Layers = [
      ("conv1", try convolution(pictures.channels, 16)), ("conv1.bn", try BatchNorm(16)),
      ("conv1.relu", ReLU()),
    ]
    var channels = 16
    for (stage, outputs) in [16, 32, 64].enumerated() {
      for part in 1...3 {
        let stride = outputs == channels ? 1 : 2
        let body = Sequential([
          ("conv1", try convolution(channels, outputs, stride: stride)),
          ("conv1.bn", try BatchNorm(outputs)), ("conv1.relu", ReLU()),
          ("conv2", try convolution(outputs, outputs)), ("conv2.bn", try BatchNorm(outputs)),
        ])
        let shortcut =
          stride == 1 ? nil : PaddedShortcut(stride: stride, addedChannels: outputs - channels)
        let name = "block\(stage + 1)_\(part)"
        layers += [(name, Residual(body, shortcut: shortcut)), ("\(name).relu", ReLU())]
        channels = outputs
      }
    }
    return layers + [
      ("pool", GlobalAveragePool()),
      ("features", try Linear(channels, options.featureCount, using: generator)),
    ]
  }
}
