extension Tensor {
  /// The same elements in another shape; one size may be -1, to be worked out.
  public func reshaped(_ shape: [Int]) throws -> Tensor {
    try Operators.reshape(.tensor(self), .integers(shape))
  }

  /// The matrix with rows and columns exchanged: the last two axes.
  public func transposed() throws -> Tensor {
    try Operators.transpose(.tensor(self), .integer(-2), .integer(-1))
  }

  /// The axes in another order, sharing memory.
  public func permuted(_ axes: [Int]) throws -> Tensor {
    try Operators.permute(.tensor(self), .integers(axes))
  }

  /// Tensors one after another along an axis.
  public static func concatenate(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
    try Operators.concatenate(.tensors(tensors), .integer(axis))
  }

  /// The slices `range` along an axis, sharing memory.
  public func slice(_ range: Range<Int>, axis: Int = 0) throws -> Tensor {
    try Operators.slice(
      .tensor(self), .integer(axis), .integer(range.lowerBound), .integer(range.upperBound))
  }

  /// Axes of size 1 repeated to the given shape, sharing memory.
  public func broadcast(to shape: [Int]) throws -> Tensor {
    try Operators.expand(.tensor(self), .integers(shape))
  }

  /// The rows (or other slices along `axis`) with the given int64 indices.
  public func select(_ indices: Tensor, axis: Int = 0) throws -> Tensor {
    try Operators.indexSelect(.tensor(self), .integer(axis), .tensor(indices))
  }

  /// The elements at `indices` along an axis; the result has the shape of `indices`.
  public func gather(_ indices: Tensor, axis: Int) throws -> Tensor {
    try Operators.gather(.tensor(self), .integer(axis), .tensor(indices))
  }

  /// The elements with `values` added at `indices` along an axis.
  public func addingElements(_ values: Tensor, at indices: Tensor, axis: Int) throws -> Tensor {
    try Operators.scatterAdd(.tensor(self), .integer(axis), .tensor(indices), .tensor(values))
  }

  /// The elements, replaced by `values` at `indices` along an axis; each index may occur once.
  public func replacingElements(at indices: Tensor, with values: Tensor, axis: Int) throws -> Tensor
  {
    try Operators.scatter(.tensor(self), .integer(axis), .tensor(indices), .tensor(values))
  }

  /// A row of zeros with a one at each index: int64 [N] gives [N, `classCount`].
  ///
  /// - Throws: `TorchError` for an index outside `0..<classCount`.
  public func oneHot(classCount: Int, dtype: DType) throws -> Tensor {
    let zeros = try Tensor.zeros([count, classCount], dtype: dtype, device: device)
    return try Operators.scatterValue(
      .tensor(zeros), .integer(1), .tensor(reshaped([count, 1])), .real(1))
  }
}
