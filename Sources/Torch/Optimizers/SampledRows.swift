/// A matrix of which each step uses and changes only some rows, such as the proxies of the classes that
/// were drawn. The rest of it is neither read nor written, and neither is the optimiser's state for it.
public final class SampledRows {
  /// [C, D]; it has no gradient of its own.
  public let matrix: Tensor
  /// The rows in use, int64 [R], and a copy of them [R, D], which gets the gradient.
  public private(set) var current: (rows: Tensor, values: Tensor)?

  public init(_ matrix: Tensor) { self.matrix = matrix }

  /// A copy of some rows to compute with, until the next step; where no gradients are recorded, a copy
  /// and no more.
  ///
  /// - Parameter rows: int64 [R], each once.
  /// - Throws: `TorchError` if the rows in use have a gradient that no step has used.
  public func take(_ rows: Tensor) throws -> Tensor {
    let values = try withoutGradients { try matrix.select(rows) }
    guard gradientsAreRecorded else { return values }
    guard try current?.values.gradient() == nil else {
      throw TorchError("other rows have a gradient: step the optimiser, or forget it, before")
    }
    try values.requireGradient()
    current = (rows, values)
    return values
  }

  /// Steps the rows in use, if they have a gradient, and writes them back.
  ///
  /// - Parameters:
  ///   - state: Matrices of the optimiser's, of which the same rows are changed.
  ///   - step: Changes rows in place, by their gradients and the rows of the state.
  func update(
    _ state: [Tensor],
    step: (_ values: Tensor, _ gradient: Tensor, _ state: [Tensor]) throws -> Void
  ) throws {
    guard let (rows, leaf) = current, let gradient = try leaf.gradient() else { return }
    let values = try leaf.detached()
    let parts = try state.map { try $0.select(rows) }
    try step(values, gradient, parts)
    for (whole, part) in zip([matrix] + state, [values] + parts) {
      try Operators.indexCopy.mutate(
        .tensor(whole.detached()), .integer(0), .tensor(rows), .tensor(part))
    }
    current = nil
  }
}
