import Datasets
import Losses
import Networks
import Torch

extension Network {
  /// The features [N, D] of all samples of a set, without gradients.
  ///
  /// - Parameters:
  ///   - samples: As the network takes them.
  ///   - batchSize: How many at a time.
  ///   - progress: Is called before each batch with the number of samples that are done.
  public func features(
    of samples: Samples, batchSize: Int = 250, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> Tensor {
    try withoutGradients {
      try Tensor.concatenate(
        stride(from: 0, to: samples.count, by: batchSize).map { start in
          progress(start)
          return try self(samples.batch(start..<min(start + batchSize, samples.count)).inputs)
        })
    }
  }
}

extension Objective {
  /// The predicted class of each picture of a set: what the head says, or without one the class of the
  /// nearest other picture by the cosine, so that the share of right ones is Recall@1; −1 for a picture
  /// that is alone.
  ///
  /// - Parameters:
  ///   - features: Of the pictures [N, D].
  ///   - labels: Their classes [N].
  public func predictions(_ features: Tensor, labels: [Int32]) throws -> [Int] {
    if let head { return try head.predictions(features) }
    let nearest = try withoutGradients {
      try NearestNeighbors(count: 1, measure: .cosine)(features).indices.elements(Int64.self)
    }
    return nearest.map { $0 < 0 ? -1 : Int(labels[Int($0)]) }
  }
}

extension ProxyHead {
  /// Scores in a block, at most: 64 MiB.
  private static let blockSize = 16 << 20

  /// Calls `body` with the scores [n, C] of the classes for a block of rows of features after the other,
  /// without gradients: those of all rows would take 4 · N · C bytes.
  public func forEachLogits(
    _ features: Tensor, _ body: (_ rows: Range<Int>, _ logits: Tensor) throws -> Void
  ) throws {
    try withoutGradients {
      let (count, height) = (features.shape[0], max(1, Self.blockSize / classCount))
      for start in stride(from: 0, to: count, by: height) {
        let rows = start..<min(start + height, count)
        try body(rows, logits(features.slice(rows)))
      }
    }
  }

  /// The predicted class of each row of features.
  public func predictions(_ features: Tensor) throws -> [Int] {
    var result: [Int] = []
    try forEachLogits(features) { _, logits in result += try logits.predictedClasses() }
    return result
  }
}

extension Tensor {
  /// Where each row of scores [N, C] is largest.
  public func predictedClasses() throws -> [Int] {
    try argmax(axis: 1).elements(Int64.self).map { Int($0) }
  }
}
