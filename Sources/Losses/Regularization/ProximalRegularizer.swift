import Torch

/// A regularizer that a step can pay for exactly, kinks and all.
///
/// A gradient does not see the kink of |θ| at 0: steps down the gradient of an L1 penalty jump about 0,
/// and leave no weight at it. Proximal gradient descent does a step on the loss alone, and then goes to the
/// point that is best for the regularizer together with the way there:
///
///     θ ← prox(θ − η · ∇L(θ)),   prox(θ) = argmin_u ½ · ‖u − θ‖² + η · λ · Φ(u)
///
/// which for L1 takes every weight η · λ towards 0, and those that are nearer to 0 exactly:
///
///     try optimizer.minimize(risk.empirical(inputs), learningRate: rate)
///     try lasso.shrink(parameters, learningRate: rate)
///
/// It converges with plain gradient descent as `optimizer`, which steps as far in all directions. An
/// optimizer that scales each direction, as AdamW, ends elsewhere.
///
/// Parikh, Boyd, "Proximal algorithms", 2014.
public protocol ProximalRegularizer: Regularizer {
  /// argmin_u ½ · ‖u − θ‖² + step · Φ(u), of the same shape as θ.
  ///
  /// - Parameters:
  ///   - parameter: θ.
  ///   - step: At least 0.
  func proximalPoint(of parameter: Tensor, step: Double) throws -> Tensor
}

extension ProximalRegularizer {
  /// Does the regularizer's part of a step of proximal gradient descent: changes the parameters that
  /// are chosen, in place.
  ///
  /// - Parameters:
  ///   - parameters: With their names, after a step on the loss without this regularizer.
  ///   - learningRate: η of that step, at least 0.
  /// - Throws: `LossError` if none of them is chosen.
  public func shrink(
    _ parameters: [(name: String, tensor: Tensor)], learningRate: Double
  ) throws {
    try withoutGradients {
      for (tensor, factor) in try selection.chosen(from: parameters) {
        try tensor.copy(
          from: proximalPoint(of: tensor, step: learningRate * weight * factor))
      }
    }
  }
}

extension Tensor {
  /// Each element brought nearer to 0 by a distance, and to 0 where it is not farther: sign(x) · max(0,
  /// |x| − distance).
  func shrunk(by distance: Double) throws -> Tensor {
    try sign() * (magnitude() - distance).relu()
  }
}

extension L1Regularization: ProximalRegularizer {
  public func proximalPoint(of parameter: Tensor, step: Double) throws -> Tensor {
    try parameter.shrunk(by: step)
  }
}

extension L2Regularization: ProximalRegularizer {
  public func proximalPoint(of parameter: Tensor, step: Double) throws -> Tensor {
    try parameter / (1 + 2 * step * rule.factor)
  }
}

extension ElasticNet: ProximalRegularizer {
  public func proximalPoint(of parameter: Tensor, step: Double) throws -> Tensor {
    try parameter.shrunk(by: step * alpha) / (1 + 2 * step * (1 - alpha) * rule.factor)
  }
}
