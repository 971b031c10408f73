import Torch

/// max(x, 0).
public struct ReLU: Layer {
  public init() {}
  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor { try x.relu() }
}

/// 1 / (1 + e⁻ˣ).
public struct Sigmoid: Layer {
  public init() {}
  public func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor { try x.sigmoid() }
}
