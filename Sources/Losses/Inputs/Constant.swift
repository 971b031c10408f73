import Torch

/// A quantity that the definition of a loss takes as constant when it is differentiated: a running
/// statistic, a random draw, the weight of a sample.
///
/// It is computed without gradients. While a gradient is being proved it keeps the value that it had
/// at the first evaluation, because that is the function whose gradient the loss defines.
func constant(_ make: () throws -> Tensor) throws -> Tensor {
  func fresh() throws -> Tensor { try withoutGradients { try make().detached() } }
  guard let held = HeldConstants.current else { return try fresh() }
  return try held.next(fresh)
}

/// The constants of one proof, in the order in which the loss computes them.
final class HeldConstants: @unchecked Sendable {
  // A proof runs on one thread.
  @TaskLocal static var current: HeldConstants?

  private var values: [Tensor] = []
  private var position = 0

  /// Runs `body`, one evaluation of the loss: constants have the values of the first run.
  func evaluation<Result>(_ body: () throws -> Result) throws -> Result {
    position = 0
    return try Self.$current.withValue(self) { try body() }
  }

  fileprivate func next(_ make: () throws -> Tensor) throws -> Tensor {
    if position == values.count { values.append(try make()) }
    defer { position += 1 }
    return values[position]
  }
}
