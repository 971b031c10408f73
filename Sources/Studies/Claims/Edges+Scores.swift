import Datasets
import Formats
import Foundation
import Losses
import Networks
import Torch
import Training

/// What a network is trained with that says of each pixel whether it is on an edge.
enum EdgeLoss: String, CaseIterable {
  case unweighted
  case thousandth = "1 : 0.001"
  case ratio = "measured ratio"
  case focal, dice

  /// Whether the network starts with the share of edges as its probability, as focal loss was published:
  /// where nothing makes up for how few they are, training would begin with learning that.
  var startsAtShare: Bool { self == .unweighted || self == .focal }

  /// - Parameters:
  ///   - logits: [N, 1, H, W].
  ///   - targets: As many, 1 on edges.
  ///   - edgeShare: Of all pixels.
  func value(_ logits: Tensor, targets: Tensor, edgeShare: Double) throws -> Tensor {
    let (pixels, edges) = try (logits.reshaped([-1, 1]), targets.reshaped([-1, 1]))
    let crossEntropy = try BinaryCrossEntropy(BinaryOptions())
    switch self {
    case .unweighted:
      return try crossEntropy(pixels, targets: edges)
    case .thousandth, .ratio:
      // Edges weigh 1, other pixels this.
      let weight = self == .ratio ? edgeShare / (1 - edgeShare) : 0.001
      return try crossEntropy(
        pixels, targets: edges, positiveWeights: Tensor([Float(1 / weight)])) * weight
    case .focal:
      return try SigmoidFocal(options: BinaryOptions())(pixels, targets: edges)
    case .dice:
      return try Dice(options: MaskOptions())(logits, targets: targets)
    }
  }
}

extension EdgeMaps {
  /// Of a map, from which on a pixel is an edge: any of the people drew it. Maps do not say how many people
  /// drew, so that no other rule is the same for all pictures, and leaves lines whole.
  static let threshold: UInt8 = 1

  /// One picture [1, 3, H, W], and 1 where it has an edge [1, 1, H, W].
  fileprivate func example(_ index: Int) throws -> (inputs: Tensor, edges: Tensor) {
    let (picture, map) = (pictures[index], maps[index])
    let set = try PictureSet(
      pixels: picture.channelFirst(), labels: [0], channels: 3, height: picture.height,
      width: picture.width)
    return (
      try set.batch(0..<1).inputs,
      try Tensor(
        map.pixels.map { $0 >= Self.threshold ? Float(1) : 0 },
        shape: [1, 1, map.height, map.width])
    )
  }
}

extension EdgeTiles {
  /// 1 where the tiles have an edge [n, 1, H, W].
  func targets(_ indices: some Collection<Int>) throws -> Tensor {
    // Halfway to the byte below, scaled as batches are.
    let bound = (Double(EdgeMaps.threshold) - 0.5 - 127.5) / 128
    return try maps.batch(indices).inputs.isGreater(than: bound).to(.float32)
  }
}

extension Tensor {
  /// The largest number within a distance of each pixel [N, C, H, W], along rows and columns.
  fileprivate func largest(within distance: Int) throws -> Tensor {
    guard distance > 0 else { return self }
    return try PadByBorder(distance)(self, isTraining: false)
      .maxPool2d(size: 2 * distance + 1, stride: 1)
  }
}

/// What is found if all pixels from a logit on are taken for edges.
struct EdgePoint: Codable {
  var threshold, precision, recall: Double
  var f: Double {
    precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }
}

/// Pixels by their logits, rounded down to a twentieth, and by whether an edge is near.
private struct EdgeCounts {
  private static let binCount = 640
  /// The lowest threshold; larger and smaller logits are taken as the outermost.
  private static let lowest = -16.0

  private var predicted, right, found: [Int]

  init() {
    let zeros = [Int](repeating: 0, count: Self.binCount)
    // Pixels; those with an edge near; edge pixels, by the largest logit near.
    (predicted, right, found) = (zeros, zeros, zeros)
  }

  /// - Parameters:
  ///   - logits: [1, 1, H, W].
  ///   - edges: As many, 1 on edges.
  ///   - tolerance: How many rows and columns away is near.
  init(_ logits: Tensor, _ edges: Tensor, tolerance: Int) throws {
    self.init()
    let (values, truth) = try (logits.elements(Float.self), edges.elements(Float.self))
    let highest = try logits.largest(within: tolerance).elements(Float.self)
    let isNear = try edges.largest(within: tolerance).elements(Float.self)
    func place(_ logit: Float) -> Int {
      Int(min(max((Double(logit) - Self.lowest) * 20, 0), Double(Self.binCount - 1)))
    }
    for pixel in values.indices {
      let bin = place(values[pixel])
      predicted[bin] += 1
      if isNear[pixel] > 0 { right[bin] += 1 }
    }
    for pixel in values.indices where truth[pixel] > 0 { found[place(highest[pixel])] += 1 }
  }

  static func + (a: EdgeCounts, b: EdgeCounts) -> EdgeCounts {
    var sum = a
    for bin in 0..<binCount {
      sum.predicted[bin] += b.predicted[bin]
      sum.right[bin] += b.right[bin]
      sum.found[bin] += b.found[bin]
    }
    return sum
  }

