import Torch

/// Softmax cross-entropy with the options that change what is asked for.
///
///     p = softmax(z / T),   q' = (1 − ε) · q + ε / C
///     L = −Σ_j w_j · q'_j · (1 − p_j)^γ · log p_j
///
/// With ε = 0, T = 1, γ = 0 and no class weights w this is −log p_y. Everything is computed from
/// log p, which neither overflows nor vanishes.
///
/// Szegedy et al., "Rethinking the Inception architecture", 2016 (ε); Hinton, Vinyals, Dean,
/// "Distilling the knowledge in a neural network", 2015 (T); Lin et al., "Focal loss for dense object
/// detection", 2017 (γ).
public struct CrossEntropy: TiledCriterion {
  /// ε, in 0...1.
  public let labelSmoothing: Double
  /// T, above 0.
  public let temperature: Double
  /// γ, at least 0.
  public let focalGamma: Double

  /// - Throws: `LossError` for a parameter out of range.
  public init(labelSmoothing: Double = 0, temperature: Double = 1, focalGamma: Double = 0) throws {
    guard (0...1).contains(labelSmoothing) else {
      throw LossError(.usage, "the label smoothing must be in 0...1, not \(labelSmoothing)")
    }
    guard temperature > 0, temperature.isFinite else {
      throw LossError(.usage, "the temperature must be above 0, not \(temperature)")
    }
    guard focalGamma >= 0, focalGamma.isFinite else {
      throw LossError(.usage, "the focal gamma must be at least 0, not \(focalGamma)")
    }
    self.labelSmoothing = labelSmoothing
    self.temperature = temperature
    self.focalGamma = focalGamma
  }

  public var acceptsProbabilities: Bool { true }

  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    let logits = try temperature == 1 ? logits : logits / temperature
    // Not log Σ exp z − z_y: where both are large, their difference has lost its last digits.
    let logProbabilities = try logits.logSoftmax(axis: 1)
    if case .labels(let labels) = target.kind, focalGamma == 0, target.classWeights == nil {
      // Without a factor for each class there is no need of all of them.
      var score = try logProbabilities.gather(labels.reshaped([-1, 1]), axis: 1).reshaped([-1])
      if labelSmoothing > 0 {
        score = try score * (1 - labelSmoothing) + logProbabilities.mean(axis: 1) * labelSmoothing
      }
      return try -score
    }
    // The loss of each class if it were the target [N, C].
    return try target.expected(focused(-logProbabilities), labelSmoothing: labelSmoothing)
  }

  /// −log p, times (1 − p)^γ.
  func focused(_ losses: Tensor) throws -> Tensor {
    guard focalGamma > 0 else { return losses }
    // 1 − p without cancellation; the bound keeps the slope of the power finite at p = 1.
    let rest = try (-(-losses).expMinusOne()).clamped(min: 1e-30)
    return try losses * rest.power(focalGamma)
  }
}

extension LossEntry {
  static let crossEntropy = LossEntry(
    name: "cross-entropy", title: "Cross-entropy", family: .logits,
    summary: "softmax cross-entropy of logits that are given",
    formula: "L = −Σ_j w_j·q'_j·(1−p_j)^γ·log p_j, p = softmax(z/T), q' = (1−ε)·q + ε/C",
    parameters: [
      .labelSmoothing, .temperature, .focalGamma, .ignoreLabel, .weightedReduction,
    ],
    conventions: [
      "the mean is over the samples that count; PyTorch's mean with class weights is weighted-mean",
      "class weights apply to every class's term, the smoothed ones too, as in PyTorch",
      "if every sample is ignored the loss is 0; PyTorch gives NaN",
      "with a temperature the gradient shrinks as 1/T; multiply by T² to keep a soft term's weight",
    ],
    paper: "Bridle, Probabilistic interpretation of feedforward classification outputs, 1990"
  ) {
    try LogitLoss(.crossEntropy($0), options: SampleOptions($0))
  }
}

extension Criterion where Self == CrossEntropy {
  /// With the options of a catalogue row.
  static func crossEntropy(_ values: ParameterValues) throws -> CrossEntropy {
    try CrossEntropy(
      labelSmoothing: values.number("label-smoothing"), temperature: values.number("temperature"),
      focalGamma: values.number("focal-gamma"))
  }
}

extension SampleOptions {
  /// As set in a catalogue row.
  init(_ values: ParameterValues) {
    self.init(ignoreLabel: values.ignoreLabel(), reduction: values.reduction())
  }
}
