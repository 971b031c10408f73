import Formats
import Foundation
import Networks
import Torch

/// The state of a training in a safetensors file: every tensor by its name, and in the metadata
/// what they belong to.
struct Checkpoint {
  var step: Int
  /// What the metrics since their last line add up to.
  var runningLoss: RunningMean
  var tensors: [String: Safetensors.Entry]
  /// What the tensors belong to: "lenet 2 features, 10 classes, arcface".
  var model: String

  init(of trainer: Trainer, runningLoss: RunningMean) throws {
    step = trainer.step
    self.runningLoss = runningLoss
    model = trainer.modelDescription
    tensors = [:]
    for (name, tensor) in trainer.namedTensors { tensors[name] = try Safetensors.Entry(tensor) }
  }

  init(contentsOf path: String) throws {
    let file = try Safetensors(contentsOf: path)
    func field(_ name: String) throws -> String {
      guard let text = file.metadata[name] else {
        throw FileError(
          .malformed, path: path, place: "metadata",
          problem: "there is no '\(name)', so this is not a checkpoint of margin",
          remedy: "Give a checkpoint that 'margin train' wrote.")
      }
      return text
    }
    guard
      let step = Int(try field("margin.step")),
      let runningLoss = RunningMean(text: try field("margin.running-loss"))
    else {
      throw FileError(
        .malformed, path: path, place: "metadata", problem: "the step is not a number",
        remedy: "Give a checkpoint that 'margin train' wrote.")
    }
    self.step = step
    self.runningLoss = runningLoss
    model = try field("margin.model")
    tensors = file.entries
  }

  func write(to path: String) throws {
    try Safetensors(
      entries: tensors,
      metadata: [
        "margin.step": String(step), "margin.running-loss": runningLoss.text,
        "margin.model": model,
      ]
    ).write(to: path)
  }

  /// Puts the state into a trainer that was made for `step`.
  func restore(_ trainer: Trainer, from path: String) throws {
    guard model == trainer.modelDescription else {
      throw FileError(
        .malformed, path: path,
        problem: "the checkpoint is of \(model), not of \(trainer.modelDescription)",
        remedy: "Use the network, features, classes and loss that it was trained with.")
    }
    for (name, tensor) in trainer.namedTensors { try load(name, into: tensor, from: path) }
  }

  /// Copies one tensor, checking that it is there and of the same type and shape.
  func load(_ name: String, into tensor: Tensor, from path: String) throws {
    guard let entry = tensors[name] else {
      throw FileError(
        .malformed, path: path, problem: "the tensor '\(name)' is missing",
        remedy: "The checkpoint is of another network or loss.")
    }
    let expected = tensor.dtype == .int64 ? Safetensors.ElementType.int64 : .float32
    guard entry.shape == tensor.shape, entry.elementType == expected else {
      throw FileError(
        .malformed, path: path, place: "tensor '\(name)'",
        problem: "it is \(entry.elementType.rawValue) \(entry.shape), not \(expected.rawValue) "
          + "\(tensor.shape)",
        remedy: "The checkpoint is of another network or loss.")
    }
    try tensor.detached().copy(from: Tensor(entry))
  }
}

extension Network {
  /// All that changes in training, parameters and buffers, by the names that a checkpoint has.
  var namedTensors: [(name: String, tensor: Tensor)] {
    (parameters.map { ($0.name, $0.tensor) } + buffers).map { ("network.\($0.0)", $0.1) }
  }
}

extension Trainer {
  var modelDescription: String {
    "\(network.name) with \(network.featureCount) features, "
      + (objective.head.map { "\($0.classCount) classes, " } ?? "")
      + "\(objective.specification.name), " + options.optimizer.rawValue
  }
}

/// A mean that grows by one number at a time, and can be kept in text without loss.
struct RunningMean {
  private var sum = 0.0
  private var count = 0.0

  mutating func add(_ value: Double, weight: Int) {
    sum += value * Double(weight)
    count += Double(weight)
  }

  var isEmpty: Bool { count == 0 }
  var mean: Double { sum / count }

  init() {}

  init?(text: String) {
    let parts = text.split(separator: " ").compactMap { UInt64($0, radix: 16) }
    guard parts.count == 2 else { return nil }
    (sum, count) = (Double(bitPattern: parts[0]), Double(bitPattern: parts[1]))
  }

  var text: String {
    [sum, count].map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
  }
}
