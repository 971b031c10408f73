extension Tensor {
  /// The discrete Fourier transform over the last two axes of real numbers, filled up with zeros to
  /// `height` × `width`: the half that the other follows from, real and imaginary parts side by side,
  /// [..., height, width / 2 + 1, 2].
  public func fourierTransform2D(height: Int, width: Int) throws -> Tensor {
    let transform = try Operators.rfft2(
      .tensor(self), .integers([height, width]), .integers([-2, -1]), .none)
    return try Operators.viewAsReal(.tensor(transform))
  }

  /// The real numbers [..., height, width] whose transform `fourierTransform2D` would give.
  public func inverseFourierTransform2D(height: Int, width: Int) throws -> Tensor {
    let transform = try Operators.viewAsComplex(.tensor(self))
    return try Operators.irfft2(
      .tensor(transform), .integers([height, width]), .integers([-2, -1]), .none)
  }
}
