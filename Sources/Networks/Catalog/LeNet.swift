import Torch

extension NetworkEntry {
  /// The small convolutional network as Caffe ships it for MNIST, with its initialisation: quick,
  /// and enough for digits.
  static let lenet = NetworkEntry(
    name: "lenet", summary: "2 convolutions (20, 50), a layer of 500, then the features",
    paper: "LeCun et al., Gradient-based learning applied to document recognition, 1998",
    leastSize: 16, learningRate: 0.002
  ) { pictures, options, generator in
    func pooled(_ size: Int) -> Int { (size - 4) / 2 }
    let (height, width) = (pooled(pooled(pictures.height)), pooled(pooled(pictures.width)))
    return [
      ("conv1", try Conv2d(pictures.channels, 20, size: 5, using: generator)),
      ("pool1", MaxPool2d(2, stride: 2)),
      ("conv2", try Conv2d(20, 50, size: 5, using: generator)),
      ("pool2", MaxPool2d(2, stride: 2)),
      ("ip1", try Linear(50 * height * width, 500, using: generator)),
      ("ip1.relu", ReLU()),
      ("features", try Linear(500, options.featureCount, using: generator)),
    ]
  }
}
