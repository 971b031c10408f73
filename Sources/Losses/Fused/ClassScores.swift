import Torch

/// The scores of all classes for a batch, which a criterion sees a tile of classes at a time.
public protocol ClassScores {
  /// C.
  var classCount: Int { get }

  /// z_y of each sample [N], for labels.
  func own() throws -> Tensor

  /// What is asked of the tiles, one below the other: [tiles, N] of results [N], [tiles, 1] of single
  /// numbers.
  ///
  /// - Parameters:
  ///   - given: What `ask` needs besides the scores; gradients flow to it.
  ///   - ask: Results for a tile. It is called again for the gradient.
  func gather(
    _ given: [Tensor], _ ask: @escaping (ScoreTile) throws -> [Tensor]
  ) throws -> [Tensor]
}

extension ClassScores {
  /// As `gather(_:_:)` with nothing given.
  public func gather(_ ask: @escaping (ScoreTile) throws -> [Tensor]) throws -> [Tensor] {
    try gather([], ask)
  }
}

/// The scores of some classes next to each other.
public struct ScoreTile {
  /// z [N, T].
  public let scores: Tensor
  /// For labels, where the class is the sample's own [N, T].
  public let isOwn: Tensor?
  /// The distributions over these classes, for labels one-hot, and their weights.
  public let target: () throws -> Target
  /// What was given to `gather`.
  public let given: [Tensor]

  /// The elements of results for the scores [N, T], those of the samples' own classes replaced.
  public func replacingOwn(_ results: Tensor, with number: Double = 0) throws -> Tensor {
    try isOwn.map { try results.replacing(with: number, where: $0) } ?? results
  }

  /// A tile of the target's classes.
  static func target(_ target: Target, _ range: Range<Int>, like scores: Tensor) throws -> (
    isOwn: Tensor?, slice: () throws -> Target
  ) {
    let weights = try target.classWeights?.slice(range)
    switch target.kind {
    case .labels(let labels):
      let classes = try Tensor(range.map(Int64.init), shape: [1, range.count]).to(scores.device)
      let isOwn = try labels.reshaped([-1, 1]).isEqual(to: classes)
      return (
        isOwn,
        {
          try Target(.probabilities(isOwn.to(scores.dtype ?? .float32)), classWeights: weights)
        }
      )
    case .probabilities(let probabilities):
      return (
        nil,
        { Target(.probabilities(try probabilities.slice(range, axis: 1)), classWeights: weights) }
      )
    }
  }
}

/// Scores that are there: a single tile.
struct WholeScores: ClassScores {
  let scores: Tensor
  let target: Target

  var classCount: Int { scores.shape[1] }

  func own() throws -> Tensor {
    try scores.gather(target.labels("each sample has one class").reshaped([-1, 1]), axis: 1)
      .reshaped([-1])
  }

  func gather(
    _ given: [Tensor], _ ask: @escaping (ScoreTile) throws -> [Tensor]
  ) throws -> [Tensor] {
    let (isOwn, slice) = try ScoreTile.target(target, 0..<classCount, like: scores)
    return try ask(ScoreTile(scores: scores, isOwn: isOwn, target: slice, given: given))
      .map { try $0.reshaped([1, -1]) }
  }
}

/// A criterion that can do with a tile of classes at a time.
public protocol TiledCriterion: Criterion {
  /// As `losses(_:_:)`, of scores that need not be there all at once.
  func losses(_ scores: some ClassScores, _ target: Target) throws -> Tensor
}

extension TiledCriterion {
  public func losses(_ logits: Tensor, _ target: Target) throws -> Tensor {
    try losses(WholeScores(scores: logits, target: target), target)
  }
}
