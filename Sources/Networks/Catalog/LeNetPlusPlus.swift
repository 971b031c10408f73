import Torch

extension NetworkEntry {
  /// The network of the center-loss paper for MNIST: three pairs of 5×5 convolutions with PReLU,
  /// each followed by pooling, then the features.
  static let lenetPlusPlus = lenetPlusPlus(
    name: "lenet++", widths: [32, 64, 128], learningRate: 0.002)

  /// LeNet++ with a quarter of the channels: nearly a sixteenth of the work, for the drawn digits.
  static let lenetPlusPlusQuarter = lenetPlusPlus(
    name: "lenet++quarter", widths: [8, 16, 32], learningRate: 0.004)

  private static func lenetPlusPlus(
    name: String, widths: [Int], learningRate: Double
  ) -> NetworkEntry {
    let channelCounts = widths.map(String.init).joined(separator: ", ")
    return NetworkEntry(
      name: name,
      summary: "3 × 2 convolutions (\(channelCounts)) with PReLU, then the features",
      paper:
        "Wen et al., A discriminative feature learning approach for deep face recognition, 2016",
      leastSize: 12, learningRate: learningRate
    ) { pictures, options, generator in
      var layers: [(name: String, layer: any Layer)] = []
      var (channels, height, width) = pictures
      for (block, outputs) in widths.enumerated() {
        for part in 1...2 {
          let name = "conv\(block + 1)_\(part)"
          layers.append(
            (name, try Conv2d(channels, outputs, size: 5, padding: 2, using: generator)))
          layers.append(("\(name).prelu", try PReLU(channels: outputs)))
          channels = outputs
        }
        let pool = MaxPool2d(block < 2 ? 2 : 3, stride: 2)
        layers.append(("pool\(block + 1)", pool))
        (height, width) = ((height - pool.size) / 2 + 1, (width - pool.size) / 2 + 1)
      }
      layers.append(
        ("features", try Linear(channels * height * width, options.featureCount, using: generator)))
      return layers
    }
  }
}
