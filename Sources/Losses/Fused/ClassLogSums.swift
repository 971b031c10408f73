import Torch

/// What a softmax over very many classes needs, without ever holding the scores of all of them:
///
///     own_i = ⟨x_i, ŵ_{y_i}⟩
///     others_i = log Σ_{j≠y_i} exp(s · ⟨x_i, ŵ_j⟩ + b_j)
///     total_i = Σ_j ω_j · (s · ⟨x_i, ŵ_j⟩ + b_j)
///
/// ŵ_j is w_j, brought to unit length or as it is. With several proxies for each class, the nearest
/// counts. Margin, target, criterion and reduction follow from these, in operations on N numbers.
struct ClassLogSums {
  /// s.
  var scale: Double
  var normalizesWeights: Bool
  /// An upper bound of s · |⟨x, ŵ_j⟩| where there is one, as for cosines.
  var bound: Double?
  /// How the classes with cosines above the targets' are changed, where products are cosines times
  /// `cosineScale`.
  var hardClasses: HardClassRule?
  var cosineScale = 1.0
  /// Whether `total` is wanted; only with one proxy for each class.
  var needsTotal = false
  /// K: adjacent rows of the weights that belong to one class.
  var proxiesPerClass = 1
  var options = FusedOptions()
  /// The scores z_y that the targets will have [N], from their own products: what other classes are
  /// compared with, when it is asked whether they are hard, or matter.
  var targetScores: (Tensor) throws -> Tensor

  struct Result {
    /// [N].
    let own, others: Tensor
    /// [N], where it is wanted.
    let total: Tensor?
  }

  /// - Parameters:
  ///   - features: x [N, D], float32.
  ///   - weights: w [C·K, D].
  ///   - bias: b [C].
  ///   - classWeights: ω [C], 1 if nil; no gradient flows to them.
  ///   - labels: y int64 [N], each a class.
  func callAsFunction(
    _ features: Tensor, weights: Tensor, bias: Tensor?, classWeights: Tensor?, labels: Tensor
  ) throws -> Result {
    let inputs = [features, weights] + (bias.map { [$0] } ?? [])
    let needsGradient = gradientsAreRecorded && inputs.contains(where: \.requiresGradient)
    let outputs = try customFunction(inputs) { inputs in
      let batch = try ClassBatch(
        features: inputs[0], weights: inputs[1], bias: inputs.count > 2 ? inputs[2] : nil,
        classWeights: classWeights, labels: labels, proxiesPerClass: proxiesPerClass)
      let pass: any ClassPassing =
        switch options.precision {
        case .float32: ClassPass<Float32Products>(self, batch, keepsGradient: needsGradient)
        case .bf16: ClassPass<BFloat16Products>(self, batch, keepsGradient: needsGradient)
        }
      let outputs = try pass.forward()
      return CustomFunctionResult(outputs: outputs) { try pass.backward($0) }
    }
    return Result(own: outputs[0], others: outputs[1], total: needsTotal ? outputs[2] : nil)
  }
}

/// A forward and a backward pass of `ClassLogSums`.
protocol ClassPassing {
  /// own, others and, where wanted, total: each [N].
  func forward() throws -> [Tensor]
  /// The gradients by features, weights and, where there is one, bias.
  func backward(_ gradients: [Tensor?]) throws -> [Tensor?]
}

/// The inputs of a pass, where it can read them.
struct ClassBatch {
  let features, weights: Tensor
  let bias: [Float]?
  /// ω.
  let classWeights: [Float]?
  let labels: [Int]
  let proxiesPerClass: Int
  /// The samples in the order of their labels.
  private let byLabel: [Int]

  init(
    features: Tensor, weights: Tensor, bias: Tensor?, classWeights: Tensor?, labels: Tensor,
    proxiesPerClass: Int
  ) throws {
    self.proxiesPerClass = proxiesPerClass
    self.features = try features.contiguous()
    self.weights = try weights.contiguous()
    self.bias = try bias?.elements(Float.self)
    self.classWeights = try classWeights?.elements(Float.self)
    let labels = try labels.elements(Int64.self).map(Int.init)
    self.labels = labels
    guard features.rank == 2, weights.rank == 2, features.shape[1] == weights.shape[1],
      features.shape[0] == labels.count, weights.shape[0] % proxiesPerClass == 0
    else {
      throw LossError(
        .data,
        "features \(features.shape), weights \(weights.shape) and \(labels.count) labels do not fit"
      )
    }
    let classCount = weights.shape[0] / proxiesPerClass
    for (name, numbers) in [("biases", self.bias), ("class weights", self.classWeights)] {
      if let numbers, numbers.count != classCount {
        throw LossError(.data, "there are \(numbers.count) \(name) for \(classCount) classes")
      }
    }
    if let bad = labels.first(where: { !(0..<classCount).contains($0) }) {
      throw LossError(.data, "the label \(bad) is not one of the \(classCount) classes")
    }
    byLabel = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
  }

  /// The proxies of a sample's class.
  func ownRows(_ sample: Int) -> Range<Int> {
    labels[sample] * proxiesPerClass..<(labels[sample] + 1) * proxiesPerClass
  }

  /// The samples whose classes have these proxies, all of them.
  func samples(of rows: Range<Int>) -> ArraySlice<Int> {
    let classes = rows.lowerBound / proxiesPerClass..<rows.upperBound / proxiesPerClass
    func first(from label: Int) -> Int {
      var (low, high) = (0, byLabel.count)
      while low < high {
        let middle = (low + high) / 2
        if labels[byLabel[middle]] < label { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return byLabel[first(from: classes.lowerBound)..<first(from: classes.upperBound)]
  }
}
