import Networks
import Testing
import Torch

@Suite("Batch normalisation")
struct BatchNormTests {
  /// The numbers of each channel of [N, C] or [N, C, H, W].
  func channels(_ x: Tensor) throws -> [[Double]] {
    let axes = [1, 0] + (2..<x.rank)
    let values = try x.detached().permuted(axes).contiguous().to(.float64)
    return try (0..<x.shape[1]).map { try values.slice($0..<$0 + 1).elements() }
  }

  @Test(
    "follows its formula in training and after it, for features and for pictures",
    arguments: [[6, 3], [4, 3, 5, 2]])
  func formula(shape: [Int]) throws {
    let generator = try RandomGenerator(seed: 1)
    let layer = try BatchNorm(3)
    try layer.scale.copy(from: Tensor([2, -1, 0.5] as [Float]))
    try layer.bias.copy(from: Tensor([0, 3, 1] as [Float]))
    let x = try Tensor.randomNormal(shape, standardDeviation: 3, using: generator) + 1
    let (scale, bias) = ([2, -1, 0.5], [0.0, 3, 1])

    let trained = try channels(layer(x, isTraining: true))
    let untrained = try channels(layer(x))
    let (means, variances): ([Float], [Float]) = try (
      layer.runningMean.elements(), layer.runningVariance.elements()
    )
    for (channel, values) in try channels(x).enumerated() {
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let runningMean = 0.1 * mean
      let runningVariance = 0.9 + 0.1 * squares / Double(values.count - 1)
      #expect(abs(Double(means[channel]) - runningMean) < 1e-5)
      #expect(abs(Double(variances[channel]) - runningVariance) < 1e-4)
      func expected(_ value: Double, _ mean: Double, _ variance: Double) -> Double {
        (value - mean) / (variance + 1e-5).squareRoot() * scale[channel] + bias[channel]
      }
      for (index, value) in values.enumerated() {
        let inTraining = expected(value, mean, squares / Double(values.count))
        #expect(abs(trained[channel][index] - inTraining) < 1e-4)
        let later = expected(value, runningMean, runningVariance)
        #expect(abs(untrained[channel][index] - later) < 1e-4)
      }
    }
  }

  @Test("a channel of one number is brought to the running mean, which stays as it is")
  func single() throws {
    let layer = try BatchNorm(2)
    let x = try Tensor([3, 4] as [Float], shape: [1, 2])
    for isTraining in [true, false] {
      #expect(try distance(layer(x, isTraining: isTraining), x) < 1e-4)
    }
    #expect(try layer.runningVariance.elements() == [1, 1] as [Float])
  }

  @Test("of bf16 has float32 parameters, running numbers and gradients")
  func bf16() throws {
    let layer = try BatchNorm(4)
    let x = try Tensor.randomNormal([8, 4, 6, 6], using: RandomGenerator(seed: 1))
      .to(.bfloat16).contiguous(.channelsLast)
    let y = try layer(x, isTraining: true)
    #expect(y.dtype == .bfloat16)
    let exactLayer = try BatchNorm(4)
    #expect(
      try distance(y.to(.float32), exactLayer(x.to(.float32), isTraining: true)) < 0x1p-6)
    for (buffer, exact) in zip(layer.buffers, exactLayer.buffers) {
      #expect(buffer.tensor.dtype == .float32)
      #expect(try distance(buffer.tensor, exact.tensor) < 1e-5)
    }
    try y.power(2).sum().backward()
    for parameter in layer.parameters {
      #expect(try parameter.tensor.gradient()?.dtype == .float32)
    }
  }
}

@Suite("Dropout")
struct DropoutTests {
  @Test("drops the share asked for in training, and nothing else")
  func shares() throws {
    let layer = try Dropout(0.25, seed: 1)
    let x = try Tensor.ones([100, 100])
    #expect(try layer(x) === x)
    let y = try layer(x, isTraining: true).elements(Float.self)
    let dropped = y.count { $0 == 0 }
    // Four standard deviations.
    #expect(abs(dropped - 2500) < 4 * 44)
    #expect(y.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    #expect(try Dropout(0, seed: 1)(x, isTraining: true) === x)
  }

  @Test("draws anew each time, by the seed and the count that it keeps")
  func draws() throws {
    let x = try Tensor.ones([100])
    func draw(_ layer: Dropout) throws -> [Float] { try layer(x, isTraining: true).elements() }
    let layer = try Dropout(0.5, seed: 1)
    let (first, second) = try (draw(layer), draw(layer))
    #expect(first != second)
    let again = try Dropout(0.5, seed: 1)
    #expect(try draw(again) == first)
    #expect(try draw(Dropout(0.5, seed: 2)) != first)
    let resumed = try Dropout(0.5, seed: 1)
    try resumed.buffers[0].tensor.copy(from: again.buffers[0].tensor)
    #expect(try draw(resumed) == second)
  }

  @Test("passes gradients of what it keeps")
  func gradient() throws {
    let x = try Tensor.ones([50]).requireGradient()
    let y = try Dropout(0.5, seed: 1)(x, isTraining: true)
    try y.sum().backward()
    #expect(try x.gradient()!.elements() == y.elements(Float.self))
  }
}

@Suite("Residual blocks")
struct ResidualTests {
  @Test("add what their layers give to every second pixel, with zeros for new channels")
  func shortcut() throws {
    let generator = try RandomGenerator(seed: 1)
    let body = Sequential([
      ("conv", try Conv2d(2, 5, size: 3, stride: 2, padding: 1, using: generator))
    ])
    let block = Residual(body, shortcut: PaddedShortcut(stride: 2, addedChannels: 3))
    let x = try Tensor.randomNormal([2, 2, 5, 6], using: generator)
    let added = try (block(x) - body(x)).detached()
    #expect(added.shape == [2, 5, 3, 3])
    let (values, pixels): ([Float], [Float]) = try (added.elements(), x.elements())
    for n in 0..<2 {
      for c in 0..<5 {
        for (row, column) in [(0, 0), (1, 2), (2, 1)] {
          let expected = c < 2 ? pixels[((n * 2 + c) * 5 + 2 * row) * 6 + 2 * column] : 0
          #expect(abs(values[((n * 5 + c) * 3 + row) * 3 + column] - expected) < 1e-5)
        }
      }
    }
  }
}

@Suite("Sizes of pictures")
struct SizeTests {
  let pictures = try! Tensor((0..<12).map { Float($0) }, shape: [1, 1, 3, 4])

  @Test("are reduced by maxima and means of windows, or of all pixels")
  func pooling() throws {
    #expect(try MaxPool2d(2, stride: 2)(pictures).elements() == [5, 7] as [Float])
    #expect(
      try MaxPool2d(2, stride: 2, roundsUp: true)(pictures).elements() == [5, 7, 9, 11] as [Float])
    #expect(try AveragePool2d(2, stride: 2)(pictures).elements() == [2.5, 4.5] as [Float])
    #expect(try GlobalAveragePool()(pictures).elements() == [5.5] as [Float])
  }

  @Test("are enlarged by the nearest pixel or between pixels")
  func enlarging() throws {
    let x = try Tensor([0, 4] as [Float], shape: [1, 1, 1, 2])
    #expect(
      try Upsample(toHeight: 1, width: 4)(x).elements() == [0, 0, 4, 4] as [Float])
    #expect(
      try Upsample(toHeight: 1, width: 4, interpolation: .bilinear)(x).elements()
        == [0, 1, 3, 4] as [Float])
  }
}
