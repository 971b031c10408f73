extension Tensor {
  /// `x · weightᵀ + bias` for x [N, in], weight [out, in] and bias [out].
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try Operators.linear(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// The cross-correlation of pictures [N, C, H, W] with kernels [K, C, h, w].
  public func conv2d(_ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0)
    throws -> Tensor
  {
    try Operators.conv2d(
      .tensor(self), .tensor(weight), .optional(bias), .integers([stride, stride]),
      .integers([padding, padding]))
  }

  /// The cross-correlation of pictures [N, C, H, W] with kernels [K, C, h, w], with as many zeros
  /// around the pictures as keep their size: [N, K, H, W].
  public func conv2dKeepingSize(_ weight: Tensor) throws -> Tensor {
    try Operators.conv2dPadded(
      .tensor(self), .tensor(weight), .none, .integers([1, 1]), .string("same"))
  }

  /// The largest element of each window of pictures [N, C, H, W].
  public func maxPool2d(size: Int, stride: Int) throws -> Tensor {
    try Operators.maxPool2d(
      .tensor(self), .integers([size, size]), .integers([stride, stride]))
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
}
