import Torch

/// Pictures through a bottleneck: an encoder from [N, C, H, W] to features [N, D], and a decoder from those
/// back to pictures of the same size.
///
/// The encoder halves the picture by 3×3 convolutions of stride 2 with batch normalisation and ReLU, and
/// ends with a fully connected layer; the decoder goes the same way back, enlarging each time to the size
/// that was (`Upsample`) before a 3×3 convolution. Its last convolution has no activation: outputs are in
/// no bounds.
///
/// Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 2006.
public struct EncoderDecoder: Layer {
  /// From pictures to the bottleneck.
  public let encoder: Sequential
  /// From the bottleneck to pictures.
  public let decoder: Sequential

  /// - Parameters:
  ///   - channels: C.
  ///   - height: H.
  ///   - width: W.
  ///   - featureCount: D, the numbers of the bottleneck.
  ///   - widths: The channels after each halving.
  ///   - interpolation: How the decoder enlarges.
  ///   - generator: Of the initial weights.
  public init(
    channels: Int, height: Int, width: Int, featureCount: Int, widths: [Int] = [32, 64, 128],
    interpolation: Upsample.Interpolation = .nearest, using generator: RandomGenerator
  ) throws {
    var (down, up): ([(name: String, layer: any Layer)], [[(name: String, layer: any Layer)]])
    (down, up) = ([], [])
    var (inputs, size) = (channels, (height: height, width: width))
    for (index, outputs) in widths.enumerated() {
      let name = "conv\(index + 1)"
      down += [
        (
          name,
          try Conv2d(
            inputs, outputs, size: 3, stride: 2, padding: 1, bias: false, gain: 2, using: generator)
        ),
        ("\(name).bn", try BatchNorm(outputs)), ("\(name).relu", ReLU()),
      ]
      let isOutput = index == 0
      up.append(
        [
          (
            "upsample\(index + 1)",
            Upsample(toHeight: size.height, width: size.width, interpolation: interpolation)
          ),
          (
            name,
            try Conv2d(
              outputs, inputs, size: 3, padding: 1, bias: isOutput, gain: isOutput ? 1 : 2,
              using: generator)
          ),
        ] + (isOutput ? [] : [("\(name).bn", try BatchNorm(inputs)), ("\(name).relu", ReLU())]))
      (inputs, size) = (outputs, ((size.height + 1) / 2, (size.width + 1) / 2))
    }
    let count = inputs * size.height * size.width
    encoder = Sequential(down + [("features", try Linear(count, featureCount, using: generator))])
    decoder = Sequential(
      [
        ("fc", try Linear(featureCount, count, gain: 2, using: generator)), ("fc.relu", ReLU()),
        ("reshape", Reshape([inputs, size.height, size.width])),
      ] + up.reversed().joined())
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try decoder(encoder(x, isTraining: isTraining), isTraining: isTraining)
  }

  public var parameters: [Parameter] {
    encoder.parameters(of: "encoder") + decoder.parameters(of: "decoder")
  }

  public var buffers: [(name: String, tensor: Tensor)] {
    encoder.buffers(of: "encoder") + decoder.buffers(of: "decoder")
  }
}
