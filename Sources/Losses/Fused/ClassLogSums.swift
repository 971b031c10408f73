import LossKernels
import Torch

/// What a softmax over very many classes needs, without ever holding the scores of all of them:
///
///     own_i = ⟨x_i, ŵ_{y_i}⟩
///     others_i = log Σ_{j≠y_i} exp(s · ⟨x_i, ŵ_j⟩ + b_j)
///     total_i = Σ_j ω_j · (s · ⟨x_i, ŵ_j⟩ + b_j)
///
/// ŵ_j is w_j, brought to unit length or as it is. Margin, target, criterion and reduction follow from
/// these, in operations on N numbers.
///
/// The classes are worked on in tiles: a matrix product for the scores, one pass that replaces them by
/// their exponentials, and one product for the gradient by x, which is divided by the sums of the
/// exponentials once those are known. What is left for the gradient by w is one more product for each
/// tile. The exponentials are kept for it if they fit `memoryBudget`, else computed again.
struct ClassLogSums {
  /// s.
  var scale: Double
  var normalizesWeights: Bool
  /// An upper bound of s · |⟨x, ŵ_j⟩| where there is one, as for cosines.
  var bound: Double?
  /// Whether `total` is wanted.
  var needsTotal = false
  /// Bytes for exponentials.
  var memoryBudget = 256 << 20

  struct Result {
    /// [N].
    let own, others: Tensor
    /// [N], where it is wanted.
    let total: Tensor?
  }

  /// - Parameters:
  ///   - features: x [N, D], float32.
  ///   - weights: w [C, D].
  ///   - bias: b [C].
  ///   - classWeights: ω [C], 1 if nil; no gradient flows to them.
  ///   - labels: y int64 [N], each a class.
  func callAsFunction(
    _ features: Tensor, weights: Tensor, bias: Tensor?, classWeights: Tensor?, labels: Tensor
  ) throws -> Result {
    let inputs = [features, weights] + (bias.map { [$0] } ?? [])
    let needsGradient = inputs.contains(where: \.requiresGradient)
    let outputs = try customFunction(inputs) { inputs in
      let pass = try ClassPass(
        self, features: inputs[0].contiguous(), weights: inputs[1].contiguous(),
        bias: inputs.count > 2 ? inputs[2].contiguous() : nil,
        classWeights: classWeights?.detached().contiguous(),
        labels: labels.elements(Int64.self).map(Int.init), keepsGradient: needsGradient)
      let outputs = try pass.forward()
      return CustomFunctionResult(outputs: outputs) { try pass.backward($0) }
    }
    return Result(own: outputs[0], others: outputs[1], total: needsTotal ? outputs[2] : nil)
  }
}
