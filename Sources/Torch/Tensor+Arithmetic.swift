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

  public func exp() throws -> Tensor { try Operators.exp(.tensor(self)) }
  public func squareRoot() throws -> Tensor { try Operators.sqrt(.tensor(self)) }
  public func magnitude() throws -> Tensor { try Operators.abs(.tensor(self)) }

  /// The elements held between bounds; the gradient is 0 where a bound holds them.
  public func clamped(min: Double? = nil, max: Double? = nil) throws -> Tensor {
    try Operators.clamp(
      .tensor(self), min.map(Argument.real) ?? .none, max.map(Argument.real) ?? .none)
  }

  // MARK: Comparing

  public func isLess(than bound: Double) throws -> Tensor {
    try Operators.less(.tensor(self), .real(bound))
  }
  public func isGreater(than bound: Double) throws -> Tensor {
    try Operators.greater(.tensor(self), .real(bound))
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
