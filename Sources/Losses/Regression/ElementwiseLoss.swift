import Torch

/// A loss of each predicted number on its own: a function of the difference d = ŷ − y.
public protocol ElementwiseLoss: Loss {
  /// How the losses of the elements become one number.
  var reduction: Reduction { get }

  /// The loss of each element.
  ///
  /// - Parameter differences: Predictions less targets.
  func losses(_ differences: Tensor) throws -> Tensor
}

extension ElementwiseLoss {
  /// The loss of predictions, for targets of the same shape, whatever it is.
  ///
  /// - Throws: `LossError` for different shapes: stretching the smaller is hardly ever what was meant.
  public func callAsFunction(_ predictions: Tensor, targets: Tensor) throws -> Tensor {
    try predictions.requireShape(of: targets)
    return try reduction(losses(predictions - targets))
  }

  public var signatures: [Signature] { [[.predictions, .targets]] }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    try self(inputs.required(.predictions), targets: inputs.required(.targets))
  }
}

extension Tensor {
  /// - Throws: `LossError` unless these predictions have the shape of their targets.
  func requireShape(of targets: Tensor) throws {
    guard shape == targets.shape else {
      throw LossError(
        .data, "predictions have the shape \(shape), but targets have \(targets.shape)")
    }
  }
}

extension InputDeclaration {
  static let predictions = InputDeclaration(.predictions, "…")
  static let targets = InputDeclaration(.targets, "…")
}

extension LossParameter {
  /// For losses of elements.
  static let elementReduction = LossParameter(
    "reduction", default: .word(Reduction.mean.rawValue),
    range: .words([Reduction.mean, .sum, .none].map(\.rawValue)),
    "how the elements' losses become one number", isOption: true)
}
