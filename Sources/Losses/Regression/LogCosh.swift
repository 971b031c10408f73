import Foundation
import Torch

/// The logarithm of the hyperbolic cosine: ½d² near 0, |d| − log 2 far from it, smooth throughout.
///
///     L = log cosh(ŷ − y),   with the slope tanh(ŷ − y)
///
/// Neither overflow far from 0 nor cancellation near it: both are computed from expressions that are
/// exact there.
///
/// Bishop, Neural Networks for Pattern Recognition, 1995, exercises; Saleh, Saleh, "Statistical
/// properties of the log-cosh loss function used in machine learning", 2022.
public struct LogCosh: ElementwiseLoss {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func losses(_ differences: Tensor) throws -> Tensor {
    let distance = try differences.magnitude()
    // Each expression gets arguments of its own side only: `replacing` would let the NaN or infinity
    // of the one not taken into the gradient.
    let near = try distance.clamped(max: 1)
    let far = try distance.clamped(min: 1)
    // cosh x − 1 = 2 sinh²(x/2) = ½ · eˣ · (1 − e⁻ˣ)²
    let rise = try (-near).expMinusOne()
    let nearLosses = try (rise * rise * near.exp() * 0.5).log1p()
    let farLosses = try far + (far * -2).exp().log1p() - log(2)
    return try nearLosses.replacing(with: farLosses, where: distance.isGreater(than: 1))
  }
}

extension LossEntry {
  static let logCosh = LossEntry(
    name: "log-cosh", title: "Log-cosh", family: .regression,
    summary: "as the squared error near 0, as the absolute error far from it, smooth throughout",
    formula: "L = log cosh(ŷ − y)",
    parameters: [.elementReduction],
    conventions: [
      "computed without overflow for large differences and without cancellation for small ones; "
        + "Keras's x + softplus(−2x) − log 2 leaves an error of a rounding of log 2 near 0",
      "the mean is over all elements, not over the batch",
    ],
    paper: "Saleh, Saleh, Statistical properties of the log-cosh loss function used in machine "
      + "learning, 2022"
  ) {
    LogCosh(reduction: $0.reduction())
  }
}
