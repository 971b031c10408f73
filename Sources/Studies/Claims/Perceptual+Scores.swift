import Datasets
import Formats
import Foundation
import Losses
import Networks
import Torch
import Training

/// What the pictures of a reconstruction are compared by.
enum ReconstructionLoss: String, CaseIterable {
  case pixels
  case features
  case lastFeatures = "last features"

  func loss(_ eye: Eye) throws -> any Loss {
    switch self {
    case .pixels: L2()
    case .features: try eye.loss(layers: nil)
    case .lastFeatures: try eye.loss(layers: [eye.layers.count])
    }
  }
}

/// A trained network that looks at pictures, and is not changed.
struct Eye {
  let run: TrainingRun
  let layers: [String]
  /// The variance of each layer's outputs, over pictures.
  let variances: [Double]

  /// - Parameter pictures: Some of them give the variances.
  init(_ run: TrainingRun, layers: [String], pictures: PictureSet) throws {
    (self.run, self.layers) = (run, layers)
    for parameter in run.network.parameters { try parameter.tensor.requireGradient(false) }
    let network = run.network
    variances = try withoutGradients {
      try Self.outputs(network, layers, pictures.batch(0..<min(pictures.count, 500)).inputs).map {
        let differences = try $0 - $0.mean(axis: 0)
        return try (differences * differences).mean().item()
      }
    }
  }

  /// What the layers make of pictures.
  private static func outputs(
    _ network: Network, _ layers: [String], _ pictures: Tensor
  ) throws -> [Tensor] {
    var outputs: [Tensor] = []
    _ = try network(pictures) { name, output in
      if layers.contains(name) { outputs.append(output) }
    }
    return outputs
  }

  /// The share of the variance that is missed, added over the layers.
  ///
  /// - Parameter places: From 1; all layers if nil.
  func loss(layers places: [Int]?, reduction: Reduction = .mean) throws -> Perceptual {
    let (network, layers) = (run.network, self.layers)
    let weights = (places ?? Array(1...layers.count)).map { 1 / variances[$0 - 1] }
    return try Perceptual(layers: places, layerWeights: weights, reduction: reduction) {
      try Self.outputs(network, layers, $0)
    }
  }

  /// Whether each picture [n, C, H, W] is recognised.
  func isRight(_ pictures: Tensor, labels: some Collection<Int32>) throws -> [Bool] {
    try withoutGradients {
      zip(try run.objective.head!.predictions(run.network(pictures)), labels)
        .map { $0 == Int($1) }
    }
  }

  func isRight(_ samples: Samples) throws -> [Bool] {
    zip(
      try run.objective.head!.predictions(run.network.features(of: samples)), samples.labels
    ).map { $0 == Int($1) }
  }
}

/// How near reconstructions of test pictures are.
struct ReconstructionScores: Codable {
  /// Of each picture: the mean squared error of its pixels, which are in 0...1.
  var pixelErrors: [Double]
  /// The share of the variance of features that is missed: by the network that was trained with, and by
  /// the one that judges.
  var featureErrors, judgeErrors: [Double]
  /// The squared differences of neighbouring pixels, over those of the original.
  var sharpness: [Double]
  var isRight: [Bool]
  /// The first reconstructions, as PNG files.
  var shown: [Data]

  init(
    _ model: EncoderDecoder, _ dataset: Dataset, eye: Eye, judge: Eye, shownCount: Int
  ) throws {
    (pixelErrors, featureErrors, judgeErrors, sharpness) = ([], [], [], [])
    (isRight, shown) = ([], [])
    let test = dataset.test.pictures!
    let seen = try eye.loss(layers: nil, reduction: .none)
    let judged = try judge.loss(layers: nil, reduction: .none)
    try withoutGradients {
      for start in stride(from: 0, to: test.count, by: 250) {
        let rows = start..<min(start + 250, test.count)
        let pictures = try test.batch(rows).inputs
        // As far as bytes reach: what cannot be shown is not judged.
        let made = try model(pictures).clamped(min: -127.5 / 128, max: 127.5 / 128)
        pixelErrors += try (made - pictures).squares().map { $0 * 128 * 128 / (255 * 255) }
        featureErrors += try seen(made, targets: pictures).elements(Float.self)
          .map { Double($0) / Double(eye.layers.count) }
        judgeErrors += try judged(made, targets: pictures).elements(Float.self).map { Double($0) }
        // A picture of one colour has no differences to compare with.
        sharpness += try zip(made.steps(), pictures.steps()).map { $0 / max($1, 1e-6) }
        isRight += try judge.isRight(made, labels: test.labels[rows])
        for row in rows where row < shownCount {
          shown.append(
            try made.slice(row - start..<row - start + 1).picture(
              width: test.width, height: test.height))
        }
      }
    }
  }
}

extension Tensor {
  /// The mean of the squares of each sample.
  fileprivate func squares() throws -> [Double] {
    try (self * self).reshaped([shape[0], -1]).mean(axis: 1).elements(Float.self)
      .map { Double($0) }
  }

  /// The mean squared difference of neighbouring pixels of each picture [N, C, H, W].
  fileprivate func steps() throws -> [Double] {
    let (height, width) = (shape[2], shape[3])
    let across = try slice(1..<width, axis: 3) - slice(0..<width - 1, axis: 3)
    let down = try slice(1..<height, axis: 2) - slice(0..<height - 1, axis: 2)
    return zip(try across.squares(), try down.squares()).map { ($0 + $1) / 2 }
  }

  /// A PNG file of one picture [1, 3, H, W], scaled as batches are.
  fileprivate func picture(width: Int, height: Int) throws -> Data {
    let bytes = try elements(Float.self).map {
      UInt8(($0 * 128 + 127.5).rounded())
    }
    let set = try PictureSet(
      pixels: bytes, labels: [0], channels: 3, height: height, width: width)
    return try Data(set.picture(0)!.png())
  }
}
