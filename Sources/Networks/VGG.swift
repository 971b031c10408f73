import Torch

extension NetworkEntry {
  /// The network of the paper with 16 layers, at 32×32: 13 convolutions and 2 fully connected layers,
  /// of which the last gives the features; the 16th layer is the loss's head.
  ///
  /// The paper's pictures have 224×224 pixels and its fully connected layers 4096 outputs; five
  /// poolings make 512 numbers of 32×32, so 512 outputs are enough. Weights start as wide as ReLU
  /// needs (`Conv2d`), without which a network this deep does not learn; there is no dropout.
  static let vgg16 = NetworkEntry(
    name: "vgg16",
    summary: "13 convolutions (64 to 512) in 5 blocks, a layer of 512, then the features; smaller "
      + "pictures are padded to 32×32",
    paper:
      "Simonyan, Zisserman, Very deep convolutional networks for large-scale image recognition, 2015",
    leastSize: 16, learningRate: 0.0002
  ) { options, generator in
    var layers: [(name: String, layer: any Layer)] = [("pad", PadToSize(32))]
    var channels = options.channels
    var (height, width) = (max(options.height, 32), max(options.width, 32))
    for (block, (count, outputs)) in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)].enumerated()
    {
      for part in 1...count {
        let name = "conv\(block + 1)_\(part)"
        layers.append(
          (name, try Conv2d(channels, outputs, size: 3, padding: 1, gain: 2, using: generator)))
        layers.append(("\(name).relu", ReLU()))
        channels = outputs
      }
      layers.append(("pool\(block + 1)", MaxPool2d(2, stride: 2)))
      (height, width) = (height / 2, width / 2)
    }
    layers += [
      ("fc1", try Linear(channels * height * width, 512, gain: 2, using: generator)),
      ("fc1.relu", ReLU()),
      ("features", try Linear(512, options.featureCount, using: generator)),
    ]
    return layers
  }
}
