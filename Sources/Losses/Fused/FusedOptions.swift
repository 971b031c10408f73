import Torch

/// How the fused evaluation of a proxy head weighs time, memory and exactness.
public struct FusedOptions: Sendable, Equatable, Codable {
  /// What the products of features and proxies are taken in; exponentials and losses are float32.
  ///
  /// In bf16 a cosine is off by up to 2⁻⁸, typically by 2⁻⁹/√D. It is only for CPUs with instructions
  /// for it.
  public var precision = Precision.float32

  /// Bytes that may be used besides weights, features and their gradients, 0 or more.
  ///
  /// What exponentials do not fit in are computed a second time for the gradient by the proxies: with
  /// a budget of 0 that is one product of four more. What was used is kept for the next step.
  public var memoryBudget = 224 << 20

  /// The probability below which a class adds nothing to the gradient of a sample, at least 0 and
  /// below 1. If nil, a class adds nothing if it has less than 2⁻²⁴ / C of the probability of all but
  /// the target, which is lost in the rounding of float32, however sure of the target the head is.
  ///
  /// The loss itself counts every class. With probabilities p, the derivative of the sample's loss by
  /// the score of a class that is left out is off by its p, so that the sum of these errors is at most
  /// C · tolerance, and the gradient by the sample's unit feature at most s · C · tolerance long. In a
  /// trained head nearly all classes are left out, and two of three products with them.
  public var tolerance: Double?

  public init(
    precision: Precision = .float32, memoryBudget: Int = 224 << 20, tolerance: Double? = nil
  ) {
    self.precision = precision
    self.memoryBudget = memoryBudget
    self.tolerance = tolerance
  }

  /// - Throws: `LossError` for an option out of range, or a precision that the CPU has no instructions
  ///   for.
  public func validate() throws {
    guard memoryBudget >= 0 else {
      throw LossError(.usage, "the loss's memory must be at least 0 bytes, not \(memoryBudget)")
    }
    if let tolerance {
      try LossParameter.Range.halfOpen(0, 1).check("loss's tolerance", tolerance)
    }
    guard precision == .float32 || BlockProduct.supportsBFloat16 else {
      throw LossError(
        .usage, "this CPU has no instructions for products in bf16; use float32 for the loss")
    }
  }
}
