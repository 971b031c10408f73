import Torch

/// Holds the inputs of a loss against its signature.
struct InputCheck {
  private let inputs: LossInputs
  private let signature: Signature
  private var sizes: [Character: (size: Int, from: LossInput)] = [:]
  private var further: (axes: [Int], from: LossInput)?
  private var type: (dtype: DType, from: LossInput)?

  init(_ inputs: LossInputs, signature: Signature) {
    self.inputs = inputs
    self.signature = signature
  }

  mutating func run() throws {
    for declaration in signature {
      let known = sizes
      for (name, tensor) in inputs.tensors(of: declaration) {
        try check(shapeOf: tensor, name, declaration)
        try check(elementsOf: tensor, name, declaration)
      }
      // A letter with a prime went from tensor to tensor; the inputs that follow know it as it was.
      if declaration.leadingAxes.contains(where: \.isPrimed) { sizes = known }
    }
    // Labels come before the tensor that says how many classes there are, so they are last.
    for declaration in signature {
      if case .classes(let ignored) = declaration.elements, let labels = inputs[declaration.input],
        let classes = sizes["C"]
      {
        let values = try labels.elements(Int64.self)
        if let index = values.firstIndex(where: {
          !(0..<Int64(classes.size)).contains($0) && $0 != ignored.map(Int64.init)
        }) {
          throw LossError(
            .data,
            "the input '\(declaration.input.rawValue)' has \(values[index]) at [\(index)]; "
              + "'\(classes.from.rawValue)' has the classes 0 to \(classes.size - 1)")
        }
      }
    }
  }

  private mutating func check(
    shapeOf tensor: Tensor, _ input: LossInput, _ declaration: InputDeclaration
  ) throws {
    let name = "the input '\(input.rawValue)'"
    let axes = declaration.leadingAxes
    let shape = tensor.shape
    guard declaration.hasFurtherAxes ? shape.count >= axes.count : shape.count == axes.count else {
      throw LossError(
        .data, "\(name) has the shape \(shape); it must have the axes [\(declaration.axes)]")
    }
    guard !shape.contains(0) else { throw LossError(.data, "\(name) is empty: \(shape)") }
    var following: [Character: (size: Int, from: LossInput)] = [:]
    for (axis, size) in zip(axes, shape) where !axis.isOwn {
      guard size % axis.multiple == 0 else {
        throw LossError(
          .data,
          "\(name) has the shape \(shape); the axes are [\(declaration.axes)], and \(size) is no "
            + "multiple of \(axis.multiple)")
      }
      let size = size / axis.multiple
      guard !axis.isPrimed else {
        following[axis.letter] = (size, input)
        continue
      }
      if let known = sizes[axis.letter], known.size != size {
        throw LossError(
          .data,
          "\(name) has \(axis.letter) = \(size), but '\(known.from.rawValue)' has \(known.size)")
      }
      sizes[axis.letter] = (size, input)
    }
    sizes.merge(following) { $1 }
    guard declaration.hasFurtherAxes, declaration.input.familyPrefix == nil else { return }
    let rest = Array(shape.dropFirst(axes.count))
    if let known = further, known.axes != rest {
      throw LossError(
        .data, "\(name) has the shape \(shape), but '\(known.from.rawValue)' has \(known.axes)")
    }
    further = (rest, input)
  }

  private mutating func check(
    elementsOf tensor: Tensor, _ input: LossInput, _ declaration: InputDeclaration
  ) throws {
    let name = "the input '\(input.rawValue)'"
    if case .classes = declaration.elements {
      guard tensor.dtype == .int64 else {
        throw LossError(
          .data, "\(name) must be int64, not \(tensor.dtype?.description ?? "another type")")
      }
      return
    }
    guard let dtype = tensor.dtype, dtype == .float32 || dtype == .float64 else {
      throw LossError(.data, "\(name) must be float32 or float64")
    }
    if let type, type.dtype != dtype {
      throw LossError(.data, "\(name) is \(dtype), but '\(type.from.rawValue)' is \(type.dtype)")
    }
    type = (dtype, input)
    let elements = try tensor.to(.float64).elements(Double.self)
    func require(_ what: String, _ isGood: (Double) -> Bool) throws {
      guard let index = elements.firstIndex(where: { !isGood($0) }) else { return }
      throw LossError(
        .data,
        "\(name) has \(elements[index]) at \(place(index, in: tensor.shape)); \(what)")
    }
    try require("every number must be finite") { $0.isFinite }
    switch declaration.elements {
    case .real, .classes: break
    case .nonnegative: try require("none may be below 0") { $0 >= 0 }
    case .shares: try require("all must be in 0...1") { (0...1).contains($0) }
    case .signs: try require("all must be −1 or 1") { $0.magnitude == 1 }
    }
  }

  private func place(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    return shape.reversed().map { size in
      defer { rest /= size }
      return rest % size
    }.reversed()
  }
}
