extension Tensor {
  /// `x · weightᵀ + bias` for x [N, in], weight [out, in] and bias [out].
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try Operators.linear(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// The cross-correlation of pictures [N, C, H, W] with kernels [K, C, h, w].
  public func conv2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1
  ) throws -> Tensor {
    try Operators.conv2d(
      .tensor(self), .tensor(weight), .optional(bias), .integers([stride, stride]),
      .integers([padding, padding]), .integers([dilation, dilation]))
  }

  /// The cross-correlation of pictures [N, C, H, W] with kernels [K, C, h, w], with as many zeros
  /// around the pictures as keep their size: [N, K, H, W].
  public func conv2dKeepingSize(_ weight: Tensor) throws -> Tensor {
    try Operators.conv2dPadded(
      .tensor(self), .tensor(weight), .none, .integers([1, 1]), .string("same"))
  }

  /// The largest element of each window of pictures [N, C, H, W]; with `roundsUp` also of a last window
  /// that reaches over the border.
  public func maxPool2d(size: Int, stride: Int, roundsUp: Bool = false) throws -> Tensor {
    try Operators.maxPool2d(
      .tensor(self), .integers([size, size]), .integers([stride, stride]), .integers([0, 0]),
      .integers([1, 1]), .boolean(roundsUp))
  }

  /// The mean of each window of pictures [N, C, H, W].
  public func averagePool2d(size: Int, stride: Int) throws -> Tensor {
    try Operators.averagePool2d(
      .tensor(self), .integers([size, size]), .integers([stride, stride]))
  }

  /// The means of pictures [N, C, H, W] over windows that divide them evenly: [N, C, height, width].
  public func averagePool2d(toHeight height: Int, width: Int) throws -> Tensor {
    try Operators.adaptiveAveragePool2d(.tensor(self), .integers([height, width]))
  }

  /// Pictures [N, C, H, W] brought to another size by the nearest pixel.
  public func resizedToNearest(height: Int, width: Int) throws -> Tensor {
    try Operators.upsampleNearest2d(.tensor(self), .integers([height, width]))
  }

  /// Pictures [N, C, H, W] brought to another size by means of the four nearest pixels, whose centres
  /// are half a pixel from the border.
  public func resizedBilinearly(height: Int, width: Int) throws -> Tensor {
    try Operators.upsampleBilinear2d(
      .tensor(self), .integers([height, width]), .boolean(false))
  }

  /// Pictures [N, C, H, W] with channels of zeros added behind theirs.
  public func paddedByZeros(channels: Int) throws -> Tensor {
    try Operators.constantPad(.tensor(self), .integers([0, 0, 0, 0, 0, channels]))
  }

  /// Pictures [N, C, H, W] with rows and columns added that repeat those at their borders.
  public func paddedByBorder(left: Int, right: Int, top: Int, bottom: Int) throws -> Tensor {
    try Operators.replicationPad2d(.tensor(self), .integers([left, right, top, bottom]))
  }

  /// max(x, 0).
  public func relu() throws -> Tensor { try Operators.relu(.tensor(self)) }

  /// x where positive, else slope · x with one slope for each channel (axis 1), or one for all.
  public func prelu(_ slope: Tensor) throws -> Tensor {
    try Operators.prelu(.tensor(self), .tensor(slope))
  }

  /// Each channel (axis 1) brought to the mean 0 and the variance 1, multiplied by its scale and with its
  /// bias added.
  ///
  /// In training the mean and variance are those of `self`, and the running ones move towards them in
  /// place by a share of `momentum`; otherwise they are the running ones.
  public func batchNorm(
    scale: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor, isTraining: Bool,
    momentum: Double, epsilon: Double
  ) throws -> Tensor {
    try Operators.batchNorm(
      .tensor(self), .tensor(scale), .tensor(bias), .tensor(runningMean), .tensor(runningVariance),
      .boolean(isTraining), .real(momentum), .real(epsilon), .boolean(true))
  }

  /// The elements, each set to 0 with a probability in 0..<1, the others divided by 1 − probability.
  public func dropout(_ probability: Double, using generator: RandomGenerator) throws -> Tensor {
    let factors = try detached().zerosLike()
    try Operators.bernoulli.mutate(
      .tensor(factors), .real(1 - probability), .generator(generator))
    try factors.multiply(by: 1 / (1 - probability))
    return try self * factors
  }

  /// The rows of a matrix [tokens, D] at int64 indices of any shape: […, D]. No gradient flows to the row
  /// `padding`.
  ///
  /// - Throws: `TorchError` for an index outside the matrix.
  public func embedding(of tokens: Tensor, padding: Int) throws -> Tensor {
    try Operators.embedding(.tensor(self), .tensor(tokens), .integer(padding))
  }

  /// The states [N, T, H] of an LSTM over sequences [N, T, D], from states of 0.
  ///
  /// - Parameters:
  ///   - weights: Of each layer W [4 H, D], U [4 H, H] and two offsets [4 H], which are added.
  ///   - stateCount: H.
  public func lstm(_ weights: [Tensor], stateCount: Int) throws -> Tensor {
    let layerCount = weights.count / 4
    let start = try Tensor.zeros([layerCount, shape[0], stateCount], device: device)
      .to(dtype ?? .float32)
    // oneDNN keeps what the backward pass needs only where it is told of a training; nothing else here
    // depends on it, as there is no dropout between the layers.
    return try Operators.lstm.tensors(
      3, .tensor(self), .tensors([start, start]), .tensors(weights), .boolean(true),
      .integer(layerCount), .real(0), .boolean(gradientsAreRecorded), .boolean(false),
      .boolean(true))[0]
  }
}
