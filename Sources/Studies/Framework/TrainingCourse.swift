import Datasets
import Foundation
import Losses
import Networks
import Torch
import Training

/// What was measured at one step of a training.
public struct CoursePoint<Measurement: Codable>: Codable {
  /// Passes over the training set, and pictures that were trained on, up to here.
  public var epochs: Double
  public var samples: Int
  /// What the steps up to here took, without the measuring.
  public var seconds: Double
  /// The mean of the training losses since the point before.
  public var loss: Double
  public var measurement: Measurement
}

extension StudySession {
  /// Trains a network that is not kept, and measures it on the way: often at first, then at ever larger
  /// steps.
  ///
  /// - Parameters:
  ///   - configuration: Of the training; its threads are the session's.
  ///   - dataset: What it is trained on.
  ///   - points: How many times it is measured, about; the last time at the end.
  ///   - softLabels: As the trainer's.
  ///   - measure: What is measured of the network and its loss.
  /// - Throws: `StudyInterruption` between two steps; what training and `measure` throw.
  public func course<Measurement>(
    _ configuration: RunConfiguration, on dataset: Dataset, points: Int = 12,
    softLabels: ((Batch) throws -> Tensor)? = nil,
    measure: (Network, Objective) throws -> Measurement
  ) throws -> [CoursePoint<Measurement>] {
    var options = configuration.training
    options.threads = threads
    let (network, objective) = try configuration.makeModel(for: dataset)
    let trainer = try Trainer(
      network: network, objective: objective, samples: dataset.train, options: options)
    trainer.softLabels = softLabels
    let stops = Self.stops(trainer.totalSteps, count: points)
    let clock = ContinuousClock()
    var course: [CoursePoint<Measurement>] = []
    var (samples, time, lossSum, lossCount) = (0, Duration.zero, 0.0, 0)
    while trainer.step < trainer.totalSteps {
      let began = clock.now
      guard let (loss, count) = try trainer.trainStep() else { break }
      time += clock.now - began
      samples += count
      lossSum += loss * Double(count)
      lossCount += count
      if stops.contains(trainer.step) {
        if trainer.step == trainer.totalSteps { objective.head?.setScale(progress: 1) }
        course.append(
          CoursePoint(
            epochs: Double(trainer.step) / Double(trainer.stepsPerEpoch), samples: samples,
            seconds: time / .seconds(1), loss: lossSum / Double(lossCount),
            measurement: try measure(network, objective)))
        (lossSum, lossCount) = (0, 0)
      }
      try step(Double(trainer.step) / Double(trainer.totalSteps))
    }
    return course
  }

  /// Steps that lie apart by equal factors, from a hundredth of all to the last.
  static func stops(_ total: Int, count: Int) -> Set<Int> {
    let factors = (0..<count).map { Double($0) / Double(max(count - 1, 1)) }
    return Set(factors.map { max(1, Int((Double(total) * pow(100, $0 - 1)).rounded())) })
      .union([total])
  }
}
