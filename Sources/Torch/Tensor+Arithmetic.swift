// Shapes are broadcast as libtorch does; shapes that do not fit throw.

extension Tensor {
  public static func + (a: Tensor, b: Tensor) throws -> Tensor {
    try Operators.add(.tensor(a), .tensor(b))
  }
  public static func + (a: Tensor, b: Double) throws -> Tensor {
    try Operators.addScalar(.tensor(a), .real(b))
  }
  public static func - (a: Tensor, b: Tensor) throws -> Tensor {
    try Operators.subtract(.tensor(a), .tensor(b))
  }
  public static func - (a: Tensor, b: Double) throws -> Tensor { try a + (-b) }
  public static func - (a: Double, b: Tensor) throws -> Tensor {
    try Operators.reverseSubtract(.tensor(b), .real(a))
  }
  public static func * (a: Tensor, b: Tensor) throws -> Tensor {
    try Operators.multiply(.tensor(a), .tensor(b))
  }
  public static func * (a: Tensor, b: Double) throws -> Tensor {
    try Operators.multiplyScalar(.tensor(a), .real(b))
  }
  public static func * (a: Double, b: Tensor) throws -> Tensor { try b * a }
  public static func / (a: Tensor, b: Tensor) throws -> Tensor {
    try Operators.divide(.tensor(a), .tensor(b))
  }
  public static func / (a: Tensor, b: Double) throws -> Tensor {
    try Operators.divideScalar(.tensor(a), .real(b))
  }
  public static prefix func - (a: Tensor) throws -> Tensor { try Operators.negate(.tensor(a)) }

  /// The elements to a fixed power.
  public func power(_ exponent: Double) throws -> Tensor {
    try Operators.power(.tensor(self), .real(exponent))
  }

  /// The matrix product, with libtorch's rules for vectors and batches.
  public func matmul(_ other: Tensor) throws -> Tensor {
    try Operators.matmul(.tensor(self), .tensor(other))
  }

  /// The matrix product, written into the memory of `result`.
  public func multiply(_ other: Tensor, into result: Tensor) throws {
    try Operators.matrixProduct.mutate(.tensor(self), .tensor(other), .tensor(result))
  }

  /// Adds the matrix product of two others in place.
  public func addProduct(_ a: Tensor, _ b: Tensor) throws {
    try Operators.addProduct.mutate(
      .tensor(self), .tensor(a), .tensor(b), .real(1), .real(1))
  }

  /// Multiplies by another tensor in place.
  public func multiply(by factors: Tensor) throws {
    try Operators.multiplyTensorInPlace.mutate(.tensor(self), .tensor(factors))
  }

  /// log(e^x + e^y) of each pair of elements, without overflow.
  public func logAddExp(_ other: Tensor) throws -> Tensor {
    try Operators.logAddExp(.tensor(self), .tensor(other))
  }

  /// The Euclidean distances of all rows of `self` [.., N, D] to all of `other` [.., M, D], as
  /// [.., N, M].
  ///
  /// They are sums of squared differences, not differences of products: exact for rows that are
  /// close. The gradient is 0 where the distance is.
  public func distances(to other: Tensor) throws -> Tensor {
    // Mode 2 is libtorch's "donot_use_mm_for_euclid_dist".
    try Operators.cdist(.tensor(self), .tensor(other), .real(2), .integer(2))
  }

  /// Adds `other` × `scale` in place.
  public func add(_ other: Tensor, scale: Double = 1) throws {
    try Operators.addInPlace.mutate(.tensor(self), .tensor(other), .real(scale))
  }

  /// Multiplies by a number in place.
  public func multiply(by factor: Double) throws {
    try Operators.multiplyInPlace.mutate(.tensor(self), .real(factor))
  }

  /// Adds row i of `rows` × `scale` to row `indices[i]` in place.
  public func addRows(_ rows: Tensor, at indices: Tensor, scale: Double = 1) throws {
    try Operators.indexAdd.mutate(
      .tensor(self), .integer(0), .tensor(indices), .tensor(rows), .real(scale))
  }

  // MARK: Functions of each element

