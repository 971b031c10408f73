extension Tensor {
  /// The sum of all elements.
  public func sum() throws -> Tensor { try Operators.sumAll(.tensor(self)) }

  /// The square root of the sum of all squares.
  public func norm() throws -> Tensor { try Operators.vectorNorm(.tensor(self)) }

  /// The sums along one axis.
  public func sum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    try Operators.sum(.tensor(self), .integers([axis]), .boolean(keepingAxis))
  }

  /// The mean of all elements.
  public func mean() throws -> Tensor { try Operators.meanAll(.tensor(self)) }

  /// The means along one axis.
  public func mean(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    try Operators.mean(.tensor(self), .integers([axis]), .boolean(keepingAxis))
  }

  /// The largest elements along one axis.
  public func max(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    try Operators.amax(.tensor(self), .integers([axis]), .boolean(keepingAxis))
  }

  /// The smallest elements along one axis.
  public func min(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    try Operators.amin(.tensor(self), .integers([axis]), .boolean(keepingAxis))
  }

  /// The indices of the smallest elements along one axis.
  public func argmin(axis: Int) throws -> Tensor {
    try Operators.argmin(.tensor(self), .integer(axis))
  }

  /// The indices that bring the elements along one axis in order.
  public func argsort(axis: Int, descending: Bool = false) throws -> Tensor {
    try Operators.argsort(.tensor(self), .integer(axis), .boolean(descending))
  }

  /// The median of all elements, the lower of two.
  public func median() throws -> Tensor { try Operators.median(.tensor(self)) }

  /// The sums of each element and all before it along one axis.
  public func cumulativeSum(axis: Int) throws -> Tensor {
    try Operators.cumulativeSum(.tensor(self), .integer(axis), .none)
  }

  /// How many elements of each row, in ascending order along the last axis, are less than each of
  /// `bounds` in the same row: int64, without gradient. With `orEqual`, elements equal to the bound count
  /// as well.
  public func countLess(than bounds: Tensor, orEqual: Bool = false) throws -> Tensor {
    try Operators.searchSorted(
      .tensor(self), .tensor(bounds), .boolean(false), .boolean(orEqual), .none, .none)
  }

  /// The indices of the largest elements along one axis.
  public func argmax(axis: Int) throws -> Tensor {
    try Operators.argmax(.tensor(self), .integer(axis))
  }

  /// log Σ exp along one axis, without overflow.
  public func logSumExp(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    try Operators.logSumExp(.tensor(self), .integers([axis]), .boolean(keepingAxis))
  }

  /// The logarithm of softmax along one axis, without overflow.
  public func logSoftmax(axis: Int) throws -> Tensor {
    try Operators.logSoftmax(.tensor(self), .integer(axis), .none)
  }

  /// exp(x) / Σ exp(x) along one axis, without overflow.
  public func softmax(axis: Int) throws -> Tensor {
    try Operators.softmax(.tensor(self), .integer(axis), .none)
  }
}
