import Foundation
import Torch

/// A fully convolutional network with an output for each pixel, such as whether it is on an edge:
/// pictures [N, C, H, W] of any size to logits [N, outputs, H, W].
///
/// 3×3 convolutions with batch normalisation and ReLU, whose windows widen (dilation) so that an output
/// sees its surroundings while nothing is pooled; then a weighted sum of each pixel's channels. With the
/// usual dilations an output sees 35×35 pixels. Beyond the border its pixels go on: with zeros there a
/// picture's border would itself be an edge.
///
/// Yu and Koltun, "Multi-scale context aggregation by dilated convolutions", ICLR 2016.
public struct DilatedNetwork: Layer {
  private let layers: Sequential

  /// - Parameters:
  ///   - channels: C.
  ///   - outputs: The logits of a pixel.
  ///   - width: The channels in between.
  ///   - dilations: That of each convolution.
  ///   - prior: The probability that the outputs start with as logits, above 0 and below 1: where few pixels
  ///     are on, training need not begin with learning that (Lin et al., "Focal loss for dense object
  ///     detection", ICCV 2017).
  ///   - generator: Of the initial weights.
  public init(
    channels: Int = 3, outputs: Int = 1, width: Int = 32, dilations: [Int] = [1, 1, 2, 4, 8, 1],
    prior: Double = 0.5, using generator: RandomGenerator
  ) throws {
    var steps: [(name: String, layer: any Layer)] = []
    var inputs = channels
    for (index, dilation) in dilations.enumerated() {
      let name = "conv\(index + 1)"
      steps += [
        ("\(name).pad", PadByBorder(dilation)),
        (
          name,
          try Conv2d(
            inputs, width, size: 3, dilation: dilation, bias: false, gain: 2, using: generator)
        ),
        ("\(name).bn", try BatchNorm(width)), ("\(name).relu", ReLU()),
      ]
      inputs = width
    }
    let logits = try Conv2d(inputs, outputs, size: 1, using: generator)
    try withoutGradients { try logits.bias!.add(Tensor([Float(log(prior / (1 - prior)))])) }
    steps.append(("logits", logits))
    layers = Sequential(steps)
  }

  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor {
    try layers(x, isTraining: isTraining)
  }

  public var parameters: [Parameter] { layers.parameters }
  public var buffers: [(name: String, tensor: Tensor)] { layers.buffers }
}
