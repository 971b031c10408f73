import Datasets
import Evaluation
import Foundation
import RandomNumbers
import Reports
import Torch
import Training

extension Study {
  /// One-hot targets and what is done against the confidence they breed.
  static let overconfidence = Study(
    name: "overconfidence",
    title: "One-hot targets make a classifier overconfident",
    claim:
      "A one-hot target is reached only by infinite logits, so they grow as long as training lasts and "
      + "scores crowd at 0 and 1: probabilities are not what they say, and a threshold on them is "
      + "unstable. Smoothed, soft or disturbed labels and a temperature hold the logits back.",
    papers: [
      "Szegedy et al., Rethinking the Inception architecture for computer vision, 2016",
      "Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015",
      "Xie, Wang, Wei, Wang, Tian, DisturbLabel: Regularizing CNN on the loss layer, 2016",
      "Guo, Pleiss, Sun, Weinberger, On calibration of modern neural networks, 2017",
    ],
    data: [.mnist]
  ) { session in
    session.stageCount = 2
    let dataset = try session.mnist()
    let wanted = session.choose(smoke: 0.5, quick: 0.995, full: 0.998)
    let ways = SoftTarget.allCases.map { target in
      var way = session.mnistWay(target.rawValue, "softmax", target.settings, featureCount: 64)
      way.configuration.training.epochs = session.choose(smoke: 1, quick: 6, full: 10)
      // Nothing else is to hold the logits back.
      way.configuration.training.schedule = .constant
      way.configuration.training.weightDecay = 0
      way.configuration.training.learningRate /= 4
      return way
    }
    var teacher = ways[0].configuration
    teacher.training.seed = 1000
    // Trained in a stage of its own, so that its time is told; later it is read.
    _ = try session.result("the network that gives soft labels") {
      try session.train(teacher, on: dataset, as: "teacher").testAccuracy()
    }
    let results = try session.results(of: ways) { way, _ in
      let target = SoftTarget(rawValue: way.name)!
      let seed = way.configuration.training.seed
      var soft: ((Batch) throws -> Tensor)?
      switch target {
      case .soft:
        let run = try session.train(teacher, on: dataset, as: "teacher")
        soft = { batch in
          try (run.objective.head!.logits(run.network(batch.inputs)) / SoftTarget.temperature)
            .softmax(axis: 1)
        }
      case .disturbed:
        soft = { try $0.disturbedLabels(share: 0.1, classCount: dataset.classCount, seed: seed) }
      case .oneHot, .smoothed, .divided: break
      }
      let factor = target == .divided ? 1 / SoftTarget.temperature : 1
      return try session.course(
        way.configuration, on: dataset, points: session.choose(smoke: 3, quick: 12, full: 12),
        softLabels: soft
      ) {
        network, objective in
        let logits = try withoutGradients {
          try objective.head!.logits(network.features(of: dataset.test)) * factor
        }
        return try Confidence(logits, dataset.test.labels, wantedAccuracy: wanted)
      }
    }
    return try OverconfidenceResult(session: session, ways: ways, courses: results, wanted: wanted)
      .result(dataset)
  }
}

/// What the network is asked for.
private enum SoftTarget: String, CaseIterable {
  case oneHot = "one-hot"
  case smoothed = "smoothed, ε = 0.1"
  case soft = "soft labels"
  case disturbed = "disturbed labels"
  case divided = "temperature 4"

  /// Of the softmax that is trained, and of the scores that are taken as soft labels.
  static let temperature = 4.0

  var settings: [String: String] {
    switch self {
    case .smoothed: ["label-smoothing": "0.1"]
    case .divided: ["temperature": "\(Self.temperature)"]
    case .oneHot, .soft, .disturbed: [:]
    }
  }
}

extension Batch {
  /// One-hot labels, of which a share is drawn anew from all classes: the same ones for a seed and step.
  fileprivate func disturbedLabels(share: Double, classCount: Int, seed: UInt64) throws -> Tensor {
    var random = SplitMix64(seed, UInt64(step))
    let drawn = try labels.elements(Int64.self).map { label in
      Double.random(in: 0..<1, using: &random) < share
        ? Int64.random(in: 0..<Int64(classCount), using: &random) : label
    }
    return try Tensor(drawn).oneHot(classCount: classCount, dtype: .float32)
  }
}

/// How sure a classifier is, and with what right.
struct Confidence: Codable {
  /// The mean length of a sample's logits, less their mean, which the softmax does not see.
  var logitNorm: Estimate
  /// As trained, on every other sample.
  var plain: Part
  /// With the temperature that is fitted on the others, on these.
  var scaled: Part
  var temperature: Double

  struct Part: Codable {
    var accuracy: Estimate
    var isRight: [Bool]
    /// Whether the largest probability is 0.99 or more.
    var isExtreme: [Bool]
    /// Of all probabilities, those at most 0.01 or at least 0.99.
    var extremeShare: Double
    var calibrationError: Estimate
    /// The mean probability of the predicted class.
    var confidence: Estimate
    /// The share of samples whose predicted class has a probability of at least 1 − d, for each d of
    /// `distances`.
    var shareWithin: [Double]
    var threshold: DecisionThreshold?
    /// The share of samples whose confidence is within the threshold's interval: how many decisions would
    /// be others, had other samples been drawn to choose it.
    var unstableShare: Double

    static let distances = stride(from: -6.0, through: 0, by: 0.25).map { pow(10, $0) }

    init(_ predictions: Predictions, wantedAccuracy: Double) throws {
      let calibration = try Calibration(predictions, wantedAccuracy: wantedAccuracy)
      let confidences = predictions.confidences
      isRight = predictions.isRight
      accuracy = .share(isRight.count { $0 }, of: isRight.count)
      isExtreme = confidences.map { $0 >= 0.99 }
      extremeShare = calibration.extremeProbabilityShare
      calibrationError = calibration.equalWidthError
      threshold = calibration.decisionThreshold
      confidence = .mean(confidences)
      shareWithin = Self.distances.map { distance in
        Double(confidences.count { 1 - $0 <= distance }) / Double(confidences.count)
      }
      unstableShare =
        threshold?.threshold.interval.map { interval in
          Double(confidences.count { interval.contains($0) }) / Double(confidences.count)
        } ?? .nan
    }
  }

  init(_ logits: Tensor, _ labels: [Int32], wantedAccuracy: Double) throws {
    let classCount = logits.shape[1]
    let values = try logits.elements(Float.self)
    logitNorm = .mean(
      stride(from: 0, to: values.count, by: classCount).map { start in
        let row = values[start..<start + classCount].map(Double.init)
        let mean = row.reduce(0, +) / Double(classCount)
        return row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
      })
    let all = try Predictions(
      .logits, values, classCount: classCount, labels: labels.map { Int($0) })
    // Not halves in their order: the second half of MNIST's test digits is by far the easier one.
    let fitted = all.select((0..<all.count).filter { $0 % 2 == 0 })
    let judged = all.select((0..<all.count).filter { $0 % 2 == 1 })
    let scaling = try Scaling(.temperature, fittedOn: fitted)
    temperature = scaling.temperature!
    plain = try Part(judged, wantedAccuracy: wantedAccuracy)
    scaled = try Part(scaling(judged), wantedAccuracy: wantedAccuracy)
  }
}
