import Foundation
import Torch

/// A loss as a function of named tensors: what `margin loss` computes and `margin check` proves.
///
/// A loss is a value without parameters of its own to learn. Types such as `ArcFace` hold those.
public protocol Loss: Sendable {
  /// The tensors it takes. A loss that can be called in several ways (with labels or with
  /// probabilities, say) has a signature for each; no two accept the same set of tensors.
  var signatures: [Signature] { get }

  /// The loss: a scalar, or one number for each sample without reduction.
  ///
  /// - Throws: `LossError` for inputs of no signature; `TorchError` for shapes that do not fit.
  func value(_ inputs: LossInputs) throws -> Tensor
}

/// The tensors of one way to call a loss.
public typealias Signature = [InputDeclaration]

/// The tensors for one evaluation of a loss.
public typealias LossInputs = [LossInput: Tensor]

extension LossInputs {
  /// The tensor called `input`.
  public func required(_ input: LossInput) throws -> Tensor {
    guard let tensor = self[input] else {
      throw LossError(.data, "the input '\(input.rawValue)' is missing")
    }
    return tensor
  }

  /// The tensors that a declaration means, in the order of their names, numbers in them by value:
  /// "kernels.2" before "kernels.10".
  func tensors(of declaration: InputDeclaration) -> [(name: LossInput, tensor: Tensor)] {
    filter { declaration.accepts($0.key) }
      .sorted { $0.key.rawValue.compare($1.key.rawValue, options: .numeric) == .orderedAscending }
      .map { ($0.key, $0.value) }
  }
}

extension Loss {
  /// Every input of any signature, once, required or not.
  public var inputs: [InputDeclaration] {
    signatures.reduce(into: [InputDeclaration]()) { all, signature in
      for declaration in signature {
        if let known = all.firstIndex(where: { $0.input == declaration.input }) {
          if declaration.isOptional { all[known] = declaration }
        } else {
          all.append(declaration)
        }
      }
    }.map { declaration in
      signatures.allSatisfy { $0.contains { $0.input == declaration.input && !$0.isOptional } }
        ? declaration : declaration.optional
    }
  }

  /// Checks what the formula takes for granted: that the inputs are those of a signature, their
  /// types, their sizes, that every label is a class, and that no number is infinite or NaN.
  ///
  /// - Throws: `LossError` that names the input and the place in it.
  public func validate(_ inputs: LossInputs) throws {
    var check = try InputCheck(inputs, signature: signature(for: Set(inputs.keys)))
    try check.run()
  }

  /// The signature that these inputs belong to.
  ///
  /// - Throws: `LossError` that names what is missing or too much, for the signature that comes
  ///   nearest.
  public func signature(for names: Set<LossInput>) throws -> Signature {
    func problems(_ signature: Signature) -> [String] {
      let missing = signature.filter { declaration in
        !declaration.isOptional && !names.contains(where: declaration.accepts)
      }
      let strange = names.filter { name in !signature.contains { $0.accepts(name) } }.sorted()
      return missing.map { "the input '\($0.input.rawValue)' [\($0.axes)] is missing" }
        + strange.map { name in
          "the input '\(name.rawValue)' does not belong there"
            + suggestion(for: name.rawValue, among: signature.map(\.input.rawValue))
        }
    }
    let ranked = signatures.map { ($0, problems($0)) }
    let best = ranked.min { $0.1.count < $1.1.count }!
    guard let problem = best.1.first else { return best.0 }
    let known = signatures.map { signature in
      signature.map { $0.input.rawValue + ($0.isOptional ? " (optional)" : "") }
        .joined(separator: ", ")
    }
    throw LossError(.data, "\(problem); the loss takes \(known.joined(separator: "; or "))")
  }
}

extension Loss {
  /// The same loss, with what is fused or composed (proxy heads, losses of pairs) computed in a
  /// certain way.
  ///
  /// - Throws: `LossError` if fused is asked for and the loss has no such evaluation.
  public func using(_ implementation: Implementation) throws -> any Loss {
    if let changed = try applying(implementation) { return changed }
    guard implementation != .fused else {
      throw LossError(
        .usage,
        "there is only the composed evaluation of this loss: fused is for proxy heads, and for "
          + "contrastive, triplet, multi-similarity, nt-xent and supcon")
    }
    return self
  }

  /// The loss with an implementation, nil if it has no choice.
  private func applying(_ implementation: Implementation) throws -> (any Loss)? {
    switch self {
    case var head as ProxyLoss:
      head.implementation = implementation
      return head
    case let pairs as any AnchorwisePairLoss:
      func changed(_ pairs: some AnchorwisePairLoss) -> any Loss {
        var pairs = pairs
        pairs.implementation = implementation
        return pairs
      }
      return changed(pairs)
    case let memory as CrossBatchMemory:
      guard let loss = try memory.loss.applying(implementation) as? any PairLoss else { return nil }
      return try CrossBatchMemory(loss, size: memory.size)
    case let sum as LossSum:
      return LossSum(
        try sum.terms.map { term in
          LossSum.Term(try term.loss.applying(implementation) ?? term.loss, weight: term.weight)
        })
    default: return nil
    }
  }
}

/// A weighted sum of losses of the same inputs, such as softmax + 0.01 · c-contrastive.
public struct LossSum: Loss {
  public struct Term: Sendable {
    public let weight: Double
    public let loss: any Loss

    /// A loss with λ, its factor.
    public init(_ loss: any Loss, weight: Double = 1) {
      self.loss = loss
      self.weight = weight
    }
  }

  public let terms: [Term]

  public init(_ terms: [Term]) { self.terms = terms }

  /// Every choice of a signature for each term, but for those that need a target twice, as labels
  /// and as probabilities.
  public var signatures: [Signature] {
    terms.map(\.loss.signatures).reduce([[]]) { sums, signatures in
      sums.flatMap { sum in signatures.map { merge(sum, $0) } }
    }.filter { sum in
      Set(sum.map(\.input)).intersection([.labels, .probabilities]).count < 2
    }
  }

  private func merge(_ a: Signature, _ b: Signature) -> Signature {
    a.map { mine in
      b.contains { $0.input == mine.input && !$0.isOptional } ? mine.required : mine
    } + b.filter { theirs in !a.contains { $0.input == theirs.input } }
  }

  public func value(_ inputs: LossInputs) throws -> Tensor {
    let values = try terms.map { term in
      let declared = Set(term.loss.inputs.map(\.input))
      let value = try term.loss.value(
        inputs.filter { name, _ in
          declared.contains(name) || term.loss.inputs.contains { $0.accepts(name) }
        })
      return term.weight == 1 ? value : try value * term.weight
    }
    guard values.allSatisfy({ $0.rank == values[0].rank }) else {
      throw LossError(.usage, "losses that are added need the same reduction")
    }
    return try values.dropFirst().reduce(values[0]) { try $0 + $1 }
  }
}