  public func exp() throws -> Tensor { try Operators.exp(.tensor(self)) }
  /// e^x − 1, exact for small x.
  public func expMinusOne() throws -> Tensor { try Operators.expm1(.tensor(self)) }
  /// 2^x, exact for whole x.
  public func exp2() throws -> Tensor { try Operators.exp2(.tensor(self)) }
  /// The natural logarithm.
  public func log() throws -> Tensor { try Operators.log(.tensor(self)) }
  /// The logarithm to base 2.
  public func log2() throws -> Tensor { try Operators.log2(.tensor(self)) }
  /// log(1 + x), exact for small x.
  public func log1p() throws -> Tensor { try Operators.log1p(.tensor(self)) }
  /// 1 / (1 + e^−x).
  public func sigmoid() throws -> Tensor { try Operators.sigmoid(.tensor(self)) }
  /// log(1 / (1 + e^−x)), without overflow.
  public func logSigmoid() throws -> Tensor { try Operators.logSigmoid(.tensor(self)) }
  /// log(1 + e^x), without overflow; exact in every type.
  public func softplus() throws -> Tensor { try -(-self).logSigmoid() }
  /// The sine of an angle in radians.
  public func sineOfAngle() throws -> Tensor { try Operators.sin(.tensor(self)) }
  /// The cosine of an angle in radians.
  public func cosineOfAngle() throws -> Tensor { try Operators.cos(.tensor(self)) }
  /// The angle of the point (x, y) in radians, in −π...π, where `self` is y.
  public func angle(x: Tensor) throws -> Tensor { try Operators.atan2(.tensor(self), .tensor(x)) }
  /// The largest whole number that is not above; its gradient is 0.
  public func roundedDown() throws -> Tensor { try Operators.floor(.tensor(self)) }
  /// −1, 0 or 1; its gradient is 0.
  public func sign() throws -> Tensor { try Operators.sign(.tensor(self)) }
  public func squareRoot() throws -> Tensor { try Operators.sqrt(.tensor(self)) }
  public func magnitude() throws -> Tensor { try Operators.abs(.tensor(self)) }
  /// √(x² + y²), without overflow. Its gradient is NaN where both are 0.
  public func hypotenuse(_ other: Tensor) throws -> Tensor {
    try Operators.hypot(.tensor(self), .tensor(other))
  }

  /// The elements held between bounds; the gradient is 0 where a bound holds them.
  public func clamped(min: Double? = nil, max: Double? = nil) throws -> Tensor {
    try Operators.clamp(
      .tensor(self), min.map(Argument.real) ?? .none, max.map(Argument.real) ?? .none)
  }

  /// The larger of each pair of elements; the gradient is shared where they are equal.
  public func maximum(_ other: Tensor) throws -> Tensor {
    try Operators.maximum(.tensor(self), .tensor(other))
  }
  /// The smaller of each pair of elements; the gradient is shared where they are equal.
  public func minimum(_ other: Tensor) throws -> Tensor {
    try Operators.minimum(.tensor(self), .tensor(other))
  }

  // MARK: Comparing: truth values, 1 and 0 after `to(_:)`

  public func isLess(than bound: Double) throws -> Tensor {
    try Operators.less(.tensor(self), .real(bound))
  }
  public func isGreater(than bound: Double) throws -> Tensor {
    try Operators.greater(.tensor(self), .real(bound))
  }

  public func isLess(than other: Tensor) throws -> Tensor {
    try Operators.lessTensor(.tensor(self), .tensor(other))
  }
  public func isAtMost(_ other: Tensor) throws -> Tensor {
    try Operators.lessOrEqual(.tensor(self), .tensor(other))
  }
  public func isEqual(to other: Tensor) throws -> Tensor {
    try Operators.equal(.tensor(self), .tensor(other))
  }
  public func isEqual(to number: Double) throws -> Tensor {
    try Operators.equalScalar(.tensor(self), .real(number))
  }
  public func and(_ other: Tensor) throws -> Tensor {
    try Operators.and(.tensor(self), .tensor(other))
  }
  public func or(_ other: Tensor) throws -> Tensor {
    try Operators.or(.tensor(self), .tensor(other))
  }
  public func not() throws -> Tensor { try Operators.not(.tensor(self)) }

  /// The elements of `self`, replaced by a number where `condition` holds; no gradient flows there.
  public func replacing(with number: Double, where condition: Tensor) throws -> Tensor {
    try Operators.maskedFill(.tensor(self), .tensor(condition), .real(number))
  }

  /// The elements of `self`, replaced by those of `other` where `condition` holds.
  public func replacing(with other: Tensor, where condition: Tensor) throws -> Tensor {
    try Operators.select(.tensor(condition), .tensor(other), .tensor(self))
  }

  /// Whether no element is infinite or NaN.
  public func isAllFinite() throws -> Bool {
    try Operators.item.number(.tensor(Operators.all(.tensor(Operators.isFinite(.tensor(self))))))
      != 0
  }
}
