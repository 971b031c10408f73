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
  /// Of the processor, which the steps up to here took, without the measuring: all threads together.
  public var seconds: Double
  /// The mean of the training losses since the point before.
  public var loss: Double
  public var measurement: Measurement
}

/// Time of the processor that the steps of a training take: what else the machine does does not count.
struct StepClock {
  /// Of all that was measured.
  private(set) var seconds = 0.0
  private var (stepCount, firstStep) = (0, 0.0)

  /// Seconds that this process had so far.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Adds what `work` takes.
  mutating func measure<Result>(_ work: () throws -> Result) rethrows -> Result {
    let began = Self.now
    defer { seconds += Self.now - began }
    return try work()
  }

  /// Adds what a step takes. The first one sets libtorch up besides, and counts as the second.
  mutating func measureStep<Result>(_ step: () throws -> Result) rethrows -> Result {
    let before = seconds
    defer {
      let taken = seconds - before
      if stepCount == 0 { firstStep = taken }
      if stepCount == 1 { seconds += taken - firstStep }
      stepCount += 1
    }
    return try measure(step)
  }
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
    var clock = StepClock()
    var course: [CoursePoint<Measurement>] = []
    var (samples, lossSum, lossCount) = (0, 0.0, 0)
    while trainer.step < trainer.totalSteps {
      guard let (loss, count) = try clock.measureStep({ try trainer.trainStep() }) else { break }
      samples += count
      lossSum += loss * Double(count)
      lossCount += count
      if stops.contains(trainer.step) {
        if trainer.step == trainer.totalSteps { objective.head?.setScale(progress: 1) }
        course.append(
          CoursePoint(
            epochs: Double(trainer.step) / Double(trainer.stepsPerEpoch), samples: samples,
            seconds: clock.seconds, loss: lossSum / Double(lossCount),
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
