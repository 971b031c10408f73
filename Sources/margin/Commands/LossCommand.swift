import ArgumentParser
import Formats
import Foundation
import Losses
import Torch
import Training

struct LossCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loss",
    abstract: "Compute a loss and its gradients on tensors from a file, for checking by hand.",
    discussion: """
      Example:

        margin loss arcface --input in.safetensors --set margin=0.5 --output out.safetensors

      The input holds the tensors that 'margin losses NAME' names, float32 or float64, labels int64.
      The output holds 'loss' and 'gradient.NAME' for every floating input.
      """)

  @Argument(help: "The loss, or a sum such as softmax+center.")
  var name: String

  @Option(help: "A safetensors file with the inputs.")
  var input: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("A parameter of the loss, such as margin=0.3.", valueName: "name=value"))
  var settings: [String] = []

  @Option(
    help: """
      How to compute a proxy head or a loss of pairs: automatic | composed (of libtorch's \
      operations) | fused (heads: in tiles of classes, by kernels in float32 on the CPU, else by \
      libtorch's operations; losses of pairs: anchor by anchor).
      """)
  var implementation = Implementation.automatic

  @Option(help: "The safetensors file to write.")
  var output: String

  func run() throws {
    let loss = try ObjectiveSpecification(name, settings: parseSettings(settings)).loss
      .using(implementation)
    var inputs = try readInputs(for: loss)
    try loss.validate(inputs)
    // What tiles give no gradient by, they are not asked for.
    let constants: Set<LossInput> =
      implementation == .fused ? [.probabilities, .classWeights] : []
    for (name, tensor) in inputs where tensor.dtype != .int64 && !constants.contains(name) {
      inputs[name] = try tensor.requireGradient()
    }
    let value = try loss.value(inputs)
    guard try value.isAllFinite() else {
      throw Failure(.badData, "\(input): the loss overflows: its value is not finite")
    }
    if value.requiresGradient { try value.sum().backward() }

    var results = ["loss": try Safetensors.Entry(value)]
    for (name, tensor) in inputs where tensor.requiresGradient {
      let gradient = try tensor.gradient() ?? tensor.zerosLike()
      guard try gradient.isAllFinite() else {
        throw Failure(
          .badData, "\(input): the gradient of '\(name.rawValue)' overflows: it is not finite")
      }
      results["gradient.\(name.rawValue)"] = try Safetensors.Entry(gradient)
    }
    try Safetensors(entries: results).write(to: output)
    if value.rank == 0 { print(try value.item()) }
  }

  private func readInputs(for loss: any Loss) throws -> LossInputs {
    let declared = loss.inputs
    var inputs: LossInputs = [:]
    for (name, entry) in try Safetensors(contentsOf: input).entries.sorted(by: { $0.key < $1.key })
    {
      let known = LossInput(name)
      guard declared.contains(where: { $0.accepts(known) }) else {
        let names = declared.map(\.input.rawValue)
        throw FileError(
          .malformed, path: input, place: "tensor '\(name)'",
          problem: "\(self.name) has no such input" + suggestion(for: name, among: names),
          remedy: "It takes \(names.joined(separator: ", ")).")
      }
      do {
        inputs[known] = try Tensor(entry)
      } catch let error as TorchError {
        throw FileError(
          .malformed, path: input, place: "tensor '\(name)'", problem: error.message)
      }
    }
    return inputs
  }
}

extension Implementation: ExpressibleByArgument {}
