import Torch

/// A tensor that a loss takes, by the name it has in files and messages.
public enum LossInput: String, Sendable, CaseIterable {
  /// The network's features [N, D].
  case features
  /// One proxy for each class [C, D]: the weights of the last layer.
  case weights
  /// One offset for each class [C].
  case bias
  /// The class of each sample, int64 [N], each in 0..<C.
  case labels
  /// A distribution over the classes for each sample [N, C], in the place of labels.
  case probabilities
  /// One centre for each class [C, D].
  case centers

  /// The axes, by the letters of the formulas.
  public var axes: String {
    switch self {
    case .features: "N×D"
    case .weights, .centers: "C×D"
    case .bias: "C"
    case .labels: "N, int64"
    case .probabilities: "N×C"
    }
  }
}

/// The tensors for one evaluation of a loss.
public typealias LossInputs = [LossInput: Tensor]

/// A loss as a function of named tensors: what `margin loss` computes and `margin check` proves.
///
/// A loss is a value without parameters of its own to learn. Types such as `ArcFace` hold those.
public protocol Loss: Sendable {
  /// What must be given.
  var requiredInputs: [LossInput] { get }
  /// What may be given besides, or in the place of a required one: see each loss.
  var optionalInputs: [LossInput] { get }

  /// The loss: a scalar, or one number for each sample without reduction.
  ///
  /// - Throws: `LossError` for missing inputs; `TorchError` for shapes that do not fit.
  func value(_ inputs: LossInputs) throws -> Tensor
}

extension Loss {
  public var optionalInputs: [LossInput] { [] }
}

extension LossInputs {
  /// The tensor called `input`.
  public func required(_ input: LossInput) throws -> Tensor {
    guard let tensor = self[input] else {
      throw LossError(.data, "the input '\(input.rawValue)' [\(input.axes)] is missing")
    }
    return tensor
  }

  /// Checks what the formulas take for granted: the types, the sizes, that every label is a class,
  /// and that no number is infinite or NaN.
  ///
  /// - Throws: `LossError` that names the input and the place in it.
  public func validate() throws {
    var sizes: [Character: (size: Int, from: LossInput)] = [:]
    var element: (type: DType?, from: LossInput)?
    for input in LossInput.allCases {
      guard let tensor = self[input] else { continue }
      let name = "the input '\(input.rawValue)'"
      let letters = input.axes.filter { "NCD".contains($0) }
      guard tensor.rank == letters.count else {
        throw LossError(
          .data, "\(name) has the shape \(tensor.shape); it must have the axes [\(input.axes)]")
      }
      for (letter, size) in zip(letters, tensor.shape) {
        guard size > 0 else { throw LossError(.data, "\(name) is empty: \(tensor.shape)") }
        if let known = sizes[letter], known.size != size {
          throw LossError(
            .data,
            "\(name) has \(letter) = \(size), but '\(known.from.rawValue)' has \(known.size)")
        }
        sizes[letter] = (size, input)
      }
      if input == .labels {
        guard tensor.dtype == .int64 else {
          throw LossError(
            .data, "\(name) must be int64, not \(tensor.dtype?.description ?? "another type")")
        }
        continue
      }
      guard let type = tensor.dtype, type.isFloatingPoint else {
        throw LossError(.data, "\(name) must be float32 or float64")
      }
      if let element, element.type != type {
        throw LossError(
          .data, "\(name) is \(type), but '\(element.from.rawValue)' is \(element.type!)")
      }
      element = (type, input)
      let elements = try tensor.to(.float64).elements(Double.self)
      if let index = elements.firstIndex(where: { !$0.isFinite }) {
        throw LossError(
          .data, "\(name) has \(elements[index]) at \(Self.place(index, in: tensor.shape))")
      }
    }
    if let labels = self[.labels], let classes = sizes["C"] {
      let values = try labels.elements(Int64.self)
      if let index = values.firstIndex(where: { !(0..<Int64(classes.size)).contains($0) }) {
        throw LossError(
          .data,
          "the input 'labels' has \(values[index]) at [\(index)]; "
            + "'\(classes.from.rawValue)' has the classes 0 to \(classes.size - 1)")
      }
    }
  }

  private static func place(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    return shape.reversed().map { size in
      defer { rest /= size }
      return rest % size
    }.reversed()
  }
}

/// The sum of several losses of the same inputs, such as softmax + center.
public struct LossSum: Loss {
  public let terms: [any Loss]

  public init(_ terms: [any Loss]) { self.terms = terms }

  public var requiredInputs: [LossInput] { union(\.requiredInputs) }
  public var optionalInputs: [LossInput] { union(\.optionalInputs) }

  private func union(_ inputs: (any Loss) -> [LossInput]) -> [LossInput] {
    LossInput.allCases.filter { input in terms.contains { inputs($0).contains(input) } }
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    let values = try terms.map { try $0.value(inputs) }
    guard values.allSatisfy({ $0.rank == values[0].rank }) else {
      throw LossError(.usage, "losses that are added need the same reduction")
    }
    return try values.dropFirst().reduce(values[0]) { try $0 + $1 }
  }
}
