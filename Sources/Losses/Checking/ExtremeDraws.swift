import RandomNumbers
import Torch

/// Small random inputs with everything in them that makes formulas fail: zero vectors, identical and
/// opposite ones, lengths from 1e-30 to 1e4, logits of ±1e4, labels all the same, one-hot and uniform
/// distributions, weights of 0.
public struct ExtremeDraws {
  private var random: SplitMix64

  public init(seed: UInt64) { random = SplitMix64(seed) }

  /// One draw for a signature: float32, 1 to 5 samples, 1 to 3 features, 2 to 4 classes.
  public mutating func next(for signature: Signature) throws -> LossInputs {
    var sizes: [Character: Int] = [
      "N": Int.random(in: 1...5, using: &random), "D": Int.random(in: 1...3, using: &random),
      "C": Int.random(in: 2...4, using: &random), "S": 1, "B": 1,
    ]
    for letter in "HWK" { sizes[letter] = Int.random(in: 1...4, using: &random) }
    let further = [Int.random(in: 1...3, using: &random)]
    var inputs: LossInputs = [:]
    for declaration in signature where !(declaration.isOptional && Bool.random(using: &random)) {
      let examples = declaration.examples(
        sizes: sizes, further: further,
        draw: { $0.isPrimed || $0.isOwn ? Int.random(in: 1...3, using: &random) : 2 })
      for (name, shape) in examples {
        inputs[name] = try tensor(shape, declaration, sizes["C"]!)
      }
    }
    return inputs
  }

  private mutating func tensor(
    _ shape: [Int], _ declaration: InputDeclaration, _ classCount: Int
  ) throws -> Tensor {
    let count = shape.reduce(1, *)
    let width = max(shape.last ?? 1, 1)
    switch declaration.elements {
    case .classes(let ignored):
      let one = Bool.random(using: &random) ? Int.random(in: 0..<classCount, using: &random) : nil
      let allIgnored = Int.random(in: 0..<8, using: &random) == 0
      return try Tensor(
        (0..<count).map { _ in
          if let ignored, allIgnored || Int.random(in: 0..<4, using: &random) == 0 {
            return Int64(ignored)
          }
          return Int64(one ?? Int.random(in: 0..<classCount, using: &random))
        }, shape: shape)
    case .real:
      if declaration.input == .state || declaration.input == .scale {
        return try Tensor(
          (0..<count).map { _ in Float.random(in: 0...30, using: &random) }, shape: shape)
      }
      return try Tensor(rows(count / width, width).flatMap { $0 }, shape: shape)
    case .nonnegative where declaration.input == .probabilities:
      return try Tensor(
        (0..<count / width).flatMap { _ in distribution(width) }, shape: shape)
    case .nonnegative, .shares:
      let top: Float = declaration.elements == .shares ? 1 : 100
      return try Tensor(
        (0..<count).map { _ in
          [0, 1, Float.random(in: 0...top, using: &random)].randomElement(using: &random)!
        },
        shape: shape)
    case .signs:
      return try Tensor(
        (0..<count).map { _ in Bool.random(using: &random) ? 1 : -1 as Float }, shape: shape)
    }
  }

  private mutating func rows(_ count: Int, _ width: Int) -> [[Float]] {
    var rows: [[Float]] = []
    for _ in 0..<count {
      let size = ([0, 1e-30, 1e-10, 1e-3, 1, 1, 1, 100, 1e4] as [Float])
        .randomElement(using: &random)!
      var row = (0..<width).map { _ in size * Float.random(in: -1...1, using: &random) }
      switch Int.random(in: 0..<6, using: &random) {
      case 0: row = (0..<width).map { $0 == 0 ? size : 0 }
      case 1: row = row.map { $0 < 0 ? -size : size }
      case 2: row = rows.randomElement(using: &random) ?? row
      case 3: row = rows.randomElement(using: &random)?.map { -$0 } ?? row
      default: break
      }
      rows.append(row)
    }
    return rows
  }

  private mutating func distribution(_ width: Int) -> [Float] {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return [Float](repeating: 1 / Float(width), count: width)
    case 1:
      let one = Int.random(in: 0..<width, using: &random)
      return (0..<width).map { $0 == one ? 1 : 0 }
    default:
      let raw = (0..<width).map { _ in Float.random(in: 0.01...1, using: &random) }
      let sum = raw.reduce(0, +)
      return raw.map { $0 / sum }
    }
  }
}

/// Evaluates a loss at extreme draws of every signature.
///
/// - Parameters:
///   - loss: The loss to evaluate.
///   - draws: How many for each signature.
///   - seed: Of the draws.
/// - Returns: What was not finite in the first draw where something was not, nil if all was well.
public func firstFailure(of loss: any Loss, draws: Int, seed: UInt64 = 1) throws -> String? {
  for signature in loss.signatures {
    var source = ExtremeDraws(seed: seed)
    for draw in 0..<draws {
      let inputs = try source.next(for: signature)
      for (_, tensor) in inputs where tensor.dtype == .float32 { try tensor.requireGradient() }
      func failure(_ what: String) throws -> String {
        let values = try inputs.sorted { $0.key < $1.key }.map { name, tensor in
          tensor.dtype == .int64
            ? "\(name.rawValue) \(try tensor.elements(Int64.self))"
            : "\(name.rawValue) \(tensor.shape) \(try tensor.elements(Float.self))"
        }
        return "draw \(draw): \(what) is not finite at \(values.joined(separator: ", "))"
      }
      let value = try loss.value(inputs)
      guard try value.isAllFinite() else { return try failure("the loss") }
      guard value.requiresGradient else { continue }
      try value.sum().backward()
      for (name, tensor) in inputs {
        if let gradient = try tensor.gradient(), try !gradient.isAllFinite() {
          return try failure("the gradient of '\(name.rawValue)'")
        }
      }
    }
  }
  return nil
}
