import Torch

extension NetworkEntry {
  /// The network of the paper with 16 layers, at 32×32: 13 convolutions and 2 fully connected layers,
  /// of which the last gives the features; the 16th layer is the loss's head.
  ///
  /// The paper's pictures have 224×224 pixels and its fully connected layers 4096 outputs; five
  /// poolings make 512 numbers of 32×32, so 512 outputs are enough. Weights start as wide as ReLU
  /// needs (`Conv2d`), without which a network this deep does not learn; there is no dropout.
  static let vgg16 = vgg16(name: "vgg16", hasBatchNorm: false, learningRate: 0.0002)

  /// VGG-16 with batch normalisation after every convolution and the first fully connected layer, which
  /// then have no offsets.
  static let vgg16BatchNorm = vgg16(name: "vgg16-bn", hasBatchNorm: true, learningRate: 0.001)

  private static func vgg16(
    name: String, hasBatchNorm: Bool, learningRate: Double
  ) -> NetworkEntry {
    NetworkEntry(
      name: name,
      summary: "13 convolutions (64 to 512) in 5 blocks, a layer of 512, "
        + (hasBatchNorm ? "each with batch normalisation, " : "")
        + "then the features; smaller pictures are padded to 32×32",
      paper: "Simonyan, Zisserman, Very deep convolutional networks for large-scale image "
        + "recognition, 2015"
        + (hasBatchNorm ? "; Ioffe, Szegedy, Batch normalization, 2015" : ""),
      leastSize: 16, learningRate: learningRate
    ) { pictures, options, generator in
      var layers: Layers = [("pad", PadToSize(32))]
      func add(_ name: String, _ layer: any Layer, _ outputs: Int) throws {
        layers.append((name, layer))
        if hasBatchNorm { layers.append(("\(name).bn", try BatchNorm(outputs))) }
        layers.append(("\(name).relu", ReLU()))
      }
      var channels = pictures.channels
      var (height, width) = (max(pictures.height, 32), max(pictures.width, 32))
      for (block, (count, outputs)) in [
        (2, 64), (2, 128), (3, 256), (3, 512), (3, 512),
      ].enumerated() {
        for part in 1...count {
          try add(
            "conv\(block + 1)_\(part)",
            Conv2d(
              channels, outputs, size: 3, padding: 1, bias: !hasBatchNorm, gain: 2,
              using: generator), outputs)
          channels = outputs
        }
        layers.append(("pool\(block + 1)", MaxPool2d(2, stride: 2)))
        (height, width) = (height / 2, width / 2)
      }
      try add(
        "fc1",
        Linear(
          channels * height * width, 512, bias: !hasBatchNorm, gain: 2, using: generator), 512)
      layers.append(("features", try Linear(512, options.featureCount, using: generator)))
      return layers
    }
  }
}
