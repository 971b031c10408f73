import Foundation
import Losses
import RandomNumbers
import Torch

/// t-distributed stochastic neighbour embedding: a picture in 2 or 3 dimensions in which those stay near
/// that are near in the features.
///
/// Minimises KL(p ‖ q) = Σ p·log(p / q) over the points y, where p are affinities of the samples (a Gaussian
/// around each, wide enough for `perplexity` neighbours; `Affinities`) and q = 1 / (1 + ‖yᵢ − yⱼ‖²) / Z.
/// What is near in the picture is near in the features, mostly; distances between groups, their sizes and
/// densities mean little, and nothing is learnt that other samples could be drawn by.
///
/// Steps, gains, momentum and defaults are openTSNE's: the gradient Σ p·q̂·(yᵢ − yⱼ) − Σ q̂²·(yᵢ − yⱼ) / Z
/// with q̂ = q·Z (a quarter of the paper's), a learning rate of N / exaggeration in each phase, and steps no
/// longer than 5. For the same seed and number of threads the result is the same.
///
/// Repulsion is exact, or in two dimensions interpolated on a grid (`InterpolatedRepulsion`); exact takes
/// O(N²) a step: about 7 ms for 10,000 points in a plane on two cores, and 35 ms of processor time in space.
///
/// van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 2008; Belkina et al., "Automated optimized
/// parameters for t-distributed stochastic neighbor embedding", Nature Communications 2019 (learning rate).
public struct TSNE: Sendable {
  public enum Repulsion: String, Sendable, CaseIterable {
    /// Interpolated for more than 5,000 points in a plane, else exact.
    case automatic
    case exact
    /// By a grid; two dimensions only.
    case interpolated
  }

  /// Of the picture: 2 or 3.
  public var dimensions = 2
  /// About how many neighbours count; at least 1 and less than a third of the samples.
  public var perplexity = 30.0
  /// By what the affinities are multiplied at first, at least 1; and for how many steps.
  public var earlyExaggeration = 12.0
  public var earlyIterations = 250
  /// Steps after those.
  public var iterations = 500
  /// N / exaggeration if nil.
  public var learningRate: Double?
  /// In the early steps, and after.
  public var momentum = (early: 0.8, late: 0.8)
  public var repulsion = Repulsion.automatic
  /// Of what is added to the start, so that equal samples part: 1 % of its deviation.
  public var seed: UInt64 = 1

  public init() {}

  public struct Progress: Sendable {
    /// Steps done, and steps in all.
    public let iteration, iterations: Int
    /// KL(p ‖ q), without the exaggeration.
    public let divergence: Double
  }

  public struct Result: Sendable {
    /// Row-major [N, dimensions], with mean 0.
    public let points: [Float]
    public let dimensions: Int
    /// KL(p ‖ q) of the points, with Z summed pair by pair up to 100,000 points.
    public let divergence: Double
  }

  /// Embeds features.
  ///
  /// - Parameters:
  ///   - features: float32 [N, D] on the CPU.
  ///   - start: Points to start from, row-major [N, dimensions], taken as they are; if nil, the first
  ///     principal components, with a deviation of 0.0001 along the first.
  ///   - report: Is called every 50 steps.
  ///   - isInterrupted: Is asked at every step whether to stop.
  /// - Throws: `EvaluationError` for options out of range, and for features that are not finite;
  ///   `CancellationError` if interrupted.
  public func callAsFunction(
    _ features: Tensor, start: [Float]? = nil, report: (Progress) -> Void = { _ in },
    isInterrupted: () -> Bool = { false }
  ) throws -> Result {
    let features = try checkedFeatures(features)
    let count = features.shape[0]
    try check(count: count, start: start)
    let affinities = try Affinities(features, perplexity: perplexity)
    let descent = Descent(
      affinities, points: try start ?? self.start(features), dimensions: dimensions)
    let isInterpolated =
      repulsion == .interpolated || (repulsion == .automatic && dimensions == 2 && count > 5000)
    let repel: any Evaluation.Repulsion =
      isInterpolated ? InterpolatedRepulsion() : ExactRepulsion()
    for iteration in 0..<earlyIterations + iterations {
      if isInterrupted() { throw CancellationError() }
      let isEarly = iteration < earlyIterations
      let exaggeration = isEarly ? earlyExaggeration : 1
      let total = try descent.step(
        repel, exaggeration: exaggeration, momentum: isEarly ? momentum.early : momentum.late,
        rate: learningRate ?? Double(count) / exaggeration)
      guard descent.isFinite else {
        throw EvaluationError(
          .usage,
          "the points left all bounds at step \(iteration + 1): give a smaller learning rate")
      }
      if (iteration + 1) % 50 == 0 {
        report(
          Progress(
            iteration: iteration + 1, iterations: earlyIterations + iterations,
            divergence: try descent.divergence(total: total)))
      }
    }
    let total = try descent.total(count <= 100_000 ? ExactRepulsion() : repel)
    return Result(
      points: descent.points.rows, dimensions: dimensions,
      divergence: try descent.divergence(total: total))
  }

  private func check(count: Int, start: [Float]?) throws {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw EvaluationError(.usage, message()) }
    }
    try require(
      dimensions == 2 || dimensions == 3, "t-SNE has 2 or 3 dimensions, not \(dimensions)")
    try require(
      perplexity >= 1 && perplexity.isFinite, "the perplexity must be at least 1, not \(perplexity)"
    )
    try require(
      3 * perplexity < Double(count),
      "the perplexity \(perplexity) needs more than \(Int((3 * perplexity).rounded(.down))) samples, "
        + "and there are \(count): give a perplexity below \(Double(count) / 3), or more samples")
    try require(
      earlyExaggeration >= 1 && earlyExaggeration.isFinite,
      "the early exaggeration must be at least 1, not \(earlyExaggeration)")
    try require(
      earlyIterations >= 0 && iterations >= 0, "the numbers of iterations must be at least 0")
    if let learningRate {
      try require(
        learningRate > 0 && learningRate.isFinite,
        "the learning rate must be above 0, not \(learningRate)")
    }
    for momentum in [momentum.early, momentum.late] {
      try require(
        momentum >= 0 && momentum < 1,
        "the momentum must be at least 0 and below 1, not \(momentum)")
    }
    try require(
      repulsion != .interpolated || dimensions == 2,
      "interpolated repulsion is for 2 dimensions only: ask for exact, or automatic")
    if let start {
      try require(
        start.count == count * dimensions && start.allSatisfy(\.isFinite),
        "the start must be \(count) × \(dimensions) finite numbers")
    }
  }

  /// The first principal components, made small, with a little noise.
  private func start(_ features: Tensor) throws -> [Float] {
    let (count, available) = (features.shape[0], min(features.shape[0], features.shape[1]))
    let used = min(dimensions, available)
    let pca = try PCA(features, count: used)
    let scores = try pca.transform(features).elements(Float.self)
    let deviation =
      (scores.indices.filter { $0 % used == 0 }.reduce(0.0) {
        $0 + Double(scores[$1]) * Double(scores[$1])
      } / Double(count)).squareRoot()
    let scale = deviation > 0 ? 1e-4 / deviation : 0
    var random = SplitMix64(seed)
    return (0..<count * dimensions).map { place in
      let (row, axis) = (place / dimensions, place % dimensions)
      let score = axis < used ? Double(scores[row * used + axis]) * scale : 0
      // Where no feature varies the noise is all there is.
      return Float(score + (scale > 0 ? 1e-6 : 1e-4) * random.normal())
    }
  }
}

extension SplitMix64 {
  /// A normal number, by Box and Muller.
  fileprivate mutating func normal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}