  /// By falling threshold.
  var points: [EdgePoint] {
    let edgeCount = found.reduce(0, +)
    var (predictedCount, rightCount, foundCount) = (0, 0, 0)
    return (0..<Self.binCount).reversed().map { bin in
      predictedCount += predicted[bin]
      rightCount += right[bin]
      foundCount += found[bin]
      return EdgePoint(
        threshold: Self.lowest + Double(bin) / 20,
        precision: predictedCount == 0 ? 1 : Double(rightCount) / Double(predictedCount),
        recall: edgeCount == 0 ? 1 : Double(foundCount) / Double(edgeCount))
    }
  }
}

/// How well the edges of test pictures are found.
struct EdgeScores: Codable {
  /// With a tolerance.
  struct Match: Codable {
    /// At the threshold with the best F in the validation pictures, and at the best of the test.
    var chosen, best: EdgePoint
    /// At the probability ½, and with all pixels taken for edges.
    var half, all: EdgePoint
    /// Of each picture: F at the chosen threshold, at the probability ½, and of all pixels taken for edges;
    /// recall at ½.
    var pictureF, pictureHalfF, pictureAllF, pictureHalfRecall: [Double]
    /// At some thresholds.
    var curve: [EdgePoint]

    fileprivate init(validation: [EdgeCounts], test: [EdgeCounts]) {
      func whole(_ pictures: [EdgeCounts]) -> [EdgePoint] {
        pictures.reduce(EdgeCounts(), +).points
      }
      func best(_ points: [EdgePoint]) -> EdgePoint { points.max { $0.f < $1.f }! }
      func point(_ points: [EdgePoint], at threshold: Double) -> EdgePoint {
        points.min { abs($0.threshold - threshold) < abs($1.threshold - threshold) }!
      }
      let points = whole(test)
      let threshold = best(whole(validation)).threshold
      (chosen, self.best) = (point(points, at: threshold), best(points))
      (half, all) = (point(points, at: 0), points.last!)
      let pictures = test.map(\.points)
      pictureF = pictures.map { point($0, at: threshold).f }
      pictureHalfF = pictures.map { point($0, at: 0).f }
      pictureAllF = pictures.map { $0.last!.f }
      pictureHalfRecall = pictures.map { point($0, at: 0).recall }
      curve = stride(from: -12.0, through: 12, by: 0.5).map { point(points, at: $0) }
    }
  }

  /// What was made of a picture, as PNG files: probabilities, and what is above the threshold of `near`.
  struct Shown: Codable {
    var probabilities, edges: Data
  }

  /// Rows and columns by which a predicted pixel may miss an edge.
  static let tolerance = 2
  /// Of pixels that are the same, and within the tolerance.
  var exact, near: Match
  var shown: [Shown]

  /// - Parameters:
  ///   - indices: Of the test pictures that are to be shown.
  ///   - progress: Is told the share that is done.
  init(
    _ network: DilatedNetwork, validation: EdgeMaps, test: EdgeMaps, showing indices: [Int],
    progress: (Double) throws -> Void
  ) throws {
    var kept: [Int: [Float]] = [:]
    func counts(
      _ maps: EdgeMaps, offset: Int
    ) throws -> (exact: [EdgeCounts], near: [EdgeCounts]) {
      var result: (exact: [EdgeCounts], near: [EdgeCounts]) = ([], [])
      for index in 0..<maps.count {
        try progress(Double(offset + index) / Double(validation.count + test.count))
        let (inputs, edges) = try maps.example(index)
        let logits = try withoutGradients { try network(inputs) }
        result.exact.append(try EdgeCounts(logits, edges, tolerance: 0))
        result.near.append(try EdgeCounts(logits, edges, tolerance: Self.tolerance))
        if offset > 0, indices.contains(index) { kept[index] = try logits.elements() }
      }
      return result
    }
    let known = try counts(validation, offset: 0)
    let found = try counts(test, offset: validation.count)
    exact = Match(validation: known.exact, test: found.exact)
    near = Match(validation: known.near, test: found.near)
    let threshold = Float(near.chosen.threshold)
    shown = try indices.map { index in
      let picture = test.pictures[index]
      func drawing(_ darkness: (Float) -> Float) throws -> Data {
        try Picture(
          width: picture.width, height: picture.height, channels: 1,
          pixels: kept[index]!.map { UInt8((255 * (1 - darkness($0))).rounded()) }
        ).thumbnail()
      }
      return Shown(
        probabilities: try drawing { 1 / (1 + exp(-$0)) },
        edges: try drawing { $0 >= threshold ? 1 : 0 })
    }
  }
}

extension Picture {
  /// A PNG file of a size to be shown beside others.
  func thumbnail() throws -> Data { try Data(resized(width: 180, height: 120).png()) }

  /// Light for dark.
  func inverted() -> Picture {
    Picture(width: width, height: height, channels: channels, pixels: pixels.map { 255 - $0 })
  }
}
