import Formats
import Losses
import Torch

/// The course of a training as TensorBoard shows it: what `MetricsLog` logs, and histograms.
struct TrainingEvents {
  /// Of more weights there is no histogram: counting them would take time from the training.
  static let mostWeights = 1 << 20

  private let file: TensorBoard.EventFileWriter

  /// Opens a new event file; what a killed training wrote of `firstStep` and later happens again.
  init(folder: String, firstStep: Int) throws(FileError) {
    file = try TensorBoard.EventFileWriter(folder: folder, firstStep: firstStep)
  }

  func write(_ line: MetricsLine) throws(FileError) {
    let values = [
      ("training/loss", line.loss, "The mean loss since the point before."),
      ("training/learning-rate", line.learningRate, "The learning rate of the network."),
      ("test/accuracy", line.testAccuracy, "The share of test samples whose class is predicted."),
    ]
    let summaries = values.compactMap { tag, value, description in
      value.map { TensorBoard.Summary.scalar(tag, $0, description: description) }
    }
    try file.write(summaries, step: line.step)
  }

  /// Writes how the lengths of features are distributed, and the weights of the head.
  func writeHistograms(features: Tensor, head: ProxyHead?, step: Int) throws {
    let values = try features.elements(Float.self)
    let dimension = features.shape[1]
    let norms = (0..<features.shape[0]).map { row in
      values[row * dimension..<(row + 1) * dimension].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    var summaries = [
      TensorBoard.Summary.histogram(
        "test/feature-norms", .init(norms), description: "The lengths of the test set's features.")
    ]
    if let head, head.weights.shape.reduce(1, *) <= Self.mostWeights {
      summaries.append(
        .histogram(
          "head/weights", .init(try head.weights.elements()),
          description: "The elements of the head's weights."))
    }
    try file.write(summaries, step: step)
  }
}
